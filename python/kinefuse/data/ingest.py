"""From raw files to a store: read, repair clocks, bring onto one grid, write."""

import json
import shutil
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Literal

import kinefuse
from kinefuse import readers
from kinefuse.data.blocks import BLOCK_ROWS
from kinefuse.data.entries import Gridding, bytes_of, identify
from kinefuse.data.file_hash import Hashes
from kinefuse.data.prepared import prepare_ahead
from kinefuse.data.progress import IngestProgress, Meter
from kinefuse.data.remote import RemoteReader, is_remote, locate
from kinefuse.data.report import Failure, IngestReport
from kinefuse.data.shards import check_shard, describe_clash, describe_part, take
from kinefuse.data.store import MotionStore
from kinefuse.data.stream_settings import StreamSettings
from kinefuse.data.worker_pool import check_processes
from kinefuse.data.writer import WORK, StoreWriter, fingerprint
from kinefuse.errors import (
    ConfigError,
    FormatError,
    KinefuseWarning,
    StoreError,
)
from kinefuse.readers import Reader, Source

__all__ = ["check_settings", "ingest"]

Progress = Callable[[IngestProgress], None]


def ingest(
    reader: str | Reader,
    path: str | Path,
    out: str | Path,
    *,
    rate_hz: Mapping[str, float] | None = None,
    max_gap_s: float = 0.5,
    streams: Mapping[str, Mapping[str, Any]] | None = None,
    calibrate: bool = False,
    on_error: Literal["collect", "raise"] = "collect",
    progress: Progress | None = None,
    shard_bytes: int = 256 * 2**20,
    shard: tuple[int, int] | None = None,
    block_rows: int = BLOCK_ROWS,
    processes: int | None = None,
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
        Where the raw recordings lie; an address (``s3://…``) for files in object storage, see
        :class:`kinefuse.data.remote.RemoteReader`.
    out : str or Path
        The store's folder; made if missing.
    rate_hz : dict of str to float, optional
        The rate of each modality in the store. Without, the reader's, or the nominal rate of its
        streams.
    max_gap_s : float
        Missing time up to this many seconds is interpolated, more is kept as a gap.
    streams : dict of str to dict, optional
        Settings of single streams, by name, with keys of :class:`StreamSettings`: ``units``,
        ``rate_hz``, ``max_gap_s``, ``calibrate``.
    calibrate : bool
        Whether accelerometers (three channels in g that end in x, y, z) are calibrated from the
        times they lay still; see :func:`kinefuse.calibration.autocalibrate`. Recordings that are
        read in chunks are read twice then. What was found, or why nothing was, is noted for each.
    on_error : {"collect", "raise"}
        Whether a recording that cannot be read is left out and reported, or stops the run; what is
        finished then stays for the next run.
    progress : callable, optional
        Called with an :class:`IngestProgress` after each source, and now and then while large ones
        are read; never by two threads at once.
    shard_bytes : int
        About how large the store's files get; also how much is lost at most when the run is killed.
    shard : tuple of int, optional
        ``(i, n)`` takes the i-th source, i from 1, and every n-th after it, and writes a part for
        :func:`kinefuse.data.merge`. A part may be empty.
    block_rows : int
        How many rows of a recording that comes in chunks are brought onto the grid at a time: what
        bounds the memory. Results may differ in the last digit between two values.
    processes : int, optional
        Read in so many processes instead of threads: for thousands of small recordings, which cost
        mostly Python's own time, of which the threads of a process take turns. They take up to a
        second to start. The store is the same, and a run may be resumed with another number.

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
        A setting makes no sense; with ``processes``, the reader cannot be pickled, or is not found
        by another process.
    StoreError
        ``out`` is something else, cannot be written to (a full disk, no permission), or another run
        writes to it.

    Examples
    --------
    >>> report = ingest("utd-mhad", "UTD-MHAD", "stores/utd-mhad")              # doctest: +SKIP
    >>> print(report)                                                           # doctest: +SKIP
    861 of 861 recordings, 8 subjects, 27 activities
    """
    reader = readers.get(reader) if isinstance(reader, str) else reader
    rates = {**getattr(reader, "rate_hz", {}), **(rate_hz or {})}
    check_settings(rates, max_gap_s, on_error, shard_bytes, block_rows)
    processes = check_processes(processes)
    if shard is not None:
        check_shard(shard)
    if is_remote(path) and not isinstance(reader, RemoteReader):
        reader = RemoteReader(reader)
    sources = list(reader.discover(locate(path)))
    inputs = [identify(source) for source in sources]
    times_used = Counter(file for source in sources for file in source.files)
    shared = frozenset(file for file, times in times_used.items() if times > 1)
    given = {name: StreamSettings.of(name, values) for name, values in (streams or {}).items()}
    made: dict[str, Any] = {
        "kinefuse": kinefuse.__version__,
        "reader": reader.name,
        "reader_settings": reader.settings(),
        "rate_hz": rates,
        "max_gap_s": max_gap_s,
        "streams": {name: settings.to_dict() for name, settings in given.items()},
        "calibrate": calibrate,
        "shard_bytes": shard_bytes,
        "block_rows": block_rows,
    }
    if shard is not None:
        made["part"] = describe_part(shard, inputs, reader.classes)
        sources, inputs = take(shard, sources), take(shard, inputs)
    out = Path(out)
    if (out / "store.json").exists():
        return _finished(out, made, sources, inputs)
    with (
        StoreWriter(
            out, made=made, inputs=inputs, classes=reader.classes, shard_bytes=shard_bytes
        ) as writer,
        ExitStack() as stack,
    ):
        notes = list(writer.notes)
        resumed = writer.n_shards
        meter = Meter(
            progress,
            done=len(notes),
            total=len(sources),
            failed=sum("failure" in note for note in notes),
            bytes_total=sum(bytes_of(given) for given in inputs[len(notes) :]),
        )
        how = Gridding(
            rate_hz=rates,
            max_gap_s=max_gap_s,
            streams=given,
            calibrate=calibrate,
            block_rows=block_rows,
            spool=writer.spools,
            root=locate(path),
            shared=shared,
            on_bytes=meter.read,
        )
        prepared = prepare_ahead(reader, sources, inputs, len(notes), how, processes)
        for source, result in stack.enter_context(closing(prepared)):
            clash = None
            if not isinstance(result, Exception):
                try:
                    writer.check(result[0])
                except FormatError as error:
                    clash = describe_clash(result[0])
                    result[0].discard()
                    result = error
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
            meter.finish(source.name, failed=entry is None)
        report = IngestReport.from_notes(notes, getattr(reader, "ignored", ()), resumed)
        if not report.recordings and shard is None:
            first = report.failed[0]
            raise FormatError(
                f"{path}: none of {len(sources)} recordings could be read; the first, "
                f"{first.source}: {first.reason}"
            )
        if shard is None:
            _warn_of_unused(given, notes)
        summary = replace(report, resumed_shards=0).to_dict()
        writer.finish(summary, may_be_empty=shard is not None)
    return report


def _warn_of_unused(given: Mapping[str, StreamSettings], notes: Sequence[dict[str, Any]]) -> None:
    there = {name for note in notes for name in note.get("streams", ())}
    for name in sorted(set(given) - there):
        warnings.warn(
            f"streams.{name}: no recording has a stream of that name; there are "
            f"{', '.join(sorted(there))}",
            KinefuseWarning,
            stacklevel=3,
        )


def _refuse_changed(store: MotionStore, sources: Sequence[Source]) -> None:
    """Look into the files that were touched since the store was made."""
    made_ns = (store.path / "store.json").stat().st_mtime_ns
    known = {digest for digests in store.recordings["sha256"].to_list() for digest in digests}
    hashes = Hashes()
    for file in dict.fromkeys(file for source in sources for file in source.files):
        if file.stat().st_mtime_ns > made_ns and hashes.of(file) not in known:
            raise StoreError(
                f"{store.path}: {file} was changed after the store was made; remove the store, or "
                "give another folder"
            )


def check_settings(
    rates: Mapping[str, float],
    max_gap_s: float,
    on_error: str,
    shard_bytes: int,
    block_rows: int,
) -> None:
    """Refuse settings of an ingest that make no sense."""
    for modality, rate in rates.items():
        if not 0 < rate < float("inf"):
            raise ConfigError(f"rate_hz: expected a positive rate for {modality!r}, got {rate}")
    if not 0 < max_gap_s < float("inf"):
        raise ConfigError(f"max_gap_s: expected seconds above 0, got {max_gap_s}")
    if on_error not in ("collect", "raise"):
        raise ConfigError(f"on_error: expected 'collect' or 'raise', got {on_error!r}")
    if shard_bytes < 1:
        raise ConfigError(f"shard_bytes: expected at least 1, got {shard_bytes}")
    if block_rows < 1000:
        raise ConfigError(f"block_rows: expected at least 1000, got {block_rows}")


def _finished(
    out: Path, made: dict[str, Any], sources: Sequence[Source], inputs: Sequence[Any]
) -> IngestReport:
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
    _refuse_changed(store, sources)
    shutil.rmtree(out / WORK, ignore_errors=True)
    return IngestReport.from_dict(store.report)


def _failure(source: Source, error: Exception) -> dict[str, Any]:
    return {"failure": asdict(Failure(source.name, type(error).__name__, str(error)))}
