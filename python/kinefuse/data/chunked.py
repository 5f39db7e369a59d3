"""A sensor's samples, a chunk at a time: what a reader hands over for files of any size."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.channels import check_channels, check_labels, check_rate
from kinefuse.errors import FormatError

__all__ = ["CHUNK_ROWS", "Chunk", "ChunkedStream", "names_of"]

CHUNK_ROWS = 2**18
"""The most rows that a chunk may hold."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Chunk:
    """Some rows of a stream, in the order of the file.

    Attributes
    ----------
    data : (n, C) or (n, J, D) array of float
        Units and missing values as in :class:`Stream`.
    time_s : (n,) array of float64, optional
        One stamp a row, where the stream is timed.
    labels : (n,) array of int, optional
        Where in ``label_names`` the row's activity stands; -1 where nobody says. Numbers, because
        a million rows of text take longer to handle than all the rest.
    label_names : sequence of str
        The names that this chunk's numbers mean. Every chunk may number in its own way.
    bytes_read : int, optional
        How far into the stream's ``file`` the reader has come with the last row: lets
        :func:`kinefuse.data.ingest` hash what was just read and say how far it is.
    """

    data: NDArray[Any]
    time_s: NDArray[np.float64] | None = None
    labels: NDArray[Any] | None = None
    label_names: Sequence[str] = ()
    bytes_read: int | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class ChunkedStream:
    """The samples of one sensor that are read a chunk at a time, with its own clock.

    What it says of itself is what :class:`Stream` says; the samples come from :meth:`read`.

    Parameters
    ----------
    name, modality, channels, units, rate_hz, start_s, layout
        As in :class:`Stream`.
    sample_shape : tuple of int
        The shape of a sample: ``(C,)`` or ``(J, D)``.
    timed : bool
        Whether chunks carry time stamps.
    labelled : bool
        Whether chunks carry labels.
    chunks : callable
        Returns an iterator over :class:`Chunk` that begins at the first row whenever it is called.
        A chunk has from 1 to ``CHUNK_ROWS`` rows. It raises :class:`FormatError` naming file and
        row for what is wrong in the middle.
    counts : Counter of str
        What ``chunks`` leaves out or repairs, by name; it adds to it while it reads, and
        :meth:`read` empties it first.
    file : Path, optional
        The file that ``bytes_read`` of the chunks speaks of.

    Raises
    ------
    FormatError
        Channels, units, layout, shape and clock do not fit together.
    ConfigError
        There is no such layout.

    Examples
    --------
    >>> import numpy as np
    >>> def chunks():
    ...     for _ in range(3):
    ...         yield Chunk(data=np.zeros((1000, 3)))
    >>> stream = ChunkedStream(name="wrist", modality="inertial", channels=("x", "y", "z"),
    ...                        units="g", rate_hz=50.0, sample_shape=(3,), timed=False,
    ...                        chunks=chunks)
    >>> sum(len(chunk.data) for chunk in stream.read())
    3000
    """

    name: str
    modality: str
    channels: Sequence[str]
    units: str | Sequence[str]
    sample_shape: tuple[int, ...]
    timed: bool
    chunks: Callable[[], Iterator[Chunk]]
    rate_hz: float | None = None
    start_s: float = 0.0
    layout: str | None = None
    labelled: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    file: Path | None = None

    def __post_init__(self) -> None:
        where = f"stream {self.name!r}"
        if len(self.sample_shape) not in (1, 2) or 0 in self.sample_shape:
            raise FormatError(
                f"{where}: expected samples of shape (C,) or (J, D), got {self.sample_shape}"
            )
        channels, units = check_channels(
            where,
            modality=self.modality,
            sample_shape=self.sample_shape,
            channels=self.channels,
            units=self.units,
            layout=self.layout,
        )
        object.__setattr__(self, "channels", channels)
        object.__setattr__(self, "units", units)
        check_rate(where, self.rate_hz, timed=self.timed)

    def read(self) -> Iterator[Chunk]:
        """Read from the beginning, and check every chunk.

        Raises
        ------
        FormatError
            What ``chunks`` raises; a chunk that is not as the stream says; no sample at all.
        """
        self.counts.clear()
        rows = 0
        for chunk in self.chunks():
            self._check(chunk, rows)
            rows += len(chunk.data)
            yield chunk
        if not rows:
            raise FormatError(f"stream {self.name!r}: no samples")

    def _check(self, chunk: Chunk, row: int) -> None:
        where = f"stream {self.name!r}: chunk from row {row} on"
        data, n = chunk.data, len(chunk.data)
        if data.dtype.kind != "f" or data.shape[1:] != self.sample_shape:
            raise FormatError(
                f"{where}: expected float rows of {self.sample_shape}, got {data.dtype} "
                f"{data.shape}"
            )
        if not 0 < n <= CHUNK_ROWS:
            raise FormatError(f"{where}: expected 1 to {CHUNK_ROWS} rows, got {n}")
        for what, values, wanted in (
            ("time stamps", chunk.time_s, self.timed),
            ("labels", chunk.labels, self.labelled),
        ):
            if (values is not None) != wanted or (values is not None and values.shape != (n,)):
                expected = f"{n} {what}" if wanted else f"no {what}"
                got = "none" if values is None else values.shape
                raise FormatError(f"{where}: expected {expected}, got {got}")
        if chunk.labels is not None:
            check_labels(where, chunk.labels, chunk.label_names, coded=True)


class Labelled(Protocol):
    """Rows that may have labels: a chunk, a stream."""

    @property
    def data(self) -> NDArray[Any]: ...
    @property
    def labels(self) -> NDArray[Any] | None: ...
    @property
    def label_names(self) -> Sequence[str]: ...


def names_of(rows: Labelled) -> NDArray[np.object_]:
    """Return the activity of each row of a chunk or a stream, None where nobody says."""
    if rows.labels is None:
        return np.full(len(rows.data), None, dtype=object)
    if rows.labels.dtype == object:
        return rows.labels
    names = np.array([*rows.label_names, None], dtype=object)
    named: NDArray[np.object_] = names[rows.labels]
    return named
