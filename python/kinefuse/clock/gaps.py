"""Where time is missing, and the runs between."""

from typing import Any

import numpy as np
import polars as pl

from kinefuse.clock.arguments import number, whole
from kinefuse.clock.repaired import Repaired, repair
from kinefuse.errors import InputError

__all__ = ["find_gaps", "segments"]


def find_gaps(time_s: Any, *, max_gap_s: float) -> pl.DataFrame:
    """Return the gaps of a clock: the steps longer than ``max_gap_s``, after :func:`repair`.

    Parameters
    ----------
    time_s : (T,) array of float, or any time column that :func:`to_seconds` takes
        Stamps in seconds.
    max_gap_s : float
        The longest step that is no gap, in seconds.

    Returns
    -------
    polars.DataFrame
        A row a gap: ``before`` and ``after``, the rows of ``time_s`` around it, ``start_s`` and
        ``end_s``, their stamps, ``missing_s``, what is missing of the time between, and
        ``missing``, about how many samples that is. An hour costs as much as a second.

    Raises
    ------
    ShapeError, DtypeError, InputError, TimeError
        As :func:`repair`.

    Examples
    --------
    >>> find_gaps([0.0, 0.25, 0.5, 1.5, 1.75], max_gap_s=0.5).rows()
    [(2, 3, 0.5, 1.5, 0.75, 3)]
    """
    found = repair(time_s, max_gap_s=max_gap_s)
    start, end = found.time_s[found.gaps - 1], found.time_s[found.gaps]
    missing = end - start - 1 / found.report.rate_hz
    return pl.DataFrame(
        {
            "before": found.rows[found.gaps - 1],
            "after": found.rows[found.gaps],
            "start_s": start,
            "end_s": end,
            "missing_s": missing,
            "missing": np.rint(missing * found.report.rate_hz).astype(np.int64),
        }
    )


def segments(time_s: Any, *, max_gap_s: float, min_rows: int = 1) -> pl.DataFrame:
    """Return the gap-free runs of a clock.

    Parameters
    ----------
    time_s : (T,) array of float, any time column that :func:`to_seconds` takes, or Repaired
        Stamps in seconds; they are repaired unless they are already.
    max_gap_s : float
        The longest step that is no gap, in seconds. Of a clock already repaired, the limit of then
        counts as well.
    min_rows : int
        Shorter runs are left out.

    Returns
    -------
    polars.DataFrame
        A row a segment: ``start_s`` and ``end_s``, its first and last stamp; ``rows``, how many it
        has; ``first`` and ``stop``, where they stand in the repaired clock, so that
        ``x[clock.rows[first:stop]]`` are its samples.

    Raises
    ------
    ShapeError, DtypeError, InputError, TimeError
        As :func:`repair`.

    Examples
    --------
    >>> import numpy as np
    >>> clock = repair(np.delete(np.arange(100) / 10, slice(40, 60)), max_gap_s=1.0)
    >>> segments(clock, max_gap_s=1.0).rows()
    [(0.0, 3.9, 40, 0, 40), (6.0, 9.9, 40, 40, 80)]
    """
    limit, fewest = number("max_gap_s", max_gap_s), whole("min_rows", min_rows)
    if not limit > 0:
        raise InputError(f"max_gap_s: expected more than 0 seconds, got {max_gap_s!r}")
    clock = time_s if isinstance(time_s, Repaired) else repair(time_s, max_gap_s=limit)
    long = np.flatnonzero(np.diff(clock.time_s) > limit) + 1
    cuts = np.union1d(clock.gaps, long).astype(np.int64) if time_s is clock else clock.gaps
    first = np.concatenate([[0], cuts]).astype(np.int64)
    stop = np.append(cuts, len(clock.time_s)).astype(np.int64)
    table = pl.DataFrame(
        {
            "start_s": clock.time_s[first],
            "end_s": clock.time_s[stop - 1],
            "rows": stop - first,
            "first": first,
            "stop": stop,
        }
    )
    return table.filter(pl.col("rows") >= fewest)
