"""Recordings and windows as data sets of Ray Data. Rows travel as paths until they are needed."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse import readers
from kinefuse._extras import needs_extra
from kinefuse.data.blocks import BLOCK_ROWS
from kinefuse.data.entries import Gridding, identify, make_entry
from kinefuse.data.ingest import check_settings
from kinefuse.data.remote import RemoteReader, is_remote
from kinefuse.data.report import Failure
from kinefuse.data.store import MotionStore
from kinefuse.data.stream_settings import StreamSettings
from kinefuse.errors import InputError, KinefuseError
from kinefuse.readers import Reader, Source

with needs_extra("ray", "kinefuse.scale.ray"):
    import ray
    import ray.data

__all__ = ["Failures", "recordings", "windows"]


class _Notebook:
    """Lives in a process of its own; any worker can write into it."""

    def __init__(self) -> None:
        self._failures: dict[str, dict[str, str]] = {}

    def add(self, failure: dict[str, str]) -> None:
        self._failures[failure["source"]] = failure  # a task that is repeated fails again

    def all(self) -> list[dict[str, str]]:
        return list(self._failures.values())


class Failures:
    """Collects the sources that could not be read, from all workers of a cluster.

    Examples
    --------
    >>> failures = Failures()                                                   # doctest: +SKIP
    >>> for batch in recordings("utd-mhad", "UTD-MHAD", failures=failures).iter_rows():
    ...     ...                                                                 # doctest: +SKIP
    >>> failures.list()                                                         # doctest: +SKIP
    []
    """

    def __init__(self) -> None:
        self._notebook: Any = ray.remote(_Notebook).options(num_cpus=0).remote()

    def add(self, failure: Failure) -> None:
        """Note one."""
        ray.get(self._notebook.add.remote(asdict(failure)))

    def list(self) -> list[Failure]:
        """Return what was noted so far, by source. A data set notes while it is read."""
        found = [Failure(**failure) for failure in ray.get(self._notebook.all.remote())]
        return sorted(found, key=lambda failure: failure.source)


def recordings(
    reader: str | Reader,
    path: str | Path,
    *,
    rate_hz: Mapping[str, float] | None = None,
    max_gap_s: float = 0.5,
    streams: Mapping[str, Mapping[str, Any]] | None = None,
    calibrate: bool = False,
    block_rows: int = BLOCK_ROWS,
    failures: Failures | None = None,
) -> "ray.data.Dataset":
    """Return a data set with a row a recording, read and brought onto a grid where it is needed.

    Parameters
    ----------
    reader : str or Reader
        A reader, or its name.
    path : str or Path
        Where the raw recordings lie, as seen from every node.
    rate_hz, max_gap_s, streams, calibrate, block_rows
        As :func:`kinefuse.data.ingest` takes them.
    failures : Failures, optional
        Collects what could not be read; without, the first such source stops the pipeline.

    Returns
    -------
    ray.data.Dataset
        ``id, dataset, subject, activity, session, trial``, and for each modality ``m``: ``m``
        (rows, C) or (rows, J, D) float32, ``m_rate_hz``, ``m_start_s`` and ``m_gaps`` (G, 2) int64.
        ``note`` is what was repaired, filled, calibrated and looks wrong, as JSON: what the store
        has in ``sources.jsonl``.

    Raises
    ------
    FileNotFoundError, FormatError, ConfigError
        As the reader's ``discover``; a setting makes no sense.

    Examples
    --------
    >>> rows = recordings("utd-mhad", "UTD-MHAD").map(my_features)              # doctest: +SKIP
    """
    reader = readers.get(reader) if isinstance(reader, str) else reader
    rates = {**getattr(reader, "rate_hz", {}), **(rate_hz or {})}
    check_settings(rates, max_gap_s, "collect", 1, block_rows)
    given = {name: StreamSettings.of(name, values) for name, values in (streams or {}).items()}
    grid: dict[str, Any] = {"streams": given, "calibrate": calibrate, "block_rows": block_rows}
    if is_remote(path):
        reader = RemoteReader(reader)
        sources = list(reader.discover(path))
    else:
        sources = list(reader.discover(Path(path).absolute()))
    kept = ray.put((reader, sources))

    def read(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
        own, found = ray.get(kept)
        source, how = found[row["item"]], Gridding(rates, max_gap_s, **grid)
        try:
            yield _row(own, source, how)
        except (KinefuseError, OSError) as error:
            if failures is None:
                raise
            failures.add(Failure(source.name, type(error).__name__, str(error)))

    return ray.data.from_items(list(range(len(sources)))).flat_map(read)


def _row(reader: Reader, source: Source, how: Gridding) -> dict[str, Any]:
    entry, note = make_entry(reader, source, 0, identify(source), how)
    row: dict[str, Any] = {
        key: getattr(entry, key) or ""
        for key in ("id", "dataset", "subject", "activity", "session", "trial")
    }
    for modality, samples in entry.samples.items():
        row[modality] = samples.data
        row[f"{modality}_rate_hz"] = samples.schema.rate_hz
        row[f"{modality}_start_s"] = samples.start_s
        row[f"{modality}_gaps"] = samples.gaps
    row["note"] = json.dumps(note, ensure_ascii=False)
    return row


def windows(
    store: str | Path,
    *,
    length_s: float,
    stride_s: float | None = None,
    modalities: Sequence[str] | None = None,
    where: pl.Expr | None = None,
    batch_size: int = 1024,
) -> "ray.data.Dataset":
    """Return a data set with a row a window of a store.

    What travels is the table of windows; a task opens the store and reads the rows of its own
    windows from the mapped files.

    Parameters
    ----------
    store : str or Path
        The store's folder, as seen from every node.
    length_s, stride_s, where
        As :meth:`MotionStore.window_index` takes them.
    modalities : sequence of str, optional
        Which to read; all, unless told.
    batch_size : int
        Windows that a task reads together.

    Returns
    -------
    ray.data.Dataset
        ``window, recording, subject, activity, label`` and for each modality (rows, C) or
        (rows, J, D) float32, NaN where a window lacks the modality.

    Raises
    ------
    InputError
        No such modality, a length under one sample.

    Examples
    --------
    >>> rows = windows("stores/hapt", length_s=2.56).map_batches(my_features)   # doctest: +SKIP
    """
    opened = MotionStore(store)
    names = tuple(opened.schema if modalities is None else modalities)
    if unknown := [name for name in names if name not in opened.schema]:
        raise InputError(
            f"modalities: {opened.path} has no {', '.join(unknown)}; "
            f"there is {', '.join(opened.schema)}"
        )
    index = opened.window_index(length_s=length_s, stride_s=stride_s, where=where)
    rows = {name: round(length_s * opened.schema[name].rate_hz) for name in names}
    path = opened.path.absolute()

    def gather(batch: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        own = MotionStore(path)
        found = {key: batch[key] for key in ("window", "recording", "subject", "activity", "label")}
        for name in names:
            columns = [batch[f"{name}_{key}"] for key in ("shard", "start", "rows")]
            found[name] = _gather(own, name, rows[name], *columns)
        return found

    return ray.data.from_arrow(index.to_arrow()).map_batches(gather, batch_size=batch_size)


def _gather(
    store: MotionStore,
    modality: str,
    length: int,
    shards: NDArray[np.int64],
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> NDArray[np.float32]:
    shape = (len(starts), length, *store.schema[modality].shape)
    found = np.full(shape, np.nan, dtype=np.float32)
    for shard in np.unique(shards):
        array = store.array(modality, int(shard))
        for at in np.flatnonzero((shards == shard) & (rows > 0)):
            n = min(int(rows[at]), length)
            found[at, :n] = array[starts[at] : starts[at] + n]
    return found
