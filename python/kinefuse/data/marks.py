"""Where on the time line of a recording something was done to it, in a bounded number of stretches.

What is counted is every repair; where they were is kept as well as a hundred stretches can say
it: the nearest ones are joined until there are few enough.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse.clock import ClockReport

__all__ = ["MOST", "Marks", "find_repairs", "join_spans", "within"]

MOST = 100
"""Stretches of a kind that are kept of a recording's modality."""

_NEAR = 2
"""Rows to each side that say when a row without a stamp to be trusted was."""

_APART = 8
"""Repaired rows no further apart are one stretch: where stamps come in bursts, all rows are."""

Spans = NDArray[np.float64]

_DROPPED = ("nonfinite", "repeated", "backward", "spread")


class Marks:
    """Stretches of time, by what was done there.

    Examples
    --------
    >>> marks = Marks()
    >>> marks.add("filled", [[1.0, 1.5], [1.4, 2.0], [7.0, 7.25]])
    >>> marks.to_dict()
    {'filled': [[1.0, 2.0], [7.0, 7.25]]}
    """

    def __init__(self) -> None:
        self._spans: dict[str, list[Spans]] = {}

    def add(self, kind: str, spans: ArrayLike) -> None:
        """Add stretches ``(n, 2)``, begin and end in seconds."""
        # A clock that was set back may tell the end before the begin.
        new = np.sort(np.asarray(spans, dtype=np.float64).reshape(-1, 2), axis=1)
        if not len(new):
            return
        kept = self._spans.setdefault(kind, [])
        kept.append(new)
        if sum(map(len, kept)) > 8 * MOST:
            self._spans[kind] = [join_spans(np.concatenate(kept), MOST)]

    def join(self, others: Iterable["Marks"]) -> "Marks":
        """Add those of others, and return this."""
        for other in others:
            for kind, kept in other._spans.items():
                for spans in kept:
                    self.add(kind, spans)
        return self

    def to_dict(self) -> dict[str, list[list[float]]]:
        """Return what is kept, to the millisecond, as JSON takes it."""
        return {
            kind: join_spans(np.concatenate(kept), MOST).round(3).tolist()
            for kind, kept in sorted(self._spans.items())
        }


def join_spans(spans: Spans, most: int) -> Spans:
    """Return stretches in order, those that touch as one, and the nearest joined.

    Parameters
    ----------
    spans : (n, 2) array
    most : int
        So many are left at most.

    Examples
    --------
    >>> join_spans(np.array([[5.0, 6.0], [0.0, 1.0], [1.5, 2.0]]), 2)
    array([[0., 2.],
           [5., 6.]])
    """
    if not len(spans):
        return spans
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    end = np.maximum.accumulate(spans[:, 1])
    apart = spans[1:, 0] - end[:-1]
    cuts = np.flatnonzero(apart > 0)
    if len(cuts) >= most:
        widest = np.argsort(-apart[cuts], kind="stable")[: most - 1]
        cuts = np.sort(cuts[widest])
    first, last = np.append(0, cuts + 1), np.append(cuts, len(spans) - 1)
    return np.array([spans[first, 0], end[last]]).T


def find_repairs(
    time_s: NDArray[np.float64], report: ClockReport, own: tuple[int, int], max_gap_s: float
) -> Iterator[tuple[str, Spans]]:
    """Yield where a clock was repaired, and where holes were filled.

    Exact as far as the report names each event; where there are more than it keeps, from the
    stamps as they came in.

    Parameters
    ----------
    time_s : (T,) array
        The stamps as they came in.
    report : ClockReport
        What was done about them.
    own : tuple of int
        The rows, first and end, that the report counts.
    max_gap_s : float
        The longest hole that is filled.
    """
    events = [event for event in report.events if own[0] <= event.row < own[1]]
    if n_dropped := sum(getattr(report, kind) for kind in _DROPPED):
        rows = np.array([event.row for event in events if event.kind in _DROPPED], dtype=np.int64)
        if len(rows) < n_dropped:
            rows = _out_of_order(time_s, own)
        half = 0.5 / report.rate_hz
        rows = np.sort(rows)
        breaks = np.flatnonzero(np.diff(rows) > _APART)
        first, last = np.append(rows[:1], rows[breaks + 1]), np.append(rows[breaks], rows[-1:])
        when = _near(time_s, np.concatenate([first, last])).reshape(2, -1)
        yield "repaired", np.array([when[0] - half, when[1] + half]).T
    if report.bridged:
        ends = [(e.time_s - e.length_s, e.time_s) for e in events if e.kind == "bridged"]
        filled = np.array(ends, dtype=np.float64).reshape(-1, 2)
        if len(filled) < report.bridged:
            stamps = time_s[max(0, own[0] - 1) : own[1]]
            stamps = np.sort(stamps[np.isfinite(stamps)])
            steps = np.diff(stamps)
            holes = np.flatnonzero((steps > 1.5 / report.rate_hz) & (steps <= max_gap_s))
            filled = np.stack([stamps[holes], stamps[holes + 1]], axis=1)
        yield "filled", filled


def _out_of_order(time_s: NDArray[np.float64], own: tuple[int, int]) -> NDArray[np.int64]:
    finite = np.flatnonzero(np.isfinite(time_s))
    back = finite[1:][np.diff(time_s[finite]) <= 0]
    rows = np.union1d(np.flatnonzero(~np.isfinite(time_s)), back)
    return rows[(rows >= own[0]) & (rows < own[1])]


def _near(time_s: NDArray[np.float64], rows: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return when rows were, by the middle one of the stamps around each."""
    around = (rows[:, None] + np.arange(-_NEAR, _NEAR + 1)).clip(0, len(time_s) - 1)
    stamps = time_s[around]
    if not np.isfinite(stamps).all():
        finite = np.isfinite(time_s)
        last = np.maximum.accumulate(np.where(finite, np.arange(len(time_s)), -1))
        stamps = time_s[np.where(last < 0, int(np.argmax(finite)), last)[around]]
    stamps.sort(axis=1)
    middle: NDArray[np.float64] = stamps[:, _NEAR]
    return middle


def within(
    marks: Mapping[str, ArrayLike], begin_s: float, end_s: float
) -> dict[str, NDArray[np.float64]]:
    """Return the stretches, from ``begin_s`` on, as far as they lie before ``end_s``.

    Examples
    --------
    >>> within({"filled": [[1.0, 3.0], [8.0, 9.0]]}, 2.0, 6.0)
    {'filled': array([[0., 1.]])}
    """
    found = {}
    for kind, spans in marks.items():
        cut = np.asarray(spans, dtype=np.float64).reshape(-1, 2).clip(begin_s, end_s)
        found[kind] = cut[cut[:, 1] > cut[:, 0]] - begin_s
    return found
