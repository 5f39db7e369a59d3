"""Parts of an ingest, made on several machines, put together as one run would have written them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.remote import near
from kinefuse.data.report import Failure, IngestReport
from kinefuse.data.samples import note_labels
from kinefuse.data.schema import ModalitySchema
from kinefuse.data.shard import PIECE_ROWS
from kinefuse.data.sources import read_sources
from kinefuse.data.store import MotionStore
from kinefuse.data.writer import WHO, Entry, Samples, StoreWriter, fingerprint
from kinefuse.errors import FormatError, StoreError

__all__ = ["merge"]

Progress = Callable[[int, int, str], None]


def merge(
    out: str | Path, parts: Sequence[str | Path], *, progress: Progress | None = None
) -> IngestReport:
    """Put the parts that ``ingest(..., shard=(i, n))`` wrote together into one store.

    The store is byte for byte that of a single run. A merge that was interrupted is resumed by
    calling it again. The parts stay as they are.

    Parameters
    ----------
    out : str or Path
        The store's folder; made if missing.
    parts : sequence of str or Path
        The folders of all parts, in any order. Those that are addresses (``s3://…``) are copied
        beside the store first.
    progress : callable, optional
        Called with (done, total, source name) after each source.

    Returns
    -------
    IngestReport
        Of all parts together.

    Raises
    ------
    FileNotFoundError
        A part is not there.
    StoreError
        A store that is no part, is not whole, is missing or comes twice; parts of different runs;
        ``out`` is something else or another run writes to it; a recording that did not fit in with
        those of its part, but would in a single run: the parts cannot tell what it held.
    FormatError
        None of the sources could be read.

    Examples
    --------
    >>> parts = []
    >>> for i in (1, 2):
    ...     report = ingest("synthetic", ".", f"part-{i}", shard=(i, 2))        # doctest: +SKIP
    ...     parts.append(f"part-{i}")
    >>> print(merge("store", parts))                                            # doctest: +SKIP
    40 of 40 recordings, 4 subjects, 5 activities
    """
    out = Path(out)
    with near(parts, out.with_name(f".{out.name}.parts")) as here:
        return _merge(out, _opened(here), progress)


def _merge(out: Path, opened: list[MotionStore], progress: Progress | None) -> IngestReport:
    about = opened[0].made["part"]
    made = {key: value for key, value in opened[0].made.items() if key != "part"}
    notes = list(_in_order([read_sources(part.path) for part in opened]))
    inputs = [
        {"name": note["name"], "files": [[size, 0] for size in note.pop("bytes")]} for note in notes
    ]
    if fingerprint(inputs) != about["whole"]:
        raise StoreError(
            f"{opened[0].path}: the sources of the parts are not those they were made of"
        )
    ignored = opened[0].report["ignored"]
    if (out / "store.json").exists():
        return _finished(out, made, about["whole"])
    with StoreWriter(
        out, made=made, inputs=inputs, classes=about["classes"], shard_bytes=made["shard_bytes"]
    ) as writer:
        kept: list[dict[str, Any]] = list(writer.notes)
        for place in range(len(kept), len(notes)):
            part, note = opened[place % len(opened)], notes[place]
            name = note.pop("name")
            entry, note = _judged(writer, part, name, note)
            writer.add(entry, note)
            kept.append(note)
            if progress is not None:
                progress(len(kept), len(notes), name)
        report = IngestReport.from_notes(kept, ignored, 0)
        if not report.recordings:
            first = report.failed[0]
            raise FormatError(
                f"{out}: none of {len(notes)} recordings could be read; the first, "
                f"{first.source}: {first.reason}"
            )
        writer.finish(report.to_dict())
    return report


def _opened(parts: Sequence[str | Path]) -> list[MotionStore]:
    """Open all parts and return them by number."""
    if not parts:
        raise StoreError("merge: expected the parts of a store, got none")
    by_number: dict[int, MotionStore] = {}
    first: MotionStore | None = None
    for path in parts:
        store = MotionStore(path)
        if "part" not in store.made:
            raise StoreError(f"{path}: a whole store, not a part that `--shard i/n` made")
        first = first or store
        differing = [
            *_differing(_shared(first.made), _shared(store.made)),
            *_differing(_shared(first.made["part"]), _shared(store.made["part"])),
        ]
        if differing:
            what = "other files" if differing == ["whole"] else f"another {', '.join(differing)}"
            raise StoreError(f"{path}: a part made with {what} than {first.path}")
        number = store.made["part"]["number"]
        if number in by_number:
            raise StoreError(f"{path}: is part {number}, as {by_number[number].path}")
        by_number[number] = store
    assert first is not None
    of = first.made["part"]["of"]
    if missing := [str(number) for number in range(1, of + 1) if number not in by_number]:
        raise StoreError(f"merge: of {of} parts there is none with number {', '.join(missing)}")
    return [by_number[number] for number in range(1, of + 1)]


def _shared(made: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in made.items() if key not in ("part", "number")}


def _differing(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    return sorted(key for key in {*one, *other} if one.get(key) != other.get(key))


def _in_order(notes: Sequence[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Deal the sources of n parts out as they were: the first of each, then the second."""
    for place in range(sum(map(len, notes))):
        turn, part = divmod(place, len(notes))
        if turn >= len(notes[part]):
            raise StoreError(f"merge: part {part + 1} covers fewer sources than the others need")
        yield notes[part][turn]


def _finished(out: Path, made: dict[str, Any], whole: str) -> IngestReport:
    store = MotionStore(out)
    if store.made != made or store.fingerprint != whole:
        raise StoreError(f"{out}: there is a store already, of other parts; give another folder")
    return IngestReport.from_dict(store.report)


def _judged(
    writer: StoreWriter, part: MotionStore, name: str, note: dict[str, Any]
) -> tuple[Entry | None, dict[str, Any]]:
    """Return what a single run would have made of a source of a part."""
    clash = note.pop("clash", None)
    if clash is None and "failure" in note:
        return None, note
    entry = _unfitting(name, clash) if clash else _entry(part, note)
    try:
        writer.check(entry)
    except FormatError as error:
        return None, {"failure": asdict(Failure(name, type(error).__name__, str(error)))}
    if clash:
        raise StoreError(
            f"{part.path}: {name} was left out because it did not fit in with the recordings of "
            f"its part ({note['failure']['reason']}), though it fits in with the whole; ingest it "
            "in a single run, or leave out the recordings that differ"
        )
    return entry, note


def _entry(part: MotionStore, note: dict[str, Any]) -> Entry:
    row = part.row(note["id"])
    samples = {}
    for modality in note["rows"]:  # in the order in which the reader gave them
        labels: NDArray[np.int32] | None = None
        names: dict[int, str] = {}
        if note["labelled"] == modality:
            labels, names = _labels(part, row, modality)
        samples[modality] = Samples(
            data=part.read(row["id"], modality),
            schema=part.schema[modality],
            start_s=row[f"{modality}_start_s"],
            gaps=np.array(row[f"{modality}_gaps"], dtype=np.int64).reshape(-1, 2),
            labels=labels,
            label_names=names,
        )
    return Entry(
        **{key: row[key] for key in WHO},
        source=row["source"],
        sha256=row["sha256"],
        samples=samples,
    )


def _labels(
    part: MotionStore, row: Mapping[str, Any], modality: str
) -> tuple[NDArray[np.int32], dict[int, str]]:
    start, rows = row[f"{modality}_start"], row[f"{modality}_rows"]
    labels = part.labels(row[f"{modality}_shard"])
    assert labels is not None
    seen: dict[int, None] = {}
    for begin in range(start, start + rows, PIECE_ROWS):
        note_labels(seen, labels[begin : min(begin + PIECE_ROWS, start + rows)])
    return labels[start : start + rows], {number: part.classes[number] for number in seen}


def _unfitting(name: str, clash: Mapping[str, Any]) -> Entry:
    """Return a recording without samples, for what the writer says about it."""
    samples = {
        modality: Samples(
            data=np.empty((0, *schema["shape"]), dtype=np.float32),
            schema=ModalitySchema.from_dict(schema),
            start_s=0.0,
            gaps=np.empty((0, 2), dtype=np.int64),
            labels=np.empty(0, dtype=np.int32) if clash["labelled"] == modality else None,
        )
        for modality, schema in clash["schemas"].items()
    }
    who: dict[str, Any] = dict.fromkeys(WHO) | {"id": clash["id"], "dataset": "", "subject": ""}
    return Entry(**who, source=[name], sha256=[], samples=samples)
