"""Writing a store, shard by shard, so that a killed run loses no finished shard."""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.atomic import atomic_write
from kinefuse.data.schema import ModalitySchema
from kinefuse.data.sources import write_sources
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

FORMAT = "kinefuse-store"
VERSION = 1
LABELS = "labels"
WORK = ".ingest"
WHO = ("id", "dataset", "subject", "activity", "session", "trial", "scene", "view")


@dataclass(frozen=True, eq=False)
class Samples:
    """One modality of one recording, on a uniform grid.

    ``data`` (rows, C) or (rows, J, D) float32 holds only what is there; ``gaps`` (G, 2) int64 says
    before which row how many grid steps are missing; ``labels`` (rows,) names what was done.
    """

    data: NDArray[np.float32]
    schema: ModalitySchema
    start_s: float
    gaps: NDArray[np.int64]
    labels: NDArray[np.object_] | None = None


@dataclass(frozen=True, eq=False)
class Entry:
    """One recording on its way into the store."""

    id: str
    dataset: str
    subject: str
    activity: str | None
    session: str | None
    trial: str | None
    source: list[str]
    sha256: list[str]
    samples: dict[str, Samples]
    scene: str | None = None
    view: str | None = None


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
        self._claim()
        self._lock = _lock(self._work / "lock")
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
        self._lock.close()

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
            self._append(entry)
        self._covered.append(self._inputs[self.n_covered + len(self._covered)])
        self._notes.append(note)
        if self._bytes >= self._shard_bytes:
            self._flush()

    def finish(self, summary: dict[str, Any], *, may_be_empty: bool = False) -> None:
        """Write what is left, the table of recordings and, last, the manifest.

        ``summary`` goes into the manifest as ``report``.
        """
        if self._bytes:
            self._flush()
        if not self._shards and not may_be_empty:
            raise StoreError(f"{self.path}: there is no recording to store")
        self._complete_shards()
        rows = [row for shard in self._shards for row in shard["recordings"]]
        table = pl.DataFrame(
            [_with_missing(row, self._schema) for row in rows],
            schema=recordings_schema(self._schema),
            orient="row",
        )
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
            "report": summary,
        }
        _write_json(self.path / "store.json", manifest, indent=1)
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
            _write_json(settings, made)
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
        for file in self._work.glob("shard-*.json"):
            if int(file.stem.removeprefix("shard-")) >= len(self._shards):
                file.unlink()

    def _begin(self) -> None:
        self._parts: dict[str, list[NDArray[Any]]] = {}
        self._rows: dict[str, int] = {}
        self._recordings: list[dict[str, Any]] = []
        self._covered: list[Any] = []
        self._notes: list[Any] = []
        self._labels: dict[str, NDArray[np.int32]] = {}
        self._bytes = 0

    def _append(self, entry: Entry) -> None:
        row: dict[str, Any] = {key: getattr(entry, key) for key in WHO}
        row |= {"source": entry.source, "sha256": entry.sha256}
        self._ids.add(entry.id)
        if entry.activity is not None:
            self._class_number(entry.activity)
        for modality, samples in entry.samples.items():
            self._schema.setdefault(modality, samples.schema)
            start = self._rows.get(modality, 0)
            row[modality] = {
                "rate_hz": samples.schema.rate_hz,
                "shard": len(self._shards),
                "start": start,
                "rows": len(samples.data),
                "start_s": samples.start_s,
                "gaps": samples.gaps.tolist(),
            }
            self._rows[modality] = start + len(samples.data)
            self._parts.setdefault(modality, []).append(samples.data)
            self._bytes += samples.data.nbytes
            if samples.labels is not None:
                self._label_modality = modality
                self._labels[entry.id] = self._numbers(samples.labels)
        self._recordings.append(row)

    def _class_number(self, name: str) -> int:
        if name not in self._classes:
            self._classes.append(name)
        return self._classes.index(name)

    def _numbers(self, labels: NDArray[np.object_]) -> NDArray[np.int32]:
        number = {name: self._class_number(name) for name in dict.fromkeys(labels) if name}
        return np.array([number.get(name, -1) for name in labels], dtype=np.int32)

    def _flush(self) -> None:
        if self._label_modality is not None:
            self._parts[LABELS] = self._label_parts(self._recordings, self._label_modality)
        number = len(self._shards)
        files = {
            f"{modality}-{number:05d}.npy": _write_array(
                self.path / f"{modality}-{number:05d}.npy", parts
            )
            for modality, parts in self._parts.items()
        }
        shard = {
            "inputs": self._covered,
            "notes": self._notes,
            "recordings": self._recordings,
            "files": files,
            "schema": {name: schema.to_dict() for name, schema in self._schema.items()},
            "classes": self._classes,
            "label_modality": self._label_modality,
        }
        _write_json(self._record(number), shard)
        self._shards.append(json.loads(json.dumps(shard)))
        self._begin()

    def _label_parts(self, rows: list[dict[str, Any]], modality: str) -> list[NDArray[Any]]:
        parts: list[NDArray[Any]] = [np.empty(0, dtype=np.int32)]
        for row in rows:
            if modality in row:
                name = row["activity"]
                label = -1 if name is None else self._classes.index(name)
                constant = np.full(row[modality]["rows"], label, dtype=np.int32)
                parts.append(self._labels.get(row["id"], constant))
        return parts

    def _complete_shards(self) -> None:
        # A modality, or labels, may turn up late: the shards before get theirs now.
        for number, shard in enumerate(self._shards):
            for modality, schema in self._schema.items():
                name = f"{modality}-{number:05d}.npy"
                if name not in shard["files"]:
                    empty = np.empty((0, *schema.shape), dtype=np.float32)
                    shard["files"][name] = _write_array(self.path / name, [empty])
            name = f"{LABELS}-{number:05d}.npy"
            if self._label_modality is not None and name not in shard["files"]:
                parts = self._label_parts(shard["recordings"], self._label_modality)
                shard["files"][name] = _write_array(self.path / name, parts)

    def _record(self, number: int) -> Path:
        return self._work / f"shard-{number:05d}.json"


def fingerprint(inputs: Sequence[Any]) -> str:
    """Return a hash of the names and sizes of the inputs; when they were changed is left out."""
    names = [[entry["name"], [size for size, _ in entry["files"]]] for entry in inputs]
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def recordings_schema(modalities: dict[str, ModalitySchema]) -> dict[str, Any]:
    """Return the columns of ``recordings.parquet`` and their types."""
    columns: dict[str, Any] = dict.fromkeys(WHO, pl.String)
    columns |= {"source": pl.List(pl.String), "sha256": pl.List(pl.String)}
    for name in modalities:
        columns |= {
            f"{name}_rate_hz": pl.Float64,
            f"{name}_shard": pl.Int64,
            f"{name}_start": pl.Int64,
            f"{name}_rows": pl.Int64,
            f"{name}_start_s": pl.Float64,
            f"{name}_gaps": pl.List(pl.List(pl.Int64)),
        }
    return columns


def _with_missing(row: dict[str, Any], modalities: dict[str, ModalitySchema]) -> dict[str, Any]:
    flat = {key: row[key] for key in recordings_schema({})}
    for name, schema in modalities.items():
        none = {"rate_hz": schema.rate_hz, "shard": 0, "start": 0, "rows": 0, "start_s": None}
        flat |= {f"{name}_{key}": value for key, value in row.get(name, none).items()}
        flat.setdefault(f"{name}_gaps", [])
    return flat


def _write_array(path: Path, parts: list[NDArray[Any]]) -> dict[str, int]:
    rows = sum(len(part) for part in parts)
    header = {
        "descr": np.lib.format.dtype_to_descr(parts[0].dtype),
        "fortran_order": False,
        "shape": (rows, *parts[0].shape[1:]),
    }
    with atomic_write(path) as file:
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            file.write(np.ascontiguousarray(part).data)
        size = file.tell()
    return {"rows": rows, "bytes": size}


def _write_json(path: Path, value: Any, indent: int | None = None) -> None:
    with atomic_write(path) as file:
        file.write(json.dumps(value, indent=indent, ensure_ascii=False).encode())


def _lock(path: Path) -> TextIO:
    file = path.open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        raise StoreError(
            f"{path.parent.parent}: another ingest is writing here; wait for it, or stop it"
        ) from None
    return file
