"""Files of blocks of samples behind a header, decoded by the core a piece at a time."""

import gzip
import zlib
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.chunked import CHUNK_ROWS, Chunk, ChunkedStream
from kinefuse.errors import FormatError
from kinefuse.readers.wearable import WearableReader

__all__ = ["BlockReader", "Fault", "Scan"]

_PIECE, _MAX_PIECE = 2**20, 2**22
"""Bytes decoded at a time: as many as make a chunk, from the second piece on."""
_CARRIED = 2**16
"""Bytes that a decoder may have kept of the piece before."""
_NOT_COUNTED = ("blocks", "rows", "other_blocks")


class Fault(NamedTuple):
    """Blocks in a row that were skipped: the first, from 0 after the header; how many; why."""

    block: int
    blocks: int
    reason: str


@dataclass(frozen=True)
class Scan:
    """What is in a file.

    Attributes
    ----------
    device : str
        Which kind of device wrote it.
    rate_hz : float
        The nominal rate.
    channels : tuple of str
        What a sample has.
    metadata : dict
        What the header says of device, study and subject.
    counts : dict of str to int
        ``blocks`` and ``rows`` that are sound; ``corrupt_blocks`` that were skipped,
        ``missing_blocks`` that the numbers of the blocks leave out, ``other_blocks`` that hold no
        samples, ``clock_jumps``, ``truncated_bytes`` at the end.
    faults : tuple of Fault
        Where the corrupt blocks are, the first thousand runs of them.
    """

    device: str
    rate_hz: float
    channels: tuple[str, ...]
    metadata: Mapping[str, Any]
    counts: Mapping[str, int]
    faults: tuple[Fault, ...]


class Decoder(Protocol):
    """What the core's decoders have in common."""

    def push(
        self, piece: bytes | None, data: NDArray[np.float32], time_s: NDArray[np.float64]
    ) -> int:
        """Fill rows from the next bytes, or the last rows; return how many."""

    def max_rows(self, n_bytes: int) -> int:
        """Return the most rows that so many more bytes can give."""

    def layout(self) -> tuple[int, float] | None:
        """Return channels and rate, once known."""

    def counts(self) -> list[tuple[str, int]]:
        """Return what was found so far."""

    def faults(self) -> list[tuple[int, int, str]]:
        """Return where blocks were skipped."""

    def header(self) -> dict[str, Any] | None:
        """Return the header, once read."""


class BlockReader(WearableReader):
    """What reading binary files of Axivity, GENEActiv and ActiGraph have in common.

    See :class:`kinefuse.readers.wearable.WearableReader` for the settings.
    """

    def scan(self, file: str | Path) -> Scan:
        """Read a file to its end and say what is in it and where it is damaged.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        FormatError
            It is none of this kind, or no block of it is sound.

        Examples
        --------
        >>> from kinefuse import readers
        >>> found = readers.get("axivity").scan("CWA-DATA.CWA")                 # doctest: +SKIP
        >>> found.device, found.rate_hz, found.faults                           # doctest: +SKIP
        ('AX3', 100.0, (Fault(block=13, blocks=2, reason='checksum'),))
        """
        file = Path(file)
        decoder = self._decoder(file, "nothing")
        for _ in self._pieces(file, decoder, 0):
            pass
        header, layout = self._header(file, decoder), decoder.layout()
        assert header is not None  # else it had raised
        assert layout is not None
        return Scan(
            device=self._told(header)["device"],
            rate_hz=layout[1],
            channels=self._channels(layout[0])[0],
            metadata=self._metadata(header),
            counts=dict(decoder.counts()),
            faults=tuple(Fault(*fault) for fault in decoder.faults()),
        )

    def _open(self, file: Path, name: str) -> tuple[Mapping[str, str], list[ChunkedStream]]:
        header, layout = self._begin(file)
        told = self._told(header)
        name = name or told["placement"]
        n, rate_hz = layout
        motion = self._stream(file, "samples", name, "inertial", *self._channels(n), rate_hz)
        return told, [motion, *(self._others(file, name, layout) if self._auxiliary else ())]

    def _begin(self, file: Path) -> tuple[dict[str, Any], tuple[int, float]]:
        """Read as far as the first sound block."""
        decoder = self._decoder(file, "nothing")
        for _ in self._pieces(file, decoder, 0):
            layout = decoder.layout()
            if layout is not None:
                header = self._header(file, decoder)
                assert header is not None  # it comes before
                return header, layout
        raise AssertionError("a decoder without a layout raises at the end")

    def _stream(
        self,
        file: Path,
        wanted: str,
        name: str,
        modality: str,
        channels: Sequence[str],
        units: Sequence[str],
        rate_hz: float,
    ) -> ChunkedStream:
        counts: Counter[str] = Counter()
        return ChunkedStream(
            name=name,
            modality=modality,
            channels=channels,
            units=units,
            rate_hz=rate_hz,
            sample_shape=(len(channels),),
            timed=True,
            chunks=partial(self._chunks, file, wanted, len(channels), counts),
            counts=counts,
            file=file,
        )

    def _chunks(
        self, file: Path, wanted: str, n_channels: int, counts: Counter[str]
    ) -> Iterator[Chunk]:
        decoder = self._decoder(file, wanted)
        yield from self._pieces(file, decoder, n_channels)
        if wanted == "samples":  # the same blocks are behind all streams of a file
            counts.update({k: n for k, n in decoder.counts() if n and k not in _NOT_COUNTED})

    def _pieces(self, file: Path, decoder: Decoder, n_channels: int) -> Iterator[Chunk]:
        """Decode a file; yield what each piece of it gives, empty ones when nothing is wanted."""
        with file.open("rb") as raw, self._content(file, raw) as content:
            piece: bytes | None = b""
            while piece is not None:
                piece = self._unpacked(file, content, _piece_bytes(decoder)) or None
                rows = decoder.max_rows(len(piece or b""))
                data, time_s = _make_room(rows, n_channels)
                n = decoder.push(piece, data, time_s)
                if n or not n_channels:
                    yield Chunk(data=data[:n], time_s=time_s[:n], bytes_read=raw.tell())

    def _header(self, file: Path, decoder: Decoder) -> dict[str, Any] | None:
        return decoder.header()

    def _content(self, file: Path, raw: IO[bytes]) -> IO[bytes]:
        """Return what the decoder gets of an opened file."""
        packed = file.name.lower().endswith(".gz")
        return gzip.GzipFile(fileobj=raw) if packed else raw  # type: ignore[return-value]

    def _unpacked(self, file: Path, content: IO[bytes], n: int) -> bytes:
        try:
            return content.read(n)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise FormatError(f"{file}: not a whole gzip file ({error})") from error

    @abstractmethod
    def _decoder(self, file: Path, wanted: str) -> Decoder:
        """Return a decoder for a file."""

    @staticmethod
    @abstractmethod
    def _channels(n: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names and units of a sample's values."""

    @staticmethod
    @abstractmethod
    def _metadata(header: Mapping[str, Any]) -> dict[str, Any]:
        """Return the header as a user reads it."""

    @abstractmethod
    def _told(self, header: Mapping[str, Any]) -> dict[str, str]:
        """Return ``device``, ``subject`` (empty where nothing tells it) and ``placement``."""

    def _others(self, file: Path, name: str, layout: tuple[int, float]) -> list[ChunkedStream]:
        """Return the streams beside motion."""
        raise NotImplementedError  # of a reader that refuses the setting


def _piece_bytes(decoder: Decoder) -> int:
    """Return how many bytes make no more rows than a chunk may have."""
    rows = decoder.max_rows(_PIECE)
    if not rows:
        return _PIECE
    return min(_PIECE * CHUNK_ROWS // rows - _CARRIED, _MAX_PIECE)


def _make_room(rows: int, n: int) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return arrays to fill, in one piece: NumPy asks for large pages where there are 4 MB."""
    room = np.empty(rows * (8 + 4 * n), dtype=np.uint8)
    time_s, data = room[: 8 * rows], room[8 * rows :]
    return data.view(np.float32).reshape(rows, n), time_s.view(np.float64)
