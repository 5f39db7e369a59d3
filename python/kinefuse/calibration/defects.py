"""Stretches of a signal that are clipped or flat."""

import math
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real
from kinefuse._numbers import as_count, as_number
from kinefuse.errors import InputError, ShapeError

__all__ = ["find_clipping", "find_flat_lines"]


def find_clipping(
    x: ArrayLike,
    *,
    rate_hz: float,
    limit: float | tuple[float, float] | None = None,
    min_rows: int = 2,
) -> pl.DataFrame:
    """List where a channel stays at the end of its range.

    Parameters
    ----------
    x : (T,) or (T, C) array of float32 or float64
        Signal without gaps in time. Integers count as float64.
    rate_hz : float
        Samples a second.
    limit : float or (low, high), optional
        The range: from ``-limit`` to ``limit``, or from ``low`` to ``high``; values there and
        beyond are clipped. Without it, the channel's own lowest and highest values: held for
        several rows, they are a plateau that movement does not make; a suspicion, not a proof. A
        channel that never changes is flat, not clipped.
    min_rows : int
        The shortest stretch listed.

    Returns
    -------
    polars.DataFrame
        ``channel`` (i64), ``start`` (i64, row), ``length`` (i64, rows), ``start_s``, ``length_s``
        (f64), ``value`` (f64, the first one), by channel and row. A stretch stays at one end.
        Values that are not finite are in none.

    Raises
    ------
    ShapeError, DtypeError
        ``x`` is not ``(T,)`` or ``(T, C)`` of real numbers.
    InputError
        A rate, limit or number of rows out of range.

    Examples
    --------
    >>> import numpy as np
    >>> swing = 3 * np.sin(np.arange(100) / 10)
    >>> find_clipping(np.clip(swing, -2, 2), rate_hz=50, limit=2)["start", "length", "value"].rows()
    [(8, 17, 2.0), (39, 17, -2.0), (71, 16, 2.0)]
    """
    signal, rate = _signal(x), as_number("rate_hz", rate_hz, above=0.0)
    rows = as_count("min_rows", min_rows)
    find = _native.find_clipped_f32 if signal.dtype == np.float32 else _native.find_clipped_f64
    return _table(find(signal, _limits(limit), rows), rate)


def find_flat_lines(
    x: ArrayLike, *, rate_hz: float, min_s: float = 1.0, tolerance: float = 0.0
) -> pl.DataFrame:
    """List where a channel does not change: a sensor that hangs, or values repeated for lost ones.

    Parameters
    ----------
    x : (T,) or (T, C) array of float32 or float64
        Signal without gaps in time. Integers count as float64.
    rate_hz : float
        Samples a second.
    min_s : float
        The shortest stretch listed, in seconds; two rows at least.
    tolerance : float
        How far values may be from the first of the stretch.

    Returns
    -------
    polars.DataFrame
        As :func:`find_clipping`. Values that are not finite are in no stretch: they are missing.

    Raises
    ------
    ShapeError, DtypeError
        ``x`` is not ``(T,)`` or ``(T, C)`` of real numbers.
    InputError
        A rate, time or tolerance out of range.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.sin(np.arange(200) / 10)
    >>> x[50:120] = x[50]
    >>> find_flat_lines(x, rate_hz=50)["start", "length", "start_s", "length_s"].rows()
    [(50, 70, 1.0, 1.4)]
    """
    signal, rate = _signal(x), as_number("rate_hz", rate_hz, above=0.0)
    # Rounding of min_s * rate_hz must not cost a row.
    rows = max(2, math.ceil(min(as_number("min_s", min_s), 2**53 / rate) * rate * (1 - 1e-12)))
    tolerance = as_number("tolerance", tolerance)
    find = _native.find_flat_f32 if signal.dtype == np.float32 else _native.find_flat_f64
    return _table(find(signal, tolerance, rows), rate)


def _table(columns: tuple[NDArray[Any], ...], rate_hz: float) -> pl.DataFrame:
    channel, start, length, value = columns
    return pl.DataFrame(
        {
            "channel": channel,
            "start": start,
            "length": length,
            "start_s": start / rate_hz,
            "length_s": length / rate_hz,
            "value": value,
        }
    )


def _signal(x: ArrayLike) -> NDArray[Any]:
    signal = as_real("x", x)
    if np.ndim(x) not in (1, 2) or (signal.ndim == 2 and signal.shape[1] == 0):
        raise ShapeError(f"x: expected (T,) or (T, C) with a channel, got {np.shape(x)}")
    return signal if signal.ndim == 2 else signal[:, None]


def _limits(limit: float | tuple[float, float] | None) -> tuple[float, float] | None:
    if limit is None:
        return None
    ends = as_real("limit", limit).astype(np.float64)
    if ends.shape == (1,):
        ends = np.array([-ends[0], ends[0]])
    if ends.shape != (2,) or not ends[0] < ends[1]:
        raise InputError(f"limit: expected a number above 0 or (low, high), got {limit!r}")
    return float(ends[0]), float(ends[1])
