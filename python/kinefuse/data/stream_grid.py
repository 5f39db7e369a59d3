"""One stream on the grid, block by block."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.ahead import Ahead
from kinefuse.data.blocks import Block, Numbering, cut_blocks
from kinefuse.data.chunked import ChunkedStream
from kinefuse.data.marks import Marks, find_repairs
from kinefuse.data.recording import Stream
from kinefuse.data.runs import Runs
from kinefuse.errors import FormatError, TimeError
from kinefuse.resample.regrid import regrid_rows

__all__ = ["StreamGrid"]

_OFF_RATE = 0.05
"""A measured rate this far from the nominal one is counted."""


class StreamGrid:
    """Brings the blocks of a stream onto the grid.

    Parameters
    ----------
    stream : Stream or ChunkedStream
    rate_hz, max_gap_s : float
        Of the grid; the longest hole that is interpolated.
    block_rows : int
        See :func:`cut_blocks`.

    Attributes
    ----------
    begin_s : float
        The earliest stamp of its first block.
    complete : float
        All rows of grid points before this one are there: minus infinity before the first block,
        infinity after the last.
    numbering : Numbering
        The names of its labels.
    rate_measured_hz : float or None
        What its clock says, where it went through one.
    marks : Marks
        Where its clock was repaired, and where holes were filled.
    """

    def __init__(
        self, stream: Stream | ChunkedStream, *, rate_hz: float, max_gap_s: float, block_rows: int
    ) -> None:
        self.stream = stream
        self.numbering = Numbering()
        self.complete = float("-inf")
        self.counts: Counter[str] = Counter()
        self.marks = Marks()
        self._rate_hz, self._max_gap_s = rate_hz, max_gap_s
        self._where = f"stream {stream.name!r}"
        self._blocks: Iterator[Block] = cut_blocks(
            stream, self.numbering, rate_hz=rate_hz, block_rows=block_rows
        )
        self._next: Block | None = next(self._blocks)
        self._single = self._next.until_s is None
        if not self._single:
            self._blocks = Ahead(self._blocks)
        self.begin_s = self._begin(self._next)
        self._runs: list[Runs] = []
        self._signals = self._next.data.ndim == 2
        self._seen = np.zeros(len(stream.channels), dtype=bool)
        self._rows_laid = 0
        self._steps = np.zeros(2)

    @property
    def labelled(self) -> bool:
        """Whether its rows carry labels."""
        stream = self.stream
        return stream.labels is not None if isinstance(stream, Stream) else stream.labelled

    @property
    def rate_measured_hz(self) -> float | None:
        """Samples a second by its clock, where samples were repaired or resampled."""
        return float(self._steps[0] / self._steps[1]) if self._steps[0] else None

    def close(self) -> None:
        """Stop reading."""
        if isinstance(self._blocks, Ahead):
            self._blocks.close()

    def advance(self, origin_s: float) -> None:
        """Lay out the next block; the grid's points are counted from ``origin_s``."""
        block = self._next if self._next is not None else next(self._blocks)
        self._next = None
        low = None if self.complete == float("-inf") else int(self.complete)
        high = None
        if block.until_s is not None:
            step = (block.until_s - origin_s) * self._rate_hz - 1e-3
            high = int(np.ceil(step)) if np.isfinite(step) else low
            if low is not None and high is not None:
                high = max(low, high)
        try:
            runs = self._lay(block, origin_s)
        except TimeError as error:
            where = "" if self._single else f", in the rows from {block.row} on"
            raise TimeError(f"{self._where}{where}: {error}") from None
        if runs is not None:
            self._runs.append(runs.cut(low, high))
            self._rows_laid += len(self._runs[-1].data)
        if block.until_s is None:
            self.complete = float("inf")
            self._finish()
        elif high is not None:
            self.complete = high

    def give(self, upto: float) -> Runs:
        """Hand out the rows of grid points before ``upto`` that were not handed out yet."""
        if not self._runs:
            empty = np.empty(0, dtype=np.int64)
            shape = self.stream.sample_shape if isinstance(self.stream, ChunkedStream) else ()
            labels = np.empty(0, dtype=np.int32) if self.labelled else None
            return Runs(np.empty((0, *shape)), empty, empty, labels)
        runs = Runs.join(self._runs)
        if upto == float("inf"):
            self._runs = []
            return runs
        self._runs = [runs.cut(int(upto), None)]
        return runs.cut(None, int(upto))

    def _begin(self, block: Block) -> float:
        if block.time_s is None:
            return self.stream.start_s
        finite = block.time_s[np.isfinite(block.time_s)]
        if not len(finite):
            among = "" if self._single else f" among the first {len(block.time_s)}"
            raise FormatError(f"{self._where}: none of its time stamps{among} is a number")
        return float(finite.min())

    def _finish(self) -> None:
        if self._signals:
            self._check_channels()
        if not self._rows_laid:
            raise FormatError(f"{self._where}: no two samples within {self._max_gap_s} s")
        nominal, measured = self.stream.rate_hz, self.rate_measured_hz
        if nominal and measured and abs(measured / nominal - 1) > _OFF_RATE:
            self.counts["clocks_off_their_rate"] += 1
        if isinstance(self.stream, ChunkedStream):
            self.counts.update(self.stream.counts)

    def _lay(self, block: Block, origin_s: float) -> Runs | None:
        stream, rate = self.stream, self._rate_hz
        data, kept = self._without_missing(block)
        on_grid = round((stream.start_s - origin_s) * rate, 9)
        if block.time_s is None and kept is None and stream.rate_hz == rate and on_grid % 1 == 0:
            first = np.array([int(on_grid) + block.row], dtype=np.int64)
            return Runs(data, first, first + len(data), block.labels)
        time_s, labels, own = block.time_s, block.labels, block.own
        if time_s is None:
            rows = np.arange(block.row, block.row + len(data))
            time_s = stream.start_s + rows / float(stream.rate_hz or rate)
        if kept is not None:
            own = (int(kept[: own[0]].sum()), int(kept[: own[1]].sum()))
            time_s, data = time_s[kept], data[kept]
            labels = None if labels is None else labels[kept]
        if len(time_s) < 2:
            if self._single:
                raise FormatError(f"{self._where}: fewer than two samples hold numbers")
            return None
        grid = regrid_rows(
            time_s,
            data,
            rate_hz=rate,
            max_gap_s=self._max_gap_s,
            origin_s=origin_s,
            reported=None if self._single else own,
        )
        report = grid.report
        self.counts["stamps_not_a_number"] += report.nonfinite
        self.counts["stamps_repeated"] += report.repeated
        self.counts["stamps_spread"] += report.spread
        self.counts["stamps_backward"] += report.backward
        self.counts["samples_between_two_gaps"] += report.isolated
        self.counts["short_holes_filled"] += report.bridged
        for kind, spans in find_repairs(time_s, report, own, self._max_gap_s):
            self.marks.add(kind, spans)
        weight = own[1] - own[0]
        self._steps += weight, weight / report.rate_hz
        if not len(grid.data):
            return None
        begin = round((grid.start_s - origin_s) * rate)
        missing = np.cumsum(grid.gaps[:, 1])
        rows = grid.gaps[:, 0]
        first = begin + np.concatenate([[0], rows + missing])
        last = begin + np.append(
            rows + missing - grid.gaps[:, 1], len(grid.data) + missing[-1:].sum()
        )
        if labels is not None:
            labels = _nearest(time_s, labels, grid.time_s)
        return Runs(grid.data, first, last, labels)

    def _without_missing(self, block: Block) -> tuple[NDArray[Any], NDArray[np.bool_] | None]:
        """Return the rows, and which of them hold a value in every channel; None for all."""
        data = block.data
        own = slice(*block.own)
        with np.errstate(over="ignore", invalid="ignore"):
            total = data.sum()  # one pass over memory, and almost always the answer
        if np.isfinite(total):
            self._seen[:] = True
            return data, None
        finite = np.isfinite(data)
        if data.ndim == 3:
            if not finite.any() and self._single:
                raise FormatError(f"{self._where}: holds no number")
            self._seen |= finite.any(axis=(0, 1))
            self.counts["joints_missing"] += int((~finite.all(axis=2))[own].sum())
            return np.where(finite, data, np.nan), None
        self._seen |= finite.any(axis=0)
        kept = finite.all(axis=1)
        if self._single:
            self._check_channels()
        self.counts["rows_with_missing_values"] += int((~kept[own]).sum())
        return data, None if kept.all() else kept

    def _check_channels(self) -> None:
        for channel, there in zip(self.stream.channels, self._seen, strict=True):
            if not there:
                raise FormatError(
                    f"{self._where}: channel {channel!r} holds no number; leave it out of the "
                    "channels, or mend the file"
                )


def _nearest(
    time_s: NDArray[np.float64], labels: NDArray[np.int32], when_s: NDArray[np.float64]
) -> NDArray[np.int32]:
    if not np.all(time_s[1:] >= time_s[:-1]):
        order = np.argsort(time_s, kind="stable")  # stamps that are not numbers come last
        order = order[: np.isfinite(time_s).sum()]
        time_s, labels = time_s[order], labels[order]
    between = (time_s[1:] + time_s[:-1]) / 2
    nearest: NDArray[np.int32] = labels[np.searchsorted(between, when_s)]
    return nearest
