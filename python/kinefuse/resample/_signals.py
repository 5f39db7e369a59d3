"""Signals, rates and times on their way into the core."""

import functools
import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse._arrays import as_real
from kinefuse.errors import InputError, ShapeError

__all__ = ["check_choice", "number", "rate", "ratio", "signals", "times", "with_length"]

# Terms of the largest ratio that counts as one of whole numbers, met to 1e-9.
_MAX_TERM = 1000
_MAX_RATIO = 10_000


def signals(x: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the signal, and a view of it as ``(N, T, C)``."""
    if np.ndim(x) not in (1, 2, 3):
        raise ShapeError(f"x: expected (T,), (T, C) or (N, T, C), got {np.shape(x)}")
    signal = as_real("x", x)
    if signal.size == 0:
        raise ShapeError(f"x: expected at least one sample of one channel, got {signal.shape}")
    shapes = {1: (1, -1, 1), 2: (1, *signal.shape), 3: signal.shape}
    return signal, signal.reshape(shapes[signal.ndim])


def times(name: str, time_s: ArrayLike) -> NDArray[np.float64]:
    """Return times in seconds as float64 ``(n,)``."""
    found = as_real(name, time_s)
    if found.ndim != 1:
        raise ShapeError(f"{name}: expected (n,) seconds, got {found.shape}")
    return found.astype(np.float64, copy=False)


def check_choice(name: str, value: str, choices: Iterable[str]) -> None:
    """Refuse a value that is none of the choices."""
    choices = tuple(choices)
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"{name}: expected one of {', '.join(choices)}, got {value!r}")


def number(name: str, value: float) -> float:
    """Return a number as a float."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name}: expected a number, got {value!r}") from None


def with_length(signal: NDArray[Any], n: int) -> tuple[int, ...]:
    """Return the shape of ``signal`` with ``n`` samples."""
    time_axis = 1 if signal.ndim == 3 else 0
    return (*signal.shape[:time_axis], n, *signal.shape[time_axis + 1 :])


def rate(name: str, hz: float) -> float:
    """Return a rate as a float above 0."""
    found = number(name, hz)
    if not (math.isfinite(found) and found > 0):
        raise InputError(f"{name}: expected a finite rate above 0, got {found}")
    return found


@functools.lru_cache(maxsize=256)
def ratio(from_hz: float, to_hz: float) -> tuple[int, int] | None:
    """Return ``to_hz / from_hz`` as whole numbers in lowest terms; None if they are large."""
    exact = Fraction(to_hz) / Fraction(from_hz)
    if not Fraction(1, _MAX_RATIO) <= exact <= _MAX_RATIO:
        raise InputError(
            f"from_hz, to_hz: expected rates at most {_MAX_RATIO} times apart, got {from_hz} and "
            f"{to_hz}"
        )
    near = exact.limit_denominator(_MAX_TERM)
    small = 0 < near.numerator <= _MAX_TERM
    if not small or abs(near / exact - 1) > Fraction(1, 10**9):
        return None
    return near.numerator, near.denominator
