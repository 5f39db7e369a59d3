"""Rows on a uniform grid, in gap-free runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Ints", "Runs", "common_runs"]

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Runs:
    """Rows on a grid whose points are counted from its origin.

    ``data`` (R, ...) holds the runs one after another; ``first`` and ``last`` are the grid point of
    each run's first row and the one behind its last; ``labels`` (R,) are numbers of activities.
    """

    data: NDArray[Any]
    first: Ints
    last: Ints
    labels: NDArray[np.int32] | None = None

    def take(self, starts: Ints, stops: Ints) -> "Runs":
        """Return the rows of the points ``starts`` to ``stops``, each within a run."""
        if np.array_equal(starts, self.first) and np.array_equal(stops, self.last):
            return self
        row_of_run = np.concatenate([[0], np.cumsum(self.last - self.first)[:-1]])
        run = np.searchsorted(self.first, starts, side="right") - 1
        begin = starts - self.first[run] + row_of_run[run]
        end = begin + stops - starts
        if len(begin) and np.array_equal(end[:-1], begin[1:]):  # as where ends were cut off
            spans = [slice(int(begin[0]), int(end[-1]))]
        else:
            spans = [slice(b, e) for b, e in zip(begin.tolist(), end.tolist(), strict=True)]
        return Runs(_pick(self.data, spans), starts, stops, _pick(self.labels, spans))

    def cut(self, low: int | None, high: int | None) -> "Runs":
        """Return the rows of the points from ``low`` on and before ``high``."""
        starts = self.first if low is None else np.maximum(self.first, low)
        stops = self.last if high is None else np.minimum(self.last, high)
        there = starts < stops
        return self.take(starts[there], stops[there])

    @classmethod
    def join(cls, parts: Sequence["Runs"]) -> "Runs":
        """Put parts that follow each other together; runs that touch stay apart."""
        if len(parts) == 1:
            return parts[0]
        labels = [part.labels for part in parts if part.labels is not None]
        return cls(
            np.concatenate([part.data for part in parts]),
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.last for part in parts]),
            np.concatenate(labels) if labels else None,
        )


def _pick(rows: Any, spans: Sequence[slice]) -> Any:
    if rows is None:
        return None
    if len(spans) == 1:
        return rows[spans[0]]
    return np.concatenate([rows[span] for span in spans] or [rows[:0]])


def common_runs(parts: Sequence[Runs]) -> tuple[Ints, Ints]:
    """Return first points and ends of the runs in which all parts have rows."""
    starts, stops = parts[0].first, parts[0].last
    for other in parts[1:]:
        starts, stops = _intersect(starts, stops, other.first, other.last)
    return starts, stops


def _intersect(first: Ints, last: Ints, other_first: Ints, other_last: Ints) -> tuple[Ints, Ints]:
    """Intersect two sorted lists of half-open intervals."""
    pairs = []
    i = j = 0
    while i < len(first) and j < len(other_first):
        begin, end = max(first[i], other_first[j]), min(last[i], other_last[j])
        if begin < end:
            pairs.append((begin, end))
        if last[i] <= other_last[j]:
            i += 1
        else:
            j += 1
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]
