"""Windows written out."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import output
from kinefuse.errors import DtypeError, InputError, ShapeError
from kinefuse.windows._arguments import integers, whole

__all__ = ["windows"]


def windows(
    x: ArrayLike,
    *,
    length: int,
    stride: int | None = None,
    starts: ArrayLike | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Write windows out, one after another.

    Parameters
    ----------
    x : (T, ...) array
        Rows first: a signal ``(T, C)``, a skeleton ``(T, J, D)``, labels ``(T,)``, of any type but
        object.
    length : int
        Rows of a window.
    stride : int, optional
        Rows from one window to the next; ``length`` if not given. Rows at the end that fill no
        window are left out, and so is all of a shorter ``x``.
    starts : (N,) array of int, optional
        First rows, instead of ``stride``: the column ``start`` of :func:`window_index`.
    out : (N, length, ...) array of the type of ``x``, optional
        Where to write. May not overlap ``x``.

    Returns
    -------
    (N, length, ...) array of the type of ``x``

    Raises
    ------
    InputError
        A length or stride under 1, a window outside ``x``, both ``stride`` and ``starts``.
    ShapeError
        ``x`` without rows or columns to it, ``starts`` or ``out`` of another shape.
    DtypeError
        Objects.

    Examples
    --------
    >>> import numpy as np
    >>> windows(np.arange(7), length=3, stride=2)
    array([[0, 1, 2],
           [2, 3, 4],
           [4, 5, 6]])
    """
    length = whole("length", length, least=1)
    if isinstance(x, np.ma.MaskedArray):
        raise DtypeError("x: expected missing values as NaN, got a masked array")
    array = np.asarray(x)
    if array.dtype.hasobject:
        raise DtypeError(f"x: expected numbers, got {array.dtype}")
    if array.ndim == 0 or 0 in array.shape[1:]:
        raise ShapeError(f"x: expected (T, ...) with at least one value a row, got {array.shape}")
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    if starts is None:
        step = length if stride is None else whole("stride", stride, least=1)
        first = np.arange(0, len(array) - length + 1, step, dtype=np.int64)
    elif stride is not None:
        raise InputError("stride: expected either stride or starts, got both")
    else:
        first = integers("starts", starts, np.int64)
        if first.ndim != 1:
            raise ShapeError(f"starts: expected (N,), got {first.shape}")
    out = output(out, (len(first), length, *array.shape[1:]), array.dtype, reads=array)
    if out.size:
        _native.windows_into(
            array.reshape(-1).view(np.uint8),
            out.reshape(-1).view(np.uint8),
            row_bytes=array.dtype.itemsize * math.prod(array.shape[1:]),
            starts=first,
            length=length,
        )
    return out
