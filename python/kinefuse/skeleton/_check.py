"""Skeleton arrays on their way into the core."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse._arrays import as_real
from kinefuse.errors import ConfigError, ShapeError
from kinefuse.skeleton.layouts import SkeletonLayout

__all__ = ["as_skeleton", "check_choice", "windows_of"]


def as_skeleton(
    x: ArrayLike, body: SkeletonLayout, *, dims: tuple[int, ...] | None = (2, 3)
) -> NDArray[Any]:
    """Return ``x`` as a C-contiguous array of floats, ``(T, J, D)`` or ``(N, T, J, D)``."""
    array = as_real("x", x)
    joints = len(body.joints)
    if (
        array.ndim not in (3, 4)
        or array.shape[-3] == 0
        or array.shape[-2] != joints
        or (array.shape[-1] not in dims if dims else array.shape[-1] == 0)
    ):
        sizes = f"D = {' or '.join(map(str, dims))}" if dims else "D of 1 or more"
        raise ShapeError(
            f"x: expected (T, {joints}, D) or (N, T, {joints}, D) with {sizes} and at least 1 "
            f"frame for layout {body.name}, got {array.shape}"
        )
    return array


def windows_of(x: NDArray[Any]) -> NDArray[Any]:
    """Return the view ``(N, T, ...)`` of one recording or many."""
    return x if x.ndim == 4 else x[np.newaxis]


def check_choice(name: str, value: object, known: Sequence[str | None]) -> None:
    """Refuse what is not one of the known words."""
    if not (value is None or isinstance(value, str)) or value not in known:
        raise ConfigError(f"{name}: expected {' or '.join(map(repr, known))}, got {value!r}")
