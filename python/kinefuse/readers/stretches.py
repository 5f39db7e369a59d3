"""Stretches of one recording whose clocks do not go on from one to the next."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["BREAK_S", "line_up", "runs"]

BREAK_S = 10.0
"""How far apart stretches are put whose true distance nobody knows; a gap in any store."""


def runs(*keys: ArrayLike) -> NDArray[np.int64]:
    """Return where each run of equal rows begins, and the number of rows.

    Parameters
    ----------
    *keys : (T,) arrays
        Rows are equal if they agree in all.

    Examples
    --------
    >>> runs(["a", "a", "b", "b"], [1, 1, 1, 2]).tolist()
    [0, 2, 3, 4]
    """
    arrays = [np.asarray(key) for key in keys]
    rows = len(arrays[0])
    if not rows:
        return np.zeros(1, dtype=np.int64)
    changes = np.zeros(rows, dtype=bool)
    changes[0] = True
    for array in arrays:
        changes[1:] |= array[1:] != array[:-1]
    return np.append(np.flatnonzero(changes), rows)


def line_up(
    begin_s: Sequence[float] | NDArray[np.float64], end_s: Sequence[float] | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Say by how much to shift stretches, so that none overlaps another.

    A stretch that begins after the end of all before it, in the order of their beginnings, stays;
    one that would overlap, as after a device was off, goes :data:`BREAK_S` behind them.

    Parameters
    ----------
    begin_s, end_s : (n,) arrays of float
        The first and the last stamp of each.

    Returns
    -------
    (n,) array of float64
        Seconds to add; 0 where a stretch stays.

    Examples
    --------
    >>> line_up([100.0, 0.0, 50.0], [110.0, 60.0, 70.0]).tolist()
    [0.0, 0.0, 20.0]
    """
    begin, end = (np.asarray(values, dtype=np.float64) for values in (begin_s, end_s))
    shift = np.zeros(len(begin))
    last = -np.inf
    for i in np.argsort(begin, kind="stable"):
        if begin[i] <= last:
            shift[i] = last + BREAK_S - begin[i]
        last = end[i] + shift[i]
    return shift
