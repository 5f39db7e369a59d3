"""Files that a wearable wrote: blocks of samples behind a header, decoded a piece at a time."""

import gzip
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.chunked import CHUNK_ROWS, Chunk, ChunkedStream
from kinefuse.data.recording import Recording
from kinefuse.errors import FormatError
from kinefuse.readers.pattern import PathPattern, check_fields
from kinefuse.readers.registry import Source

__all__ = ["Fault", "Scan", "WearableReader"]

_PIECE, _MAX_PIECE = 2**20, 2**22
"""Bytes decoded at a time: as many as make a chunk, from the second piece on."""
_CARRIED = 2**16
"""Bytes that a decoder may have kept of the piece before."""
_WHO = ("subject", "activity", "session", "trial")
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


class WearableReader(ABC):
    """What reading the files of Axivity, GENEActiv and ActiGraph have in common.

    Parameters
    ----------
    pattern : str, optional
        What the path tells, as ``"{subject}/{session}_{stream}.cwa"``, with the fields subject,
        activity, session, trial and stream; ``{_}`` is anything. Files that differ in ``stream``
        alone are devices worn together: streams of one recording. Files with other paths are
        ignored and listed. Without, each file is a recording.
    fixed : dict of str to str, optional
        What is the same for all files, as ``{"activity": "walking"}``.
    auxiliary : bool
        Also what the device measures beside motion, as modalities of their own.
    dataset : str, optional
        The data set's name; the reader's if not given.

    Attributes
    ----------
    ignored : tuple of str
        Files that the last :meth:`discover` left out for their path.

    Raises
    ------
    ConfigError
        A setting that makes no sense.
    """

    name: str
    suffixes: tuple[str, ...]
    classes: tuple[str, ...] = ()

    def __init__(
        self,
        *,
        pattern: str | None = None,
        fixed: Mapping[str, str] | None = None,
        auxiliary: bool = False,
        dataset: str | None = None,
    ) -> None:
        self._pattern = None if pattern is None else PathPattern(pattern, (*_WHO, "stream"))
        self._fixed = dict(fixed or {})
        check_fields(self.name, "fixed", self._fixed, _WHO)
        self._auxiliary = auxiliary
        self._dataset = dataset or self.name
        self.ignored: tuple[str, ...] = ()
        self._settings = {
            "pattern": pattern,
            "fixed": self._fixed,
            "auxiliary": auxiliary,
            "dataset": self._dataset,
        }

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return self._settings

    def discover(self, path: Path) -> list[Source]:
        """List the recordings in a file, or in the files under a folder, by path."""
        if not path.exists():
            raise FileNotFoundError(f"{self.name}: no such file or folder: {path}")
        root = path if path.is_dir() else path.parent
        files = sorted(f for f in path.rglob("*") if self._ours(f)) if path.is_dir() else [path]
        takes: dict[str, dict[str, Any]] = {}
        ignored = []
        for file in files:
            relative = file.relative_to(root).as_posix()
            told = {} if self._pattern is None else self._pattern.match(relative)
            if told is None:
                ignored.append(relative)
                continue
            stream = told.pop("stream", "")
            name = "_".join(told.values()) if stream else relative
            take = takes.setdefault(name or relative, {"who": told, "streams": {}})
            if stream in take["streams"]:
                raise FormatError(
                    f"{self.name}: two files of one name: {take['streams'][stream]}, {file}"
                )
            take["streams"][stream] = file
        self.ignored = tuple(ignored)
        if not takes:
            reason = f"fits the pattern; {len(ignored)} do not" if ignored else "ends so"
            raise FormatError(
                f"{self.name}: no file under {path} {reason}; expected {', '.join(self.suffixes)}"
            )
        return [Source(name, tuple(t["streams"].values()), t) for name, t in takes.items()]

    def read(self, source: Source) -> Recording:
        """Read the headers of a recording; the samples come when its streams are read."""
        who = {**self._fixed, **source.info["who"]}
        streams = []
        for name, file in source.info["streams"].items():
            header, layout = self._begin(file)
            told = self._told(header)
            streams += self._streams(file, name or told.get("placement", ""), header, layout)
            who.setdefault("subject", told.get("subject") or file.name.partition(".")[0])
        return Recording(
            id=source.name,
            dataset=self._dataset,
            subject=who["subject"],
            activity=who.get("activity"),
            session=who.get("session"),
            trial=who.get("trial"),
            streams=streams,
        )

    def scan(self, file: str | Path) -> Scan:
        """Read a file to its end and say what is in it and where it is damaged.

        Raises
        ------
        FormatError
            It is no such file, or no block of it is sound.
        """
        file = Path(file)
        decoder = self._decoder(file, "nothing")
        for _ in self._pieces(file, decoder, 0):
            pass
        header, layout = self._header(file, decoder), decoder.layout()
        assert header is not None  # else it had raised
        assert layout is not None
        return Scan(
            device=self._told(header).get("device", self.name),
            rate_hz=layout[1],
            channels=self._channels(layout[0])[0],
            metadata=self._metadata(header),
            counts=dict(decoder.counts()),
            faults=tuple(Fault(*fault) for fault in decoder.faults()),
        )

    def _ours(self, file: Path) -> bool:
        name = file.name.lower().removesuffix(".gz")
        return name.endswith(self.suffixes) and file.is_file()

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
        """Return the ``device``, and ``subject`` and ``placement`` where the header has them."""

    @abstractmethod
    def _streams(
        self, file: Path, name: str, header: Mapping[str, Any], layout: tuple[int, float]
    ) -> list[ChunkedStream]:
        """Return the streams of a file."""
