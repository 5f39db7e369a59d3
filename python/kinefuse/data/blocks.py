"""Cutting a stream of any length into blocks that are brought onto a grid one by one.

A block is ``block_rows`` rows of the stream and, on both sides, rows of context that clocks are
repaired and signals are filtered with. Two blocks meet at a seam, a time that both find in the same
way; each keeps the grid points on its side. Where blocks begin depends on the row's number alone,
never on the size of the chunks that were read.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.chunked import CHUNK_ROWS, ChunkedStream, Labelled
from kinefuse.data.read_ahead import read_ahead
from kinefuse.data.recording import Stream

__all__ = ["BLOCK_ROWS", "Block", "Numbering", "cut_blocks"]

BLOCK_ROWS = 2**18
_CONTEXT_ROWS = 1024
_CONTEXT_STEPS = 12
"""Grid steps that a filter reaches to each side, and two more."""
_SEAM_ROWS = 32


class Numbering:
    """Numbers for the names of activities, in the order in which they come up."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """The names, by number."""
        return tuple(self._numbers)

    def of(self, name: object) -> int:
        """Return the number of a name, -1 for None and for an empty one."""
        return self._numbers.setdefault(str(name), len(self._numbers)) if name else -1

    def of_rows(self, rows: Labelled) -> NDArray[np.int32] | None:
        """Return the numbers of the labels of a chunk or a stream."""
        if rows.labels is None:
            return None
        if rows.labels.dtype == object:
            names = rows.labels.tolist()
            known = {name: self.of(name) for name in dict.fromkeys(names)}
            return np.fromiter(map(known.__getitem__, names), dtype=np.int32, count=len(names))
        numbers = np.array([*(self.of(name) for name in rows.label_names), -1], dtype=np.int32)
        mapped: NDArray[np.int32] = numbers[rows.labels]
        return mapped


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive rows of a stream.

    Attributes
    ----------
    data, time_s, labels
        Of all its rows; stamps and labels where there are any.
    row : int
        The number of its first row in the stream.
    own : tuple of int
        Its own rows, first and end, among these; the others are context.
    until_s : float or None
        Where the next block begins; None where this is the last.
    """

    data: NDArray[Any]
    time_s: NDArray[np.float64] | None
    labels: NDArray[np.int32] | None
    row: int
    own: tuple[int, int]
    until_s: float | None


def cut_blocks(
    stream: Stream | ChunkedStream,
    numbering: Numbering,
    *,
    rate_hz: float,
    block_rows: int,
) -> Iterator[Block]:
    """Cut a stream into blocks; one that is in memory as a whole is one block.

    Parameters
    ----------
    stream : Stream or ChunkedStream
    numbering : Numbering
        Takes up the names of the labels.
    rate_hz : float
        The grid's rate: how much context is needed goes by it.
    block_rows : int
        Rows of a block, context not counted. The last block may be longer by less than its context.
    """
    if isinstance(stream, Stream):
        labels = numbering.of_rows(stream)
        rows = len(stream.data)
        yield Block(stream.data, stream.time_s, labels, 0, (0, rows), None)
    else:
        yield from _Cutter(stream, numbering, rate_hz, block_rows).run()


class _Cutter:
    def __init__(
        self, stream: ChunkedStream, numbering: Numbering, rate_hz: float, block_rows: int
    ) -> None:
        self._stream, self._numbering = stream, numbering
        self._rate_hz, self._block_rows = rate_hz, block_rows
        self._parts: list[tuple[NDArray[Any], Any, Any]] = []
        self._first = 0  # number of the first row that is held
        self._held = 0
        self._begin = 0  # where the next block's own rows begin

    def run(self) -> Iterator[Block]:
        context: int | None = None
        chunks = read_ahead(
            self._stream.read(), size=lambda chunk: len(chunk.data), most=CHUNK_ROWS
        )
        for chunk in chunks:
            self._parts.append((chunk.data, chunk.time_s, self._numbering.of_rows(chunk)))
            self._held += len(chunk.data)
            end = self._begin + self._block_rows
            if context is None and self._first + self._held >= end:
                context = self._context()
            while context is not None and self._first + self._held >= end + context:
                yield self._block(end, end + context, end - context)
                end = self._begin + self._block_rows
        rows = self._first + self._held
        yield self._block(None, rows, rows)

    def _context(self) -> int:
        """Return how many rows a filter onto the grid reaches over, as the first block tells."""
        self._gather()
        time_s, rate = self._parts[0][1], self._stream.rate_hz
        if time_s is not None:
            steps = np.diff(time_s[: self._block_rows])
            steps = steps[steps > 0]
            rate = 1 / float(np.median(steps)) if len(steps) else rate
        share = (rate or self._rate_hz) / self._rate_hz
        # Rates that cannot be are refused where the first block is laid out, not here.
        return _CONTEXT_ROWS + int(_CONTEXT_STEPS * min(share, 1e4))

    def _gather(self) -> None:
        if len(self._parts) > 1:
            columns = zip(*self._parts, strict=True)
            data, time_s, labels = (
                None if column[0] is None else np.concatenate(column) for column in columns
            )
            assert data is not None
            self._parts = [(data, time_s, labels)]

    def _block(self, end: int | None, stop: int, keep: int) -> Block:
        """Return the block up to row ``end``, context up to ``stop``; hold what ``keep`` begins."""
        self._gather()
        data, time_s, labels = self._parts[0]
        upto = stop - self._first
        block = Block(
            data=data[:upto],
            time_s=None if time_s is None else time_s[:upto],
            labels=None if labels is None else labels[:upto],
            row=self._first,
            own=(self._begin - self._first, (stop if end is None else end) - self._first),
            until_s=None if end is None else self._seam(end, time_s),
        )
        keep = max(keep, self._first)
        gone = keep - self._first
        self._parts = [
            (
                data[gone:],
                None if time_s is None else time_s[gone:],
                None if labels is None else labels[gone:],
            )
        ]
        self._first, self._held = keep, self._held - gone
        self._begin = stop if end is None else end
        return block

    def _seam(self, row: int, time_s: NDArray[np.float64] | None) -> float:
        if time_s is None:
            assert self._stream.rate_hz is not None
            return self._stream.start_s + row / self._stream.rate_hz
        at = row - self._first
        # The middle of many: a single stamp may be the wrong one.
        for reach in (_SEAM_ROWS, _CONTEXT_ROWS, len(time_s)):
            near = time_s[max(0, at - reach) : at + reach]
            near = near[np.isfinite(near)]
            if len(near):
                return float(np.median(near))
        return float("-inf")
