"""Where on its time line a recording has samples, gaps and labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.marks import within
from kinefuse.data.store import MotionStore

__all__ = ["Lane", "Timeline", "build_timeline"]

_AT_ONCE = 1 << 20
"""Labels looked at together: a recording of a week does not lie in memory whole."""

Spans = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lane:
    """One modality of a recording.

    Attributes
    ----------
    begin_s, end_s : float
        From the recording's first sample of any modality.
    gaps : (G, 2) array of float64
        When each gap begins and ends, on the same time line.
    covered : float
        The share of the recording's time in which there are samples.
    """

    begin_s: float
    end_s: float
    gaps: Spans
    covered: float


@dataclass(frozen=True, eq=False)
class Timeline:
    """One recording.

    Attributes
    ----------
    span_s : float
        From the first sample of any modality to the end of the last.
    lanes : dict of str to Lane
        By modality; those that the recording has.
    unlabelled : (U, 2) array of float64
        When nobody says what was done: from the samples' labels where they carry some, else all of
        the recording or nothing of it.
    labelled : float
        The share of the samples, or of the recording, that carries a label.
    marks : dict of str to dict of str to (n, 2) array of float64
        By modality: when samples were ``clipped``, stamps ``repaired``, holes ``filled``, where the
        store's notes say it.
    """

    span_s: float
    lanes: dict[str, Lane]
    unlabelled: Spans
    labelled: float
    marks: dict[str, dict[str, Spans]] = field(default_factory=dict)


def build_timeline(
    store: MotionStore, row: Mapping[str, Any], note: Mapping[str, Any] | None = None
) -> Timeline:
    """Return the time line of one recording.

    Parameters
    ----------
    store : MotionStore
    row : dict
        Of :attr:`MotionStore.recordings`.
    note : dict, optional
        What :func:`~kinefuse.data.sources.read_sources` says of it.

    Returns
    -------
    Timeline

    Examples
    --------
    >>> store = MotionStore("stores/hapt")                                      # doctest: +SKIP
    >>> build_timeline(store, store.recordings.row(0, named=True)).labelled     # doctest: +SKIP
    0.73
    """
    there = [name for name in store.schema if row[f"{name}_rows"] > 0]
    gaps = {name: _gaps(row, name) for name in there}
    rate = {name: store.schema[name].rate_hz for name in there}
    begin = {name: row[f"{name}_start_s"] or 0.0 for name in there}
    end = {
        name: begin[name] + (row[f"{name}_rows"] + gaps[name][:, 1].sum()) / rate[name]
        for name in there
    }
    origin = min(begin.values())
    span = max(end.values()) - origin
    lanes = {
        name: Lane(
            begin_s=begin[name] - origin,
            end_s=end[name] - origin,
            gaps=begin[name] - origin + _steps_of(gaps[name]) / rate[name],
            covered=row[f"{name}_rows"] / rate[name] / span,
        )
        for name in there
    }
    said = (note or {}).get("marks", {})  # not in stores of earlier versions
    marks = {m: within(said[m], origin, origin + span) for m in there if m in said}
    whole = np.array([[0.0, span]])
    labels = store.label_modality
    if labels not in there:
        named = row["activity"] is not None
        return Timeline(span, lanes, np.empty((0, 2)) if named else whole, float(named), marks)
    rows, without = _unlabelled(store, row, labels)
    missing = np.concatenate([[0], np.cumsum(gaps[labels][:, 1])])
    # A stretch ends one step after its last row, so that a gap behind it is not part of it.
    first = rows[:, 0] + missing[np.searchsorted(gaps[labels][:, 0], rows[:, 0], side="right")]
    last = rows[:, 1] - 1
    last = last + missing[np.searchsorted(gaps[labels][:, 0], last, side="right")] + 1
    spans = lanes[labels].begin_s + np.stack([first, last], axis=1) / rate[labels]
    return Timeline(span, lanes, spans, 1 - without / row[f"{labels}_rows"], marks)


def _gaps(row: Mapping[str, Any], modality: str) -> NDArray[np.int64]:
    return np.array(row[f"{modality}_gaps"], dtype=np.int64).reshape(-1, 2)


def _steps_of(gaps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the grid steps at which each gap begins and ends."""
    end = gaps[:, 0] + np.cumsum(gaps[:, 1])
    return np.stack([end - gaps[:, 1], end], axis=1)


def _unlabelled(
    store: MotionStore, row: Mapping[str, Any], modality: str
) -> tuple[NDArray[np.int64], int]:
    """Return the stretches of rows without a label, first and one after the last, and how many."""
    first, n = row[f"{modality}_start"], row[f"{modality}_rows"]
    labels = store.labels(row[f"{modality}_shard"])
    assert labels is not None
    edges: list[int] = []
    without = 0
    inside = False
    for at, missing in _blocks(labels[first : first + n]):
        without += int(missing.sum())
        change = np.flatnonzero(np.diff(missing, prepend=inside)) + at
        edges += change.tolist()
        inside = bool(missing[-1])
    if inside:
        edges.append(n)
    return np.array(edges, dtype=np.int64).reshape(-1, 2), without


def _blocks(labels: NDArray[np.int32]) -> Iterator[tuple[int, NDArray[np.bool_]]]:
    for at in range(0, len(labels), _AT_ONCE):
        yield at, labels[at : at + _AT_ONCE] < 0
