"""Counters that start again at zero."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real
from kinefuse.clock.arguments import number
from kinefuse.errors import InputError, ShapeError

__all__ = ["Unwrapped", "unwrap"]


@dataclass(frozen=True, eq=False)
class Unwrapped:
    """A counter that no longer wraps.

    Attributes
    ----------
    values : (T,) array of int64 or float64
        What it would have counted.
    wraps : int
        How often it wrapped.
    """

    values: NDArray[Any]
    wraps: int


def unwrap(counter: ArrayLike, *, modulus: float | None = None) -> Unwrapped:
    """Undo the wrapping of a counter: of samples (8 bits) or of time (a 32-bit microsecond clock).

    Each step is taken to be the shortest one, forward or backward, as ``numpy.unwrap`` does; a hole
    of more than half a turn cannot be told from a step backward. In whole numbers nothing is lost.

    Parameters
    ----------
    counter : (T,) array of int or float
        Values from 0 to below ``modulus``. NaN stays NaN, and the step is taken from the number
        before it.
    modulus : int or float, optional
        Where it starts again. The range of the type of ``counter`` if that is an unsigned integer
        of 8, 16 or 32 bits.

    Raises
    ------
    ShapeError, DtypeError
        ``counter`` is not one row of numbers.
    InputError
        A value is outside 0 to ``modulus`` (the row is named); ``modulus`` is missing, not positive
        or, for whole numbers, not whole.

    Examples
    --------
    >>> import numpy as np
    >>> found = unwrap(np.array([253, 254, 255, 0, 1], np.uint8))
    >>> found.values, found.wraps
    (array([253, 254, 255, 256, 257]), 1)
    """
    array = as_real("counter", counter)
    if np.ndim(counter) != 1:
        raise ShapeError(f"counter: expected (T,), got {np.shape(counter)}")
    own = np.asarray(counter).dtype
    if modulus is None:
        if own.kind != "u" or own.itemsize > 4:
            raise InputError(f"modulus: expected a number, as {own} does not tell it, got None")
        modulus = 2 ** (8 * own.itemsize)
    turn = number("modulus", modulus, "a number above 0")
    if own.kind in "iu":
        if not (math.isfinite(turn) and turn == int(turn) and turn < 2**62):
            raise InputError(f"modulus: expected a whole number for whole numbers, got {modulus!r}")
        if own.kind == "u" and own.itemsize == 8 and (np.asarray(counter) >= 2**63).any():
            raise InputError(f"counter: expected 0 to {int(turn) - 1}, got larger ones")
        whole = np.array(counter, dtype=np.int64)
        return Unwrapped(whole, _native.unwrap_counter(whole, int(turn)))
    real = array.astype(np.float64)
    return Unwrapped(real, _native.unwrap_real(real, turn))
