"""From raw files to a store: read, repair clocks, bring onto one grid, write."""

import hashlib
import json
import shutil
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import kinefuse
from kinefuse import readers
from kinefuse.data.chunked import ChunkedStream
from kinefuse.data.grid import to_grid
from kinefuse.data.recording import Recording
from kinefuse.data.report import Failure, IngestReport
from kinefuse.data.shards import check_shard, describe_clash, describe_part, take
from kinefuse.data.store import MotionStore
from kinefuse.data.writer import WORK, Entry, Samples, StoreWriter, fingerprint
from kinefuse.errors import ConfigError, FormatError, KinefuseError, MissingExtraError, StoreError
from kinefuse.readers import Reader, Source
from kinefuse.threads import num_threads

__all__ = ["ingest"]

Progress = Callable[[int, int, str], None]


def ingest(
    reader: str | Reader,
    path: str | Path,
    out: str | Path,
    *,
    rate_hz: Mapping[str, float] | None = None,
    max_gap_s: float = 0.5,
    on_error: Literal["collect", "raise"] = "collect",
    progress: Progress | None = None,
    shard_bytes: int = 256 * 2**20,
    shard: tuple[int, int] | None = None,
) -> IngestReport:
    """Read everything under ``path`` and write it as a :class:`MotionStore`.

    A run that was interrupted is resumed by calling it again in the same way: finished shards are
    kept, and the store comes out byte for byte as if nothing had happened. Called for a store that
    is finished and came from the same files in the same way, it only returns the report.

    Parameters
    ----------
    reader : str or Reader
        A reader, or its name in the registry.
    path : str or Path
        Where the raw recordings lie.
    out : str or Path
        The store's folder; made if missing.
    rate_hz : dict of str to float, optional
        The rate of each modality in the store. Without, the reader's, or the nominal rate of its
        streams.
    max_gap_s : float
        Missing time up to this many seconds is interpolated, more is kept as a gap.
    on_error : {"collect", "raise"}
        Whether a recording that cannot be read is left out and reported, or stops the run; what is
        finished then stays for the next run.
    progress : callable, optional
        Called with (done, total, source name) after each source.
    shard_bytes : int
        About how large the store's files get; also how much is lost at most when the run is killed.
    shard : tuple of int, optional
        ``(i, n)`` takes the i-th source, i from 1, and every n-th after it, and writes a part for
        :func:`kinefuse.data.merge`. A part may be empty.

    Returns
    -------
    IngestReport
        What was read, repaired, dropped, refused.

    Raises
    ------
    FileNotFoundError
        There is no ``path``.
    FormatError
        ``path`` holds nothing for this reader, or nothing that can be read; with
        ``on_error="raise"``, the first recording that cannot be.
    ConfigError
        A setting makes no sense.
    StoreError
        ``out`` is something else, or another run writes to it.

    Examples
    --------
    >>> report = ingest("utd-mhad", "UTD-MHAD", "stores/utd-mhad")              # doctest: +SKIP
    >>> print(report)                                                           # doctest: +SKIP
    861 of 861 recordings, 8 subjects, 27 activities
    """
    reader = readers.get(reader) if isinstance(reader, str) else reader
    rates = {**getattr(reader, "rate_hz", {}), **(rate_hz or {})}
    _check_settings(rates, max_gap_s, on_error, shard_bytes)
    if shard is not None:
        check_shard(shard)
    sources = list(reader.discover(Path(path)))
    inputs = [_identity(source) for source in sources]
    made: dict[str, Any] = {
        "kinefuse": kinefuse.__version__,
        "reader": reader.name,
        "reader_settings": reader.settings(),
        "rate_hz": rates,
        "max_gap_s": max_gap_s,
        "shard_bytes": shard_bytes,
    }
    if shard is not None:
        made["part"] = describe_part(shard, inputs, reader.classes)
        sources, inputs = take(shard, sources), take(shard, inputs)
    out = Path(out)
    if (out / "store.json").exists():
        return _finished(out, made, inputs)
    with StoreWriter(
        out, made=made, inputs=inputs, classes=reader.classes, shard_bytes=shard_bytes
    ) as writer:
        notes = list(writer.notes)
        resumed = writer.n_shards
        for source, result in _prepared(reader, sources[len(notes) :], rates, max_gap_s):
            clash = None
            if not isinstance(result, Exception):
                try:
                    writer.check(result[0])
                except FormatError as error:
                    clash, result = describe_clash(result[0]), error
            if isinstance(result, Exception):
                if on_error == "raise":
                    raise result
                entry, note = None, _failure(source, result)
                if clash is not None and shard is not None:
                    note["clash"] = clash
            else:
                entry, note = result
            writer.add(entry, note)
            notes.append(note)
            if progress is not None:
                progress(len(notes), len(sources), source.name)
        report = IngestReport.from_notes(notes, getattr(reader, "ignored", ()), resumed)
        if not report.recordings and shard is None:
            first = report.failed[0]
            raise FormatError(
                f"{path}: none of {len(sources)} recordings could be read; the first, "
                f"{first.source}: {first.reason}"
            )
        summary = replace(report, resumed_shards=0).to_dict()
        writer.finish(summary, may_be_empty=shard is not None)
    return report


Prepared = tuple[Entry, dict[str, Any]]


def _check_settings(
    rates: Mapping[str, float], max_gap_s: float, on_error: str, shard_bytes: int
) -> None:
    for modality, rate in rates.items():
        if not 0 < rate < float("inf"):
            raise ConfigError(f"rate_hz: expected a positive rate for {modality!r}, got {rate}")
    if not 0 < max_gap_s < float("inf"):
        raise ConfigError(f"max_gap_s: expected seconds above 0, got {max_gap_s}")
    if on_error not in ("collect", "raise"):
        raise ConfigError(f"on_error: expected 'collect' or 'raise', got {on_error!r}")
    if shard_bytes < 1:
        raise ConfigError(f"shard_bytes: expected at least 1, got {shard_bytes}")


def _identity(source: Source) -> dict[str, Any]:
    stats = [file.stat() for file in source.files]
    return {"name": source.name, "files": [[stat.st_size, stat.st_mtime_ns] for stat in stats]}


def _finished(out: Path, made: dict[str, Any], inputs: Sequence[Any]) -> IngestReport:
    store = MotionStore(out)
    if store.made != json.loads(json.dumps(made)):
        raise StoreError(
            f"{out}: there is a store already, made with other settings; remove it or give "
            "another folder"
        )
    if store.fingerprint != fingerprint(inputs):
        raise StoreError(
            f"{out}: there is a store already, made from other files; remove it or give another "
            "folder"
        )
    shutil.rmtree(out / WORK, ignore_errors=True)
    return IngestReport.from_dict(store.report)


def _prepared(
    reader: Reader, sources: Sequence[Source], rates: Mapping[str, float], max_gap_s: float
) -> Iterator[tuple[Source, Prepared | Exception]]:
    """Read ahead on threads; hand out in order."""

    def prepare(source: Source) -> Prepared | Exception:
        try:
            return _prepare(reader, source, rates, max_gap_s)
        except (MissingExtraError, ConfigError):
            raise
        except (KinefuseError, OSError) as error:
            return error

    n_threads = num_threads()
    pool = ThreadPoolExecutor(n_threads, thread_name_prefix="kinefuse-ingest")
    try:
        ahead: deque[tuple[Source, Future[Prepared | Exception]]] = deque()
        for source in sources:
            ahead.append((source, pool.submit(prepare, source)))
            if len(ahead) > 2 * n_threads:
                first, result = ahead.popleft()
                yield first, result.result()
        for source, result in ahead:
            yield source, result.result()
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare(
    reader: Reader, source: Source, rates: Mapping[str, float], max_gap_s: float
) -> Prepared:
    recording = reader.read(source)
    loaded = recording.load()
    samples: dict[str, Samples] = {}
    counts: Counter[str] = Counter(recording.counts)
    for stream in recording.streams:
        if isinstance(stream, ChunkedStream):
            counts += stream.counts
    for modality in recording.modalities:
        streams = [stream for stream in loaded if stream.modality == modality]
        samples[modality], found = to_grid(
            streams, rate_hz=rates.get(modality), max_gap_s=max_gap_s
        )
        counts += found
    entry = Entry(
        id=recording.id,
        dataset=recording.dataset,
        subject=recording.subject,
        activity=recording.activity,
        session=recording.session,
        trial=recording.trial,
        scene=recording.scene,
        view=recording.view,
        source=[file.name for file in source.files] or [source.name],
        sha256=[_sha256(file) for file in source.files],
        samples=samples,
    )
    return entry, _note(recording, entry, counts)


def _note(recording: Recording, entry: Entry, counts: Counter[str]) -> dict[str, Any]:
    activities = {recording.activity} - {None}
    labelled = None
    for modality, samples in entry.samples.items():
        if samples.labels is not None:
            labelled = modality
            activities |= set(samples.labels) - {None, ""}
    return {
        "id": recording.id,
        "labelled": labelled,
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


def _failure(source: Source, error: Exception) -> dict[str, Any]:
    return {"failure": asdict(Failure(source.name, type(error).__name__, str(error)))}


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
