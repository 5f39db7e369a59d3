"""Stamps that can be used: finite, strictly increasing, every repair counted."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kinefuse import _native
from kinefuse.clock.arguments import choice, number
from kinefuse.clock.report import ClockReport
from kinefuse.clock.seconds import stamps

__all__ = ["Repaired", "repair"]


@dataclass(frozen=True, eq=False)
class Repaired:
    """A clock that can be used.

    Attributes
    ----------
    time_s : (K,) array of float64
        Stamps in seconds, finite and strictly increasing.
    rows : (K,) array of int64
        The rows they came from: ``x[rows]`` are their samples.
    gaps : (G,) array of int64
        For each gap, how many of these stamps lie before it.
    report : ClockReport
    """

    time_s: NDArray[np.float64]
    rows: NDArray[np.int64]
    gaps: NDArray[np.int64]
    report: ClockReport


def repair(
    time_s: Any,
    *,
    max_gap_s: float = math.inf,
    repeats: Literal["auto", "spread", "drop"] = "auto",
) -> Repaired:
    """Make stamps finite and strictly increasing at the price of the fewest rows.

    One stamp far ahead of its neighbours costs one row, not all that follow it. Rows that share a
    stamp are either samples that arrived together, in one packet: their stamps are spread over the
    packet's time, in their order, and nothing is lost; or they are copies of one sample, of which
    the first stays.

    Parameters
    ----------
    time_s : (T,) array of float, or any time column that :func:`to_seconds` takes
        Stamps in seconds.
    max_gap_s : float
        Longer steps are counted as gaps, in seconds.
    repeats : {"auto", "spread", "drop"}
        What becomes of rows that share a stamp. ``"auto"`` spreads them if the clock has room for
        them: around packets it waits for as long as their samples take, around copies it does not.

    Raises
    ------
    ShapeError, DtypeError
        ``time_s`` is not a row of at least two stamps.
    InputError
        ``max_gap_s`` is not positive, or shorter than the clock's own step; ``repeats`` is
        something else; whole numbers that may be several units.
    TimeError
        Fewer than two different stamps are left; or more than one, and more than a tenth of all,
        are out of order: the clock was set back, and no row can be trusted.

    Notes
    -----
    A packet of ``n`` samples is taken to be stamped with its last one, at stamp ``s``; they are
    spread evenly over the time since the stamp before, or one typical step apart where that is
    longer than one and a half times ``n`` steps. If only the time after packets is long enough,
    they are taken to be stamped with their first sample.

    ``"auto"`` decides once for a clock. It spreads if one of three things holds: packets have,
    together, at least half of the time that their samples need beyond one step; blocks of 32 rows
    take as long whether stamps repeat in them or not (stamps of arrival, where samples that were
    held up come almost at once); stamps are ticks of one length that hold ``n`` or ``n + 1``
    samples in turn (a clock coarser than its samples).

    Examples
    --------
    >>> found = repair([0.0, 0.1, 0.1, 0.2, 0.3, float("nan"), 0.5, 0.6])
    >>> found.rows
    array([0, 1, 3, 4, 6, 7])
    >>> print(found.report)
    8 rows at 10 Hz (jitter 0.000 ms) to 6; dropped 1 without a finite stamp; dropped 1 with a \
repeated stamp; 1 short holes bridged

    Packets of three samples:

    >>> repair([1.2, 1.2, 1.2, 1.5, 1.5, 1.5, 1.8, 1.8, 1.8]).time_s.round(3)
    array([1. , 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8])
    """
    time = stamps(time_s)
    limit = number("max_gap_s", max_gap_s)
    shared = choice("repeats", repeats, ("auto", "spread", "drop"))
    rows, moved, gaps, fields = _native.repair_clock(time, limit, shared)
    kept = np.arange(time.size) if rows is None else rows.astype(np.int64)
    return Repaired(
        time_s=time[kept] if moved is None else moved[0] + moved[1],
        rows=kept,
        gaps=gaps.astype(np.int64),
        report=ClockReport(*fields),
    )
