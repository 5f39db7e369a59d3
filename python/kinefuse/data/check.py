"""Whether a store is whole and says nothing that its files contradict."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.checksum import KEY, checksum_file, checksum_manifest
from kinefuse.data.manifest import MEND
from kinefuse.data.sources import read_sources
from kinefuse.data.store import MotionStore
from kinefuse.errors import StoreError

__all__ = ["check_store"]

_AT_ONCE = 1 << 22
"""Numbers looked at together."""


def check_store(path: str | Path, *, samples: bool = True) -> list[str]:
    """Return what is wrong with a store, a sentence each; nothing is changed.

    Looked at: the manifest, the size, the shape and the checksum of every file, that the table of
    recordings covers every row of every shard once, that gaps are within their recordings, labels
    among the classes, that the sources add up, and that every sample is a number. So a byte that
    changed anywhere is found, and a file of another store; stores of earlier versions have no
    checksums.

    Parameters
    ----------
    path : str or Path
        The store's folder.
    samples : bool
        Whether to read every sample; the rest takes no time. Joints may be missing (NaN), no
        sample may be infinite.

    Returns
    -------
    list of str
        Empty where nothing is wrong.

    Raises
    ------
    FileNotFoundError
        There is no such folder.

    Examples
    --------
    >>> check_store("stores/utd-mhad")                                          # doctest: +SKIP
    []
    """
    if not Path(path).exists():
        raise FileNotFoundError(f"no such store: {path}")
    try:
        store = MotionStore(path)
        manifest = json.loads((store.path / "store.json").read_text("utf-8"))
        found = [*_manifest(store.path, manifest), *_shapes(store), *_sources(store)]
        if not found:  # what follows trusts the shapes
            found += [*_rows(store), *_gaps(store), *_labels(store)]
            if samples:
                found += [*_checksums(store.path, manifest), *_samples(store)]
    except StoreError as error:
        return [str(error)]
    except OSError as error:
        file = path if error.filename is None else error.filename
        return [
            f"{file}: {error.strerror or error}; see that it can be read by who asks "
            "(chmod, chown), and that its disk is well"
        ]
    return found


def _manifest(path: Path, manifest: dict[str, Any]) -> Iterator[str]:
    said = manifest.get(KEY)
    if said is not None and said != checksum_manifest(manifest):
        yield (
            f"{path / 'store.json'}: was edited after it was written; bring the file back from a "
            "copy, or remove the store and ingest again with the settings that are wanted"
        )
    for name, entry in manifest.get("tables", {}).items():
        if (path / name).is_file():
            yield from _changed(path / name, entry)


def _checksums(path: Path, manifest: dict[str, Any]) -> Iterator[str]:
    for shard in manifest["shards"]:
        for name, entry in shard.items():
            yield from _changed(path / name, entry)


def _changed(file: Path, entry: dict[str, Any]) -> Iterator[str]:
    said = entry.get(KEY)
    if said is not None and (found := checksum_file(file)) != said:
        yield (
            f"{file}: its content is not what was written there (crc32 {found}, expected {said}): "
            f"a damaged file, or one of another store; {MEND}"
        )


def _shapes(store: MotionStore) -> Iterator[str]:
    for modality, schema in store.schema.items():
        for number, file in enumerate(store.shard_paths(modality)):
            try:
                array = store.array(modality, number)
            except StoreError as error:
                yield str(error)
                continue
            if array.dtype != np.float32 or array.shape[1:] != schema.shape:
                yield (
                    f"{file.name}: expected float32 samples {schema.shape}, "
                    f"got {array.dtype} {array.shape[1:]}; {MEND}"
                )
            labels = store.labels(number) if modality == store.label_modality else None
            if labels is not None and labels.shape != (len(array),):
                yield f"{file.name}: {len(array)} rows, but {labels.shape} labels; {MEND}"


def _sources(store: MotionStore) -> Iterator[str]:
    try:
        notes = read_sources(store.path)
    except StoreError as error:
        yield str(error)
        return
    read = [note["id"] for note in notes if "failure" not in note]
    if read != store.recordings["id"].to_list():
        yield (
            f"{store.path}: {len(read)} sources were read, {len(store.recordings)} recordings are "
            f"in the table, and they are not the same in the same order; {MEND}"
        )


def _rows(store: MotionStore) -> Iterator[str]:
    for modality in store.schema:
        start, rows = f"{modality}_start", f"{modality}_rows"
        there = store.recordings.filter(pl.col(rows) > 0)
        for number in range(store.n_shards):
            table = there.filter(pl.col(f"{modality}_shard") == number).sort(start)
            ends = (table[start] + table[rows]).to_numpy()
            begins = table[start].to_numpy()
            if not np.array_equal(np.append(begins, len(store.array(modality, number))),
                                  np.append(0, ends)):  # fmt: skip
                yield (
                    f"{modality}, shard {number}: the recordings do not cover each of the "
                    f"{len(store.array(modality, number))} rows once; {MEND}"
                )


def _gaps(store: MotionStore) -> Iterator[str]:
    for row in store.recordings.iter_rows(named=True):
        for modality in store.schema:
            gaps = np.array(row[f"{modality}_gaps"], dtype=np.int64).reshape(-1, 2)
            within = (gaps[:, 0] > 0) & (gaps[:, 0] < row[f"{modality}_rows"])
            if not (within & (gaps[:, 1] > 0)).all() or (np.diff(gaps[:, 0]) <= 0).any():
                yield (
                    f"recording {row['id']!r}: {modality}: gaps that are not within it, in order; "
                    f"{MEND}"
                )


def _labels(store: MotionStore) -> Iterator[str]:
    for number in range(store.n_shards):
        labels = store.labels(number)
        if labels is None:
            return
        for at, block in _blocks(labels):
            if block.min() < -1 or block.max() >= len(store.classes):
                yield (
                    f"labels, shard {number}: from row {at}: expected class numbers from -1 to "
                    f"{len(store.classes) - 1}, got {block.min()} to {block.max()}; {MEND}"
                )
                break


def _samples(store: MotionStore) -> Iterator[str]:
    for modality, schema in store.schema.items():
        joints = len(schema.shape) > 1
        for number in range(store.n_shards):
            for at, block in _blocks(store.array(modality, number)):
                wrong = np.isinf(block) if joints else ~np.isfinite(block)
                if wrong.any():
                    row = at + int(np.argwhere(wrong)[0, 0])
                    yield (
                        f"{modality}, shard {number}, row {row}: holds what is not a number; {MEND}"
                    )
                    break


def _blocks(array: NDArray[Any]) -> Iterator[tuple[int, NDArray[Any]]]:
    step = max(1, _AT_ONCE // max(1, int(np.prod(array.shape[1:]))))
    for at in range(0, len(array), step):
        yield at, array[at : at + step]
