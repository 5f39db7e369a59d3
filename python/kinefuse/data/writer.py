"""Writing a store, shard by shard, so that a killed run loses no finished shard."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from kinefuse.data.array_file import ArrayFile
from kinefuse.data.atomic import atomic_write
from kinefuse.data.checksum import KEY, checksum_file, checksum_manifest
from kinefuse.data.disk import writing
from kinefuse.data.lock import lock_folder
from kinefuse.data.manifest import (
    FORMAT,
    LABELS,
    VERSION,
    WHO,
    WORK,
    fingerprint,
    recordings_schema,
    recordings_table,
    write_json,
)
from kinefuse.data.samples import Entry, Samples
from kinefuse.data.schema import ModalitySchema
from kinefuse.data.shard import OpenShard, fill_labels
from kinefuse.data.sources import SOURCES, write_sources
from kinefuse.errors import FormatError, StoreError

__all__ = [
    "FORMAT",
    "LABELS",
    "VERSION",
    "WHO",
    "WORK",
    "Entry",
    "Samples",
    "StoreWriter",
    "fingerprint",
    "recordings_schema",
]


class StoreWriter:
    """Writes recordings into shards; used by :func:`kinefuse.data.ingest`.

    Everything that is not finished lies under ``.ingest`` in the store's folder or has a temporary
    name. A shard counts as finished once ``.ingest/shard-NNNNN.json`` is there, which lists its
    recordings and the inputs that it covers; the manifest ``store.json`` comes last.

    Parameters
    ----------
    path : Path
        The store's folder; made if missing.
    made : dict
        How the store is made, as JSON. A run that was begun otherwise is not resumed.
    inputs : sequence of dict
        What will be covered, in order: ``name`` and ``files``, a list of ``[bytes, changed]``. A
        finished shard is kept when what it covers is still next.
    classes : sequence of str
        Activities whose class numbers are given; others follow as they appear.
    shard_bytes : int
        A shard is closed once it holds this many bytes.

    Raises
    ------
    StoreError
        Another run is writing to the folder, a run with other settings was begun there, or it
        holds something else.
    """

    def __init__(
        self,
        path: Path,
        *,
        made: dict[str, Any],
        inputs: Sequence[Any],
        classes: Sequence[str] = (),
        shard_bytes: int,
    ) -> None:
        self.path = path
        self._work = path / WORK
        self._shard_bytes = shard_bytes
        self._made = made
        self._schema: dict[str, ModalitySchema] = {}
        self._classes = list(classes)
        self._label_modality: str | None = None
        self._shards: list[dict[str, Any]] = []
        self._ids: set[str] = set()
        self._inputs = list(inputs)
        with writing(path):
            self._claim()
            self._lock = lock_folder(self._work / "lock", path)
            try:
                self._agree(made)
                self._resume()
            except BaseException:
                self._lock.close()
                raise
        self._begin()

    @property
    def n_covered(self) -> int:
        """How many inputs the finished shards cover: the next to give is ``inputs[n_covered]``."""
        return sum(len(shard["inputs"]) for shard in self._shards)

    @property
    def n_shards(self) -> int:
        """How many shards are finished."""
        return len(self._shards)

    @property
    def notes(self) -> list[Any]:
        """What was noted for each input of the finished shards, in order."""
        return [note for shard in self._shards for note in shard["notes"]]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.discard()
        self._lock.close()

    @property
    def spools(self) -> Path:
        """Where files of recordings may lie until they are given to :meth:`add`."""
        return self._work

    def check(self, entry: Entry) -> None:
        """Raise :class:`FormatError` if the recording does not fit in with those before it."""
        if entry.id in self._ids:
            raise FormatError(f"recording {entry.id!r}: there is one of this id already")
        for modality, samples in entry.samples.items():
            if modality in self._schema:
                self._schema[modality].require(samples.schema, modality)
            if samples.labels is not None and (self._label_modality or modality) != modality:
                raise FormatError(
                    f"{modality}: carries labels, but the store's labels lie with "
                    f"{self._label_modality!r}"
                )

    def add(self, entry: Entry | None, note: Any) -> None:
        """Cover the next input: with a recording, or with none where it could not be read.

        ``note`` is any JSON value; see :attr:`notes`.
        """
        if entry is not None:
            self.check(entry)
            try:
                with writing(self.path):
                    self._append(entry)
            except BaseException:
                entry.discard()
                raise
        self._covered.append(self._inputs[self.n_covered + len(self._covered)])
        self._notes.append(note)
        if self._open.nbytes >= self._shard_bytes:
            self._flush()

    def finish(self, summary: dict[str, Any], *, may_be_empty: bool = False) -> None:
        """Write what is left, the table of recordings and, last, the manifest.

        ``summary`` goes into the manifest as ``report``.
        """
        if self._open.recordings:
            self._flush()
        if not self._shards and not may_be_empty:
            raise StoreError(f"{self.path}: there is no recording to store")
        rows = [row for shard in self._shards for row in shard["recordings"]]
        with writing(self.path):
            self._complete_shards()
            table = recordings_table(rows, self._schema)
            with atomic_write(self.path / "recordings.parquet") as file:
                table.write_parquet(file)
            write_sources(self.path, self._inputs, [*self.notes, *self._notes])
            manifest = {
                "format": FORMAT,
                "version": VERSION,
                "modalities": {name: schema.to_dict() for name, schema in self._schema.items()},
                "labels": self._label_modality,
                "classes": self._classes,
                "recordings": len(rows),
                "shards": [shard["files"] for shard in self._shards],
                "made": self._made,
                "fingerprint": fingerprint(self._inputs),
                "tables": {
                    name: {
                        "bytes": (self.path / name).stat().st_size,
                        KEY: checksum_file(self.path / name),
                    }
                    for name in ("recordings.parquet", SOURCES)
                },
                "report": summary,
            }
            manifest[KEY] = checksum_manifest(json.loads(json.dumps(manifest)))
            write_json(self.path / "store.json", manifest, indent=1)
            shutil.rmtree(self._work)

    def _claim(self) -> None:
        if self.path.exists() and not self.path.is_dir():
            raise StoreError(f"{self.path}: expected a folder to write the store into, got a file")
        if (self.path / "store.json").exists():
            raise StoreError(f"{self.path}: there is a store already; give another folder")
        if self.path.is_dir() and any(self.path.iterdir()) and not self._work.exists():
            raise StoreError(f"{self.path}: not an empty folder and not a store; give another")
        self._work.mkdir(parents=True, exist_ok=True)

    def _agree(self, made: dict[str, Any]) -> None:
        settings = self._work / "settings.json"
        if not settings.exists():
            write_json(settings, made)
            return
        before, now = json.loads(settings.read_text()), json.loads(json.dumps(made))
        if before != now:
            differing = sorted(key for key in {*before, *now} if before.get(key) != now.get(key))
            raise StoreError(
                f"{self.path}: an ingest with other settings ({', '.join(differing)}) was begun "
                "here; repeat those, or remove the folder"
            )

    def _resume(self) -> None:
        covered = 0
        while (record := self._record(len(self._shards))).exists():
            shard = json.loads(record.read_text())
            inputs = self._inputs[covered : covered + len(shard["inputs"])]
            files_whole = all(
                (self.path / name).is_file() and (self.path / name).stat().st_size == entry["bytes"]
                for name, entry in shard["files"].items()
            )
            if shard["inputs"] != json.loads(json.dumps(inputs)) or not files_whole:
                break
            covered += len(inputs)
            self._shards.append(shard)
            self._schema = {
                name: ModalitySchema.from_dict(values) for name, values in shard["schema"].items()
            }
            self._classes = shard["classes"]
            self._label_modality = shard["label_modality"]
            self._ids.update(row["id"] for row in shard["recordings"])
        kept = {name for shard in self._shards for name in shard["files"]}
        for file in self.path.iterdir():
            if file.is_file() and file.name not in kept:
                file.unlink()
        for file in self._work.iterdir():
            if file.name.startswith("shard-") and file.suffix == ".json":
                if int(file.stem.removeprefix("shard-")) >= len(self._shards):
                    file.unlink()
            elif file.is_dir():  # what a killed run had read and not stored
                shutil.rmtree(file, ignore_errors=True)
            elif file.name not in ("lock", "settings.json"):
                file.unlink()

    def _begin(self) -> None:
        self._open = OpenShard(self.path, len(self._shards), self._classes, self._label_modality)
        self._covered: list[Any] = []
        self._notes: list[Any] = []

    def _append(self, entry: Entry) -> None:
        self._open.add(entry)
        self._ids.add(entry.id)
        self._label_modality = self._open.label_modality
        for modality, samples in entry.samples.items():
            self._schema.setdefault(modality, samples.schema)

    def _flush(self) -> None:
        with writing(self.path):
            shard = {
                "inputs": self._covered,
                "notes": self._notes,
                "recordings": self._open.recordings,
                "files": self._open.finish(),
                "schema": {name: schema.to_dict() for name, schema in self._schema.items()},
                "classes": self._classes,
                "label_modality": self._label_modality,
            }
            content = write_json(self._record(len(self._shards)), shard)
        self._shards.append(json.loads(content))
        self._begin()

    def _complete_shards(self) -> None:
        # A modality, or labels, may turn up late: the shards before get theirs now.
        for number, shard in enumerate(self._shards):
            for modality, schema in self._schema.items():
                name = f"{modality}-{number:05d}.npy"
                if name not in shard["files"]:
                    file = self._new_file(name, np.float32, schema.shape)
                    shard["files"][name] = file.finish(self.path / name)
            name = f"{LABELS}-{number:05d}.npy"
            if self._label_modality is not None and name not in shard["files"]:
                file = self._new_file(name, np.int32, ())
                fill_labels(file, shard["recordings"], self._label_modality, self._classes)
                shard["files"][name] = file.finish(self.path / name)

    def _new_file(self, name: str, dtype: Any, shape: tuple[int, ...]) -> ArrayFile:
        return ArrayFile(self.path / f".{name}.tmp", dtype, shape)

    def _record(self, number: int) -> Path:
        return self._work / f"shard-{number:05d}.json"
