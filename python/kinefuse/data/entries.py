"""From a source to what is stored of it: read, brought onto a grid, hashed, and noted."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kinefuse.data.blocks import BLOCK_ROWS
from kinefuse.data.chunked import Chunk, ChunkedStream
from kinefuse.data.file_hash import FollowingHash, Hashes
from kinefuse.data.grid import to_grid
from kinefuse.data.plausibility import Look, describe_findings
from kinefuse.data.recording import Recording, Stream
from kinefuse.data.remote import at_hand, name_of
from kinefuse.data.samples import Entry, Samples
from kinefuse.data.stream_settings import (
    StreamSettings,
    adjust_stream,
    calibrate_stream,
    describe_calibrations,
)
from kinefuse.errors import FormatError, StoreError
from kinefuse.readers import Reader, Source

__all__ = ["Gridding", "bytes_of", "identify", "make_entry"]


@dataclass(frozen=True)
class Gridding:
    """How recordings are brought onto the grid.

    Attributes
    ----------
    rate_hz : dict of str to float
        By modality; the streams' own where there is none.
    max_gap_s : float
        Longest hole that is interpolated.
    block_rows : int
        Rows of a chunked stream that are laid out at a time.
    spool : Path or None
        The folder for what is too large for memory.
    hashes : Hashes
        Of the files so far.
    streams : dict of str to StreamSettings
        For streams of that name.
    calibrate : bool
        Whether accelerometers are calibrated, where the stream's settings do not say.
    root : Path or None
        The folder of all sources.
    shared : frozenset of Path
        Files that several sources come from.
    on_bytes : callable
        Told how many more bytes of the sources were read.
    stop : Event
        Set when what is being read is not wanted any more.
    """

    rate_hz: Mapping[str, float]
    max_gap_s: float = 0.5
    block_rows: int = BLOCK_ROWS
    spool: Path | None = None
    hashes: Hashes = field(default_factory=Hashes)
    streams: Mapping[str, StreamSettings] = field(default_factory=dict)
    calibrate: bool = False
    root: Path | None = None
    shared: frozenset[Path] = frozenset()
    on_bytes: Callable[[int], None] = lambda _: None
    stop: threading.Event = field(default_factory=threading.Event)


def identify(source: Source) -> dict[str, Any]:
    """Return what tells whether a source has changed: sizes and times of its files.

    A file that cannot be looked at counts as one of -1 bytes; reading it will say why.
    """
    return {"name": source.name, "files": [_state(file) for file in source.files]}


def bytes_of(identity: Mapping[str, Any]) -> int:
    """Return how many bytes the files of a source have."""
    return sum(size for size, _ in identity["files"] if size > 0)


def _state(file: Path) -> list[int]:
    try:
        stat = file.stat()
    except OSError:
        return [-1, 0]
    return [stat.st_size, stat.st_mtime_ns]


def make_entry(
    reader: Reader, source: Source, number: int, identity: Mapping[str, Any], how: Gridding
) -> tuple[Entry, dict[str, Any]]:
    """Read a source; return what the store gets and the note for the report.

    Parameters
    ----------
    reader : Reader
    source : Source
    number : int
        The source's place in the run; files of large recordings are named by it.
    identity : dict
        What :func:`identify` said before.
    how : Gridding

    Raises
    ------
    KinefuseError, OSError
        It cannot be read, or changed meanwhile.
    """
    samples: dict[str, Samples] = {}
    calibrations: dict[str, Any] = {}
    looks: dict[str, Look] = {}
    modality_of: dict[str, str] = {}
    with ExitStack() as stack:
        here = stack.enter_context(at_hand(reader, source))
        recording = reader.read(here)
        counts: Counter[str] = Counter(recording.counts)
        followed = _Followed(how, stack)
        try:
            for modality in recording.modalities:
                spool = None if how.spool is None else how.spool / f"{number:07d}-{modality}"
                streams = [followed(s) for s in recording.streams if s.modality == modality]
                streams = [_adjusted(stream, how, calibrations) for stream in streams]
                watched = []
                for stream in streams:
                    name = _own_name(stream, looks)
                    look = looks[name] = Look(stream)
                    modality_of[name] = modality
                    watched.append(look.watched())
                streams = watched
                samples[modality], found = to_grid(
                    streams,
                    rate_hz=how.rate_hz.get(modality),
                    max_gap_s=how.max_gap_s,
                    max_gaps_s={
                        name: given.max_gap_s
                        for name, given in how.streams.items()
                        if given.max_gap_s is not None
                    },
                    block_rows=how.block_rows,
                    spool=spool,
                )
                counts += found
            followed.finish()
            sha256 = [how.hashes.of(file) for file in here.files]
            if identify(source) != identity:
                raise FormatError(
                    f"{source.name}: {' or '.join(str(file) for file in source.files)} was changed "
                    "while it was read; run again when nothing writes to it"
                )
        except BaseException:
            for part in samples.values():
                part.discard()
            raise
    entry = Entry(
        id=recording.id,
        dataset=recording.dataset,
        subject=recording.subject,
        activity=recording.activity,
        session=recording.session,
        trial=recording.trial,
        scene=recording.scene,
        view=recording.view,
        source=[name_of(file) for file in source.files] or [source.name],
        sha256=sha256,
        samples=samples,
    )
    followed.rest(bytes_of(identity))
    note = _note(recording, entry, counts)
    note |= _clocks(recording, samples)
    findings = {name: look.findings() for name, look in looks.items()}
    note |= describe_findings(findings)
    for name, found_there in findings.items():
        samples[modality_of[name]].marks.add("clipped", found_there.clipped_s)
    marks = {modality: one.marks.to_dict() for modality, one in samples.items()}
    if marks := {modality: kinds for modality, kinds in marks.items() if kinds}:
        note["marks"] = marks
    if calibrations:
        note["calibration"] = calibrations
    if recording.found:
        note["found"] = dict(recording.found)
    if source.files and not how.shared.intersection(source.files):
        note["content"] = sha256
    if source.files and how.root is not None and how.root in source.files[0].parents:
        note["folder"] = source.files[0].parent.relative_to(how.root).as_posix()
    return entry, note


def _own_name(stream: Stream | ChunkedStream, taken: Mapping[str, Any]) -> str:
    """Return a stream's name, with its channels where another of the recording has it, too."""
    return (
        stream.name if stream.name not in taken else f"{stream.name} ({', '.join(stream.channels)})"
    )


def _clocks(recording: Recording, samples: Mapping[str, Samples]) -> dict[str, Any]:
    measured = {
        name: round(hz, 4) for one in samples.values() for name, hz in one.measured_hz.items()
    }
    nominal = {stream.name: stream.rate_hz for stream in recording.streams}
    return {
        "rate_measured_hz": measured,
        "rate_nominal_hz": {name: nominal[name] for name in measured if nominal[name]},
    }


def _adjusted(
    stream: Stream | ChunkedStream, how: Gridding, calibrations: dict[str, Any]
) -> Stream | ChunkedStream:
    """Apply the stream's settings; add what calibrating it found to ``calibrations``."""
    settings = how.streams.get(stream.name, StreamSettings())
    stream = adjust_stream(stream, settings)
    if how.calibrate if settings.calibrate is None else settings.calibrate:
        stream, found = calibrate_stream(
            stream,
            rate_hz=how.rate_hz.get(stream.modality, 50.0),
            max_gap_s=settings.max_gap_s or how.max_gap_s,
        )
        if found:
            calibrations[_own_name(stream, calibrations)] = describe_calibrations(found)
    return stream


class _Followed:
    """Hashes the files of chunked streams behind their reader, and counts the bytes."""

    def __init__(self, how: Gridding, stack: ExitStack) -> None:
        self._how, self._stack = how, stack
        self._hashing: dict[Path, FollowingHash] = {}
        self._told = 0

    def __call__(self, stream: Stream | ChunkedStream) -> Stream | ChunkedStream:
        if isinstance(stream, Stream):
            return stream
        file, chunks, hashing = stream.file, stream.chunks, None
        if file is not None and file not in self._hashing and not self._how.hashes.knows(file):
            hashing = FollowingHash(file, self._how.hashes)
            self._hashing[file] = self._stack.enter_context(hashing)

        before = 0  # calibrating reads twice, and tells of it once

        def follow() -> Iterator[Chunk]:
            nonlocal before
            for chunk in chunks():
                if self._how.stop.is_set():
                    raise StoreError("the run was stopped")
                if chunk.bytes_read is not None and hashing is not None:
                    hashing.advance(chunk.bytes_read)
                    self._tell(chunk.bytes_read - before)
                    before = max(before, chunk.bytes_read)
                yield chunk

        return replace(stream, chunks=follow)

    def finish(self) -> None:
        """Hash what is left of the files."""
        for hashing in self._hashing.values():
            hashing.finish()

    def rest(self, total: int) -> None:
        """Tell of the bytes that nobody spoke of while they were read."""
        self._tell(total - self._told)

    def _tell(self, n: int) -> None:
        if n > 0:
            self._told += n
            self._how.on_bytes(n)


def _note(recording: Recording, entry: Entry, counts: Counter[str]) -> dict[str, Any]:
    activities = {recording.activity} - {None}
    labelled, unlabelled, rows = None, 0, 0
    for modality, samples in entry.samples.items():
        if samples.labels is not None:
            labelled, unlabelled, rows = modality, samples.unlabelled, len(samples.data)
            activities |= set(samples.label_names.values())
    if unlabelled:
        counts["rows_unlabelled"] += unlabelled
    return {
        "id": recording.id,
        "labelled": labelled,
        "labelled_share": round(1 - unlabelled / rows, 5) if rows else float(bool(activities)),
        "streams": [stream.name for stream in recording.streams],
        "subject": recording.subject,
        "activities": sorted(str(name) for name in activities),
        "rows": {name: len(samples.data) for name, samples in entry.samples.items()},
        "rate_hz": {name: samples.schema.rate_hz for name, samples in entry.samples.items()},
        "gaps": sum(len(samples.gaps) for samples in entry.samples.values()),
        "gap_seconds": sum(
            float(samples.gaps[:, 1].sum()) / samples.schema.rate_hz
            for samples in entry.samples.values()
        ),
        "counts": dict(counts),
    }
