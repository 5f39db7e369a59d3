"""Arrays on their way into the core: checked, named in every complaint, C-contiguous and native."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import DtypeError, InputError, ShapeError

__all__ = ["as_real", "gap_rows", "output"]


def as_real(name: str, x: ArrayLike) -> NDArray[Any]:
    """Return ``x`` as a C-contiguous float32 or float64 array, without a copy where it is one.

    Integers and booleans become float64, float16 becomes float32.
    """
    if isinstance(x, np.ma.MaskedArray):
        raise DtypeError(
            f"{name}: expected missing values as NaN, got a masked array: use x.filled(np.nan)"
        )
    try:
        array = np.asarray(x)
    except ValueError as ragged:
        raise ShapeError(f"{name}: expected rows of equal length: {ragged}") from None
    if array.dtype.kind in "biu":
        array = array.astype(np.float64)
    elif array.dtype == np.float16:
        array = array.astype(np.float32)
    elif array.dtype.kind != "f" or array.dtype.itemsize > 8:
        raise DtypeError(f"{name}: expected float32 or float64, got {array.dtype}")
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))


def output(
    out: NDArray[Any] | None, shape: tuple[int, ...], dtype: np.dtype[Any], *, reads: NDArray[Any]
) -> NDArray[Any]:
    """Return ``out`` if it can be written as it must be, a new array if there is none."""
    if out is None:
        return np.empty(shape, dtype)
    if not isinstance(out, np.ndarray):
        raise DtypeError(f"out: expected an array of {dtype}, got {type(out).__name__}")
    if out.shape != shape:
        raise ShapeError(f"out: expected shape {shape}, got {out.shape}")
    if out.dtype != dtype or not out.dtype.isnative:
        raise DtypeError(f"out: expected {dtype}, got {out.dtype}")
    if not (out.flags.c_contiguous and out.flags.writeable):
        raise InputError("out: expected a writeable C-contiguous array")
    if np.may_share_memory(out, reads):
        raise InputError("out: expected memory of its own, it overlaps the input")
    return out


def gap_rows(gaps: ArrayLike | None, n_rows: int) -> list[int]:
    """Return the rows before which samples are missing, from a ``[row, missing]`` table."""
    if gaps is None:
        return []
    try:
        table = np.asarray(gaps)
    except ValueError as ragged:
        raise ShapeError(f"gaps: expected (G, 2): {ragged}") from None
    if table.size == 0:
        return []
    if table.dtype.kind not in "iu":
        raise DtypeError(f"gaps: expected integers, got {table.dtype}")
    if table.ndim != 2 or table.shape[1] != 2:
        raise ShapeError(f"gaps: expected (G, 2), got {table.shape}")
    rows = [int(row) for row in table[:, 0]]
    if min(rows) < 0 or max(rows) > n_rows:
        raise InputError(f"gaps: expected rows 0 to {n_rows}, got {min(rows)} to {max(rows)}")
    return rows
