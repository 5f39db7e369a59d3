"""Whether what a sensor recorded can be what it is said to be.

Looked at is a sample of each stream, short runs of rows spread evenly over it: all rows of a
recording of some minutes, a fixed number of a longer one. Nothing here changes a recording.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.chunked import Chunk, ChunkedStream
from kinefuse.data.marks import MOST, join_spans
from kinefuse.data.recording import Stream
from kinefuse.data.stream_settings import find_accelerometers

__all__ = ["Findings", "Look", "describe_findings"]

_RUN_ROWS = 64
_MOST_RUNS = 1024
_STILL = 0.03
"""A run is still where its values stray from their mean by less than this share of it."""
_REST_G = (0.75, 1.25)
_MOVING_G = (0.4, 2.5)
_MOVING_RUNS = 16
"""So many runs of a sensor that never rests make gravity show in their mean."""
_CLIPPED_SHARE = 1e-3
_PLATEAU_ROWS = 3
_DRIFT = 5e-3
_MOST_RAD_S = 40.0
"""Gyroscopes measure up to 35 rad/s (2000 deg/s)."""
_WITHOUT_GRAVITY = ("body", "lin", "user")
_UNITS = {
    9.80665: "m/s2",
    980.665: "cm/s2",
    1000.0: "mg",
    1 / 9.80665: "g, where the reader was told m/s2",
    1e-3: "g, where the reader was told mg",
    **{float(2**k): f"counts of {2**k} a g" for k in range(5, 15)},
}
_NEAR = 0.08


@dataclass(frozen=True)
class Findings:
    """What looks wrong in a stream.

    Attributes
    ----------
    clipped : dict of str to float
        Channels that stay at the end of their range, and the share of samples that is there.
    clipped_s : tuple of (float, float)
        When one of them does, among the samples that were looked at, in some hundred stretches at
        most.
    flat : tuple of str
        Channels that never change.
    doubts : tuple of str
        Units that do not fit, and which would.
    drift : float or None
        By how much the clock's rate changes from the first quarter to the last, as a share; None
        where it does not, or there are no stamps.
    """

    clipped: Mapping[str, float]
    clipped_s: tuple[tuple[float, float], ...]
    flat: tuple[str, ...]
    doubts: tuple[str, ...]
    drift: float | None


class Look:
    """Looks at a stream while it passes.

    Parameters
    ----------
    stream : Stream or ChunkedStream

    Examples
    --------
    >>> import numpy as np
    >>> rest = np.tile([0.0, 0.0, 9.81], (500, 1))
    >>> stream = Stream(name="wrist", modality="inertial", data=rest, rate_hz=50.0,
    ...                 channels=("acc_x", "acc_y", "acc_z"), units="g")
    >>> Look(stream).findings().doubts
    ('unit of acceleration: acc of wrist is 9.81 g at rest; the numbers look like m/s2',)
    """

    def __init__(self, stream: Stream | ChunkedStream) -> None:
        self._stream = stream
        self._begin()
        if isinstance(stream, Stream):
            self._see(stream.data, stream.time_s)

    def watched(self) -> Stream | ChunkedStream:
        """Return the stream; what is read of it is looked at."""
        stream = self._stream
        if isinstance(stream, Stream):
            return stream
        chunks = stream.chunks

        def seen() -> Iterator[Chunk]:
            self._begin()
            for chunk in chunks():
                self._see(chunk.data, chunk.time_s)
                yield chunk

        return replace(stream, chunks=seen)

    def findings(self) -> Findings:
        """Say what looks wrong in what was seen so far."""
        data = self._gather(self._data)
        if data.ndim != 2 or not len(data):
            return Findings({}, (), (), (), None)
        clipped = {}
        at_end = np.zeros(len(data), dtype=bool)
        flat = []
        suspicious = _pile_up(data)
        for channel, column, look in zip(self._stream.channels, data.T, suspicious, strict=True):
            if not look:
                continue
            finite = column[np.isfinite(column)]
            if len(finite) > 1 and finite.min() == finite.max():
                flat.append(channel)
                continue
            ends = np.isin(column, _ends(finite))
            share = int(np.count_nonzero(ends)) / max(1, len(finite))
            if share >= _CLIPPED_SHARE:
                clipped[channel] = round(share, 5)
                at_end |= ends
        drift = _drift(self._gather(self._time)) if self._time else None
        doubts = (*self._doubts_of_acceleration(data), *self._doubts_of_turning(data))
        return Findings(clipped, self._when(at_end), tuple(flat), doubts, drift)

    def _begin(self) -> None:
        self._row = 0
        self._step = 1
        self._rows: list[NDArray[np.int64]] = []
        self._data: list[NDArray[Any]] = []
        self._time: list[NDArray[np.float64]] = []

    def _see(self, data: NDArray[Any], time_s: NDArray[np.float64] | None) -> None:
        if data.ndim != 2:
            return
        runs = np.arange(self._row // _RUN_ROWS, (self._row + len(data)) // _RUN_ROWS + 1)
        wanted = np.repeat(runs % self._step == 0, _RUN_ROWS)[self._row % _RUN_ROWS :][: len(data)]
        rows = np.arange(self._row, self._row + len(data))
        self._row += len(data)
        self._keep(rows, data, time_s, wanted)
        while self._row > _MOST_RUNS * _RUN_ROWS * self._step:
            self._step *= 2
            numbers, kept, stamps = self._rows, self._data, self._time
            self._rows, self._data, self._time = [], [], []
            for i, part in enumerate(kept):
                wanted = numbers[i] // _RUN_ROWS % self._step == 0
                self._keep(numbers[i], part, stamps[i] if stamps else None, wanted)

    def _keep(
        self,
        rows: NDArray[np.int64],
        data: NDArray[Any],
        time_s: NDArray[np.float64] | None,
        wanted: NDArray[np.bool_],
    ) -> None:
        if not wanted.any():
            return
        # Most recordings are kept whole, and then not copied.
        kept: Any = slice(None) if wanted.all() else wanted
        self._rows.append(rows[kept])
        self._data.append(data[kept])
        if time_s is not None:
            self._time.append(time_s[kept])

    def _when(self, chosen: NDArray[np.bool_]) -> tuple[tuple[float, float], ...]:
        """Return when the chosen ones of the sampled rows were, those in a row as one stretch."""
        rows, rate = self._gather(self._rows), self._stream.rate_hz
        if self._time:
            time_s = self._gather(self._time)
        elif rate:
            time_s = self._stream.start_s + rows / rate
        else:
            return ()
        at = np.flatnonzero(chosen & np.isfinite(time_s))
        if not len(at):
            return ()
        breaks = np.flatnonzero(np.diff(rows[at]) > 1)
        first = at[np.concatenate([[0], breaks + 1])]
        last = at[np.concatenate([breaks, [len(at) - 1]])]
        end = time_s[last] + (1 / rate if rate else 0.0)
        spans = join_spans(np.stack([time_s[first], end], axis=1), MOST)
        return tuple((float(begin), float(end)) for begin, end in spans)

    @staticmethod
    def _gather(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
        return np.concatenate(parts) if parts else np.empty(0)

    def _doubts_of_acceleration(self, data: NDArray[Any]) -> Iterator[str]:
        for name, columns in find_accelerometers(self._stream).items():
            if any(word in name.lower() for word in _WITHOUT_GRAVITY):
                continue
            runs = _runs(data[:, columns])
            if not len(runs):
                continue
            size = np.linalg.norm(runs.mean(axis=1), axis=1)
            still = np.linalg.norm(runs.std(axis=1), axis=1) < _STILL * size
            rests = int(still.sum()) >= 5
            found = float(np.median(size[still] if rests else size))
            low, high = _REST_G if rests else _MOVING_G
            if low <= found <= high or not (rests or len(runs) >= _MOVING_RUNS):
                continue
            nearest = min(_UNITS, key=lambda factor: abs(found / factor - 1))
            if abs(found / nearest - 1) < _NEAR:
                hint = f"the numbers look like {_UNITS[nearest]}"
            else:
                hint = "was gravity taken out?" if found < low else "no usual unit would fit"
            when = "at rest" if rests else "on average"
            yield (
                f"unit of acceleration: {name} of {self._stream.name} is {found:.3g} g {when}; "
                f"{hint}"
            )

    def _doubts_of_turning(self, data: NDArray[Any]) -> Iterator[str]:
        columns = [i for i, unit in enumerate(self._stream.units) if unit == "rad/s"]
        if not columns:
            return
        values = np.abs(data[:, columns])
        values = values[np.isfinite(values)]
        # Counting is quicker than sorting, and nearly always enough.
        if np.count_nonzero(values > _MOST_RAD_S) < 0.005 * len(values):
            return
        if len(values) and (fast := float(np.quantile(values, 0.99))) > _MOST_RAD_S:
            yield (
                f"unit of angular rate: {self._stream.name} turns at {fast:.3g} rad/s, which no "
                "gyroscope measures; the numbers look like deg/s"
            )


def _runs(data: NDArray[Any]) -> NDArray[Any]:
    """Return the sampled rows in runs (n, rows, channels), those without a hole."""
    n = len(data) // _RUN_ROWS
    runs = data[: n * _RUN_ROWS].reshape(n, _RUN_ROWS, data.shape[1])
    whole: NDArray[Any] = runs[np.isfinite(runs).all(axis=(1, 2))]
    return whole


def _pile_up(data: NDArray[Any]) -> NDArray[np.bool_]:
    """Return the channels whose smallest or largest value comes often, and those with holes."""
    if not np.isfinite(data).all():
        return np.ones(data.shape[1], dtype=bool)
    low, high = data.min(axis=0), data.max(axis=0)
    often = max(_PLATEAU_ROWS, _CLIPPED_SHARE / 2 * len(data))
    counts = np.count_nonzero(data == low, axis=0), np.count_nonzero(data == high, axis=0)
    found: NDArray[np.bool_] = (np.maximum(*counts) >= often) | (low == high)
    return found


def _ends(column: NDArray[Any]) -> list[Any]:
    """Return the ends of the range that look cut off.

    There, values pile up, many in a row; further in they get rarer.
    """
    found = []
    for sign in (1, -1):
        end = column.max(initial=-np.inf) if sign > 0 else column.min(initial=np.inf)
        there = column == end
        count = int(np.count_nonzero(there))
        if end == 0 or count < max(_PLATEAU_ROWS, _CLIPPED_SHARE / 2 * len(column)):
            continue
        inside = sign * column[~there]
        if not len(inside) or inside.min() == inside.max():
            continue
        if count < 3 * np.count_nonzero(inside == inside.max()):
            continue
        edges = np.flatnonzero(np.diff(there, prepend=False, append=False))
        if (edges[1::2] - edges[::2]).max() >= _PLATEAU_ROWS:
            found.append(end)
    return found


def _drift(time_s: NDArray[np.float64]) -> float | None:
    n = len(time_s) // _RUN_ROWS
    if n < 16:
        return None
    runs = time_s[: n * _RUN_ROWS].reshape(n, _RUN_ROWS)
    steps = (runs[:, -1] - runs[:, 0]) / (_RUN_ROWS - 1)
    steps = steps[np.isfinite(steps) & (steps > 0)]
    if len(steps) < 16:
        return None
    quarter = len(steps) // 4
    change = float(np.median(steps[:quarter]) / np.median(steps[-quarter:])) - 1
    return round(change, 6) if abs(change) > _DRIFT else None


def describe_findings(found: Mapping[str, Findings]) -> dict[str, Any]:
    """Return what is noted of a recording, as JSON takes it; nothing where all is well.

    Parameters
    ----------
    found : dict of str to Findings
        By stream.
    """
    clipped = {
        f"{stream}.{channel}": share
        for stream, one in found.items()
        for channel, share in one.clipped.items()
    }
    flat = [f"{stream}.{channel}" for stream, one in found.items() for channel in one.flat]
    doubts = [doubt for one in found.values() for doubt in one.doubts]
    drift = {stream: one.drift for stream, one in found.items() if one.drift is not None}
    note: dict[str, Any] = {}
    if clipped:
        note |= {"clipped_share": max(clipped.values()), "clipped": clipped}
    if flat:
        note["flat_channels"] = flat
    if doubts:
        note["unit_doubt"] = doubts
    if drift:
        note["rate_drift"] = drift
    return note
