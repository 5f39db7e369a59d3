"""The streams of one modality, brought onto one grid.

Rows of inertial streams in which a value is missing count as not sampled. Streams with time stamps,
with missing rows, at another rate than wanted or beside other streams go through
:func:`kinefuse.regrid`, all with the same origin, so that their grids are one. A sample is kept
where every stream has one; everywhere else there is a gap.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Stream
from kinefuse.data.schema import ModalitySchema
from kinefuse.data.writer import Samples
from kinefuse.errors import ConfigError, FormatError
from kinefuse.resample import regrid

__all__ = ["to_grid"]

_OFF_RATE = 0.05
"""A measured rate this far from the nominal one is counted."""

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class _Gridded:
    """One stream: ``data`` (R, ...), and the grid step of each gap-free run's first row and end."""

    data: NDArray[Any]
    first: Ints
    last: Ints
    labels: NDArray[np.object_] | None


def to_grid(
    streams: Sequence[Stream], *, rate_hz: float | None, max_gap_s: float
) -> tuple[Samples, Counter[str]]:
    """Bring the streams of one modality onto one uniform grid, their channels in a row.

    Parameters
    ----------
    streams : sequence of Stream
        Of one modality. The channels of several are named ``stream.channel``.
    rate_hz : float, optional
        The grid's rate; the nominal rate of the first stream if not given.
    max_gap_s : float
        Holes up to this many seconds are interpolated.

    Returns
    -------
    samples : Samples
    counts : Counter
        What was repaired, filled or dropped.

    Raises
    ------
    ConfigError
        There is no rate.
    FormatError
        A channel without a single number; streams that have no time in common.
    TimeError
        A clock that cannot be repaired.
    """
    counts: Counter[str] = Counter()
    first = streams[0]
    rate = rate_hz or first.rate_hz
    if rate is None:
        raise ConfigError(
            f"stream {first.name!r} has time stamps and no nominal rate: say which rate the store "
            f"gets, rate_hz={{{first.modality!r}: ...}}"
        )
    origin = min(_begin(stream) for stream in streams)
    gridded = [_grid(stream, rate, max_gap_s, origin, counts) for stream in streams]
    starts, stops = gridded[0].first, gridded[0].last
    for other in gridded[1:]:
        starts, stops = _common(starts, stops, other.first, other.last)
    if not len(starts):
        names = " and ".join(repr(stream.name) for stream in streams)
        raise FormatError(f"{names} have no time in common")
    parts = [_take(stream, starts, stops) for stream in gridded]
    counts["rows_without_the_other_streams"] += sum(
        len(stream.data) - len(part) for stream, (part, _) in zip(gridded, parts, strict=True)
    )
    labels = next((labels for _, labels in parts if labels is not None), None)
    data = [part for part, _ in parts]
    if len({part.ndim for part in data}) > 1 or (len(data) > 1 and data[0].ndim != 2):
        raise FormatError(
            f"expected one skeleton, or signals (T, C), got {[s.name for s in streams]}"
        )
    joined = data[0] if len(data) == 1 else np.concatenate(data, axis=1)
    samples = Samples(
        data=np.ascontiguousarray(joined, dtype=np.float32),
        schema=_schema(streams, rate, joined.shape[1:]),
        start_s=float(origin + starts[0] / rate),
        gaps=np.stack([np.cumsum(stops - starts)[:-1], starts[1:] - stops[:-1]], axis=1),
        labels=labels,
    )
    return samples, +counts


def _schema(streams: Sequence[Stream], rate_hz: float, shape: tuple[int, ...]) -> ModalitySchema:
    several = len(streams) > 1
    return ModalitySchema(
        channels=tuple(
            f"{stream.name}.{channel}" if several else channel
            for stream in streams
            for channel in stream.channels
        ),
        units=tuple(unit for stream in streams for unit in stream.units),
        shape=shape,
        rate_hz=float(rate_hz),
        layout=streams[0].layout,
    )


def _begin(stream: Stream) -> float:
    if stream.time_s is None:
        return stream.start_s
    finite = stream.time_s[np.isfinite(stream.time_s)]
    if not len(finite):
        raise FormatError(f"stream {stream.name!r}: none of its time stamps is a number")
    return float(finite.min())


def _grid(
    stream: Stream, rate_hz: float, max_gap_s: float, origin_s: float, counts: Counter[str]
) -> _Gridded:
    data, kept = _without_missing(stream, counts)
    on_grid = round((stream.start_s - origin_s) * rate_hz, 9)
    if stream.time_s is None and kept.all() and stream.rate_hz == rate_hz and on_grid % 1 == 0:
        step = np.array([int(on_grid)], dtype=np.int64)
        return _Gridded(data, step, step + len(data), stream.labels)
    time_s = stream.time_s
    if time_s is None:
        time_s = stream.start_s + np.arange(len(kept)) / float(stream.rate_hz or rate_hz)
    time_s = time_s[kept]
    if len(time_s) < 2:
        raise FormatError(f"stream {stream.name!r}: fewer than two samples hold numbers")
    grid = regrid(time_s, data[kept], rate_hz=rate_hz, max_gap_s=max_gap_s, origin_s=origin_s)
    report = grid.report
    counts["stamps_not_a_number"] += report.nonfinite
    counts["stamps_repeated"] += report.repeated
    counts["stamps_spread"] += report.spread
    counts["stamps_backward"] += report.backward
    counts["samples_between_two_gaps"] += report.isolated
    counts["short_holes_filled"] += report.bridged
    if stream.rate_hz and abs(report.rate_hz / stream.rate_hz - 1) > _OFF_RATE:
        counts["clocks_off_their_rate"] += 1
    if not len(grid.data):
        raise FormatError(f"stream {stream.name!r}: no two samples within {max_gap_s} s")
    begin = round((grid.start_s - origin_s) * rate_hz)
    missing = np.cumsum(grid.gaps[:, 1])
    rows = grid.gaps[:, 0]
    first = begin + np.concatenate([[0], rows + missing])
    last = begin + np.append(rows + missing - grid.gaps[:, 1], len(grid.data) + missing[-1:].sum())
    labels = None
    if stream.labels is not None:
        labels = _nearest(time_s, stream.labels[kept], grid.time_s)
    return _Gridded(grid.data, first, last, labels)


def _without_missing(stream: Stream, counts: Counter[str]) -> tuple[NDArray[Any], NDArray[Any]]:
    data = stream.data
    finite = np.isfinite(data)
    if stream.layout is not None or data.ndim == 3:
        if not finite.any():
            raise FormatError(f"stream {stream.name!r}: holds no number")
        missing = ~finite.all(axis=2)
        counts["joints_missing"] += int(missing.sum())
        return np.where(finite, data, np.nan), np.ones(len(data), dtype=bool)
    for channel, there in zip(stream.channels, finite.any(axis=0), strict=True):
        if not there:
            raise FormatError(
                f"stream {stream.name!r}: channel {channel!r} holds no number; leave it out of the "
                "channels, or mend the file"
            )
    kept = finite.all(axis=1)
    counts["rows_with_missing_values"] += int((~kept).sum())
    return data, kept


def _nearest(
    time_s: NDArray[np.float64], labels: NDArray[np.object_], when_s: NDArray[np.float64]
) -> NDArray[np.object_]:
    order = np.argsort(time_s, kind="stable")  # stamps that are not numbers come last
    order = order[: np.isfinite(time_s).sum()]
    between = (time_s[order][1:] + time_s[order][:-1]) / 2
    nearest: NDArray[np.object_] = labels[order][np.searchsorted(between, when_s)]
    return nearest


def _common(first: Ints, last: Ints, other_first: Ints, other_last: Ints) -> tuple[Ints, Ints]:
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


def _take(
    stream: _Gridded, starts: Ints, stops: Ints
) -> tuple[NDArray[Any], NDArray[np.object_] | None]:
    """Return the rows of grid steps ``starts`` to ``stops``, and their labels."""
    if np.array_equal(starts, stream.first) and np.array_equal(stops, stream.last):
        return stream.data, stream.labels
    row_of_run = np.concatenate([[0], np.cumsum(stream.last - stream.first)[:-1]])
    run = np.searchsorted(stream.first, starts, side="right") - 1
    begin = starts - stream.first[run] + row_of_run[run]
    rows = np.concatenate([np.arange(b, b + n) for b, n in zip(begin, stops - starts, strict=True)])
    return stream.data[rows], None if stream.labels is None else stream.labels[rows]
