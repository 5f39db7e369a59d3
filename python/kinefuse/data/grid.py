"""The streams of one modality, brought onto one grid.

Rows of inertial streams in which a value is missing count as not sampled. Streams with time stamps,
with missing rows, at another rate than wanted or beside other streams go through
:func:`kinefuse.regrid`, all with the same origin, so that their grids are one. A sample is kept
where every stream has one; everywhere else there is a gap. Chunked streams are laid out block by
block (:mod:`kinefuse.data.blocks`), so that memory is bounded by the block.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.blocks import BLOCK_ROWS
from kinefuse.data.chunked import ChunkedStream
from kinefuse.data.marks import Marks
from kinefuse.data.recording import Stream
from kinefuse.data.runs import Ints, Runs, common_runs
from kinefuse.data.samples import Samples
from kinefuse.data.schema import ModalitySchema
from kinefuse.data.sink import RowSink
from kinefuse.data.stream_grid import StreamGrid
from kinefuse.errors import ConfigError, FormatError

__all__ = ["to_grid"]


def to_grid(
    streams: Sequence[Stream | ChunkedStream],
    *,
    rate_hz: float | None,
    max_gap_s: float,
    max_gaps_s: Mapping[str, float] | None = None,
    block_rows: int = BLOCK_ROWS,
    spool: Path | None = None,
) -> tuple[Samples, Counter[str]]:
    """Bring the streams of one modality onto one uniform grid, their channels in a row.

    Parameters
    ----------
    streams : sequence of Stream or ChunkedStream
        Of one modality. The channels of several are named ``stream.channel``.
    rate_hz : float, optional
        The grid's rate; the nominal rate of the first stream if not given.
    max_gap_s : float
        Holes up to this many seconds are interpolated.
    max_gaps_s : dict of str to float, optional
        The same for single streams, by name.
    block_rows : int
        How many rows of a chunked stream are laid out at a time.
    spool : Path, optional
        What names of files begin with in which large results are kept; without it they stay in
        memory.

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
    StoreError
        A file of ``spool`` cannot be written.
    """
    first = streams[0]
    rate = rate_hz or first.rate_hz
    if rate is None:
        raise ConfigError(
            f"stream {first.name!r} has time stamps and no nominal rate: say which rate the store "
            f"gets, rate_hz={{{first.modality!r}: ...}}"
        )
    shapes = [_sample_shape(stream) for stream in streams]
    if len(streams) > 1 and any(len(shape) > 1 for shape in shapes):
        raise FormatError(
            f"expected one skeleton, or signals (T, C), got {[s.name for s in streams]}"
        )
    shape = shapes[0] if len(shapes) == 1 else (sum(c for (c,) in shapes),)
    laid: list[StreamGrid] = []
    join: _Join | None = None
    try:
        for stream in streams:
            laid.append(
                StreamGrid(
                    stream,
                    rate_hz=rate,
                    max_gap_s=(max_gaps_s or {}).get(stream.name, max_gap_s),
                    block_rows=block_rows,
                )
            )
        join = _Join(laid, RowSink(shape, labelled=any(s.labelled for s in laid), spool=spool))
        samples = join.run(_schema(streams, rate, shape))
    except BaseException:
        if join is not None:
            join.sink.discard()
        raise
    finally:
        for grid in laid:
            grid.close()
    return samples, +sum((grid.counts for grid in laid), join.counts)


class _Join:
    """Hands rows on as far as all streams have been laid out."""

    def __init__(self, laid: Sequence[StreamGrid], sink: RowSink) -> None:
        self.sink = sink
        self.counts: Counter[str] = Counter()
        self._laid = laid
        self._origin_s = min(grid.begin_s for grid in laid)
        self._labelled = next((grid for grid in laid if grid.labelled), None)
        self._gaps: list[Ints] = []
        self._rows = 0
        self._first: int | None = None
        self._stop = 0

    def run(self, schema: ModalitySchema) -> Samples:
        while (behind := min(self._laid, key=lambda grid: grid.complete)).complete < float("inf"):
            behind.advance(self._origin_s)
            upto = min(grid.complete for grid in self._laid)
            if upto > float("-inf"):
                self._hand_on([grid.give(upto) for grid in self._laid])
        if self._first is None:
            streams = " and ".join(repr(grid.stream.name) for grid in self._laid)
            raise FormatError(f"{streams} have no time in common")
        data, labels, order = self.sink.take()
        names: tuple[str, ...] = ()
        if self._labelled is not None:
            names = self._labelled.numbering.names
        return Samples(
            data=data,
            schema=schema,
            start_s=float(self._origin_s + self._first / schema.rate_hz),
            gaps=np.concatenate([np.empty((0, 2), dtype=np.int64), *self._gaps]),
            labels=labels,
            label_names={number: names[number] for number in order},
            unlabelled=self.sink.unlabelled,
            measured_hz={
                grid.stream.name: grid.rate_measured_hz
                for grid in self._laid
                if grid.rate_measured_hz is not None
            },
            marks=Marks().join(grid.marks for grid in self._laid),
        )

    def _hand_on(self, parts: Sequence[Runs]) -> None:
        starts, stops = common_runs(parts)
        taken = [part.take(starts, stops) for part in parts]
        self.counts["rows_without_the_other_streams"] += sum(
            len(part.data) - len(common.data) for part, common in zip(parts, taken, strict=True)
        )
        if not len(starts):
            return
        labels: NDArray[np.int32] | None = None
        if self._labelled is not None:
            labels = taken[self._laid.index(self._labelled)].labels
        data = [part.data for part in taken]
        joined = data[0] if len(data) == 1 else np.concatenate(data, axis=1)
        self.sink.append(np.ascontiguousarray(joined, dtype=np.float32), labels)
        if self._first is None:
            self._first = int(starts[0])
        elif starts[0] != self._stop:  # a seam that does not lie in a gap is no gap
            missing = int(starts[0]) - self._stop
            self._gaps.append(np.array([[self._rows, missing]], dtype=np.int64))
        rows = self._rows + np.cumsum(stops - starts)
        self._gaps.append(np.stack([rows[:-1], starts[1:] - stops[:-1]], axis=1))
        self._rows, self._stop = int(rows[-1]), int(stops[-1])


def _sample_shape(stream: Stream | ChunkedStream) -> tuple[int, ...]:
    return stream.data.shape[1:] if isinstance(stream, Stream) else stream.sample_shape


def _schema(
    streams: Sequence[Stream | ChunkedStream], rate_hz: float, shape: tuple[int, ...]
) -> ModalitySchema:
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
