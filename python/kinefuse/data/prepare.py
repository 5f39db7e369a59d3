"""What happens to every window once, before it is augmented."""

import difflib
import inspect
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import ConfigError, ShapeError

__all__ = ["Prepare"]


@dataclass(frozen=True, eq=False)
class Prepare:
    """The preparation of one modality's windows, in this order.

    Parameters
    ----------
    length : int, optional
        Samples of a prepared window. Without it, all windows must have the same number of rows.
    resize : {"linear", "fourier", "none"}
        How a window gets that length: by straight lines with the first and last sample kept, by
        :func:`kinefuse.resample_to_length`, or not at all (every window must have it already).
    normalize : mapping, optional
        Skeletons only, and the first step: the arguments of :func:`kinefuse.skeleton.normalize`,
        ``layout`` by name or as a :class:`~kinefuse.skeleton.SkeletonLayout`.
    mean, std : array_like, optional
        ``(x - mean) / std`` is the last step. Numbers, or whatever broadcasts to a sample:
        ``(C,)``, or ``(J, D)``. See :func:`kinefuse.data.channel_statistics`.

    Raises
    ------
    ConfigError
        A value that makes no sense.

    Examples
    --------
    >>> from kinefuse.data import Prepare
    >>> Prepare(100, mean=[0.0, 1.0, 0.0], std=0.5).length
    100
    """

    length: int | None = None
    resize: Literal["linear", "fourier", "none"] = "linear"
    normalize: Mapping[str, Any] | None = None
    mean: ArrayLike | None = None
    std: ArrayLike | None = None

    def __post_init__(self) -> None:
        if self.length is not None and not (isinstance(self.length, int) and self.length > 0):
            raise ConfigError(f"prepare: length: expected 1 or more samples, got {self.length!r}")
        if self.resize not in ("linear", "fourier", "none"):
            raise ConfigError(
                f"prepare: resize: expected 'linear', 'fourier' or 'none', got {self.resize!r}"
            )

    def to_json(self, name: str, sample_shape: tuple[int, ...], rows: int) -> str:
        """Return what the core reads, for samples of a shape and windows of ``rows`` rows."""
        described: dict[str, Any] = {
            "length": self.length if self.length is not None else rows,
            "resize": self.resize if self.length is not None else "none",
        }
        if self.normalize is not None:
            described["normalize"] = _resolved(self.normalize, sample_shape)
        for what in ("mean", "std"):
            value = getattr(self, what)
            if value is not None:
                described[what] = _row(f"prepare, {name}: {what}", value, sample_shape).tolist()
        return json.dumps(described)


def _row(what: str, value: ArrayLike, sample_shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.asarray(value, dtype=np.float64)
    try:
        row = np.broadcast_to(array, sample_shape).ravel()
    except ValueError:
        raise ShapeError(
            f"{what}: expected something for samples of shape {sample_shape}, got {array.shape}"
        ) from None
    for i, number in enumerate(row):
        if not math.isfinite(number):
            raise ConfigError(f"{what} of column {i}: expected a finite number, got {number}")
    return row


def _resolved(settings: Mapping[str, Any], sample_shape: tuple[int, ...]) -> dict[str, Any]:
    """Joint numbers for the names of a normalisation."""
    from kinefuse.skeleton.normalization import normalization

    if len(sample_shape) != 2:
        raise ConfigError(
            f"prepare: normalize is for skeletons (J, D), not for samples of shape {sample_shape}"
        )
    known = [key for key in inspect.signature(normalization).parameters if key != "dims"]
    for key in settings:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise ConfigError(f"prepare: normalize: unknown key {key!r}: {hint}")
    if "layout" not in settings:
        raise ConfigError("prepare: normalize: expected a layout")
    return normalization(**settings, dims=sample_shape[1])
