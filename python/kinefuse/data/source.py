"""What the core needs to know of the windows of a store."""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse import _native
from kinefuse.augment import Plan, check_shared
from kinefuse.data.prepare import Prepare
from kinefuse.errors import DtypeError, InputError, ShapeError

__all__ = ["Store", "batch_source", "shards"]


class Store(Protocol):
    """What windows are read from: a :class:`MotionStore` or an :class:`ArrayStore`."""

    def array(self, modality: str, shard: int = 0, /) -> NDArray[np.float32]:
        """Return the rows of a shard, ``(N, C)`` or ``(N, J, D)``; mapped files stay mapped."""


def batch_source(
    store: Store,
    index: pl.DataFrame,
    prepare: Mapping[str, Prepare],
    plans: Mapping[str, Any],
    seed: int,
    n_views: int,
    cache_bytes: int,
) -> _native.BatchSource:
    """Check the tables and put together what the core makes batches from."""
    if not prepare:
        raise InputError("prepare: expected one modality or more")
    if "label" in index.columns:
        label = _integers(index, "label", null=-1)
    else:
        label = np.full(index.height, -1, dtype=np.int64)
    window = _integers(index, "window").astype(np.uint64)
    modalities = []
    by_modality: dict[str, Plan] = {}
    for name, preparation in prepare.items():
        arrays = shards(store, index, name)
        columns = {key: _integers(index, f"{name}_{key}") for key in ("shard", "start", "rows")}
        rows = columns["rows"][columns["rows"] > 0]
        sample_shape = arrays[0].shape[1:]
        kind = "inertial" if len(sample_shape) == 1 else "skeleton"
        plan = Plan(kind)
        if plans.get(name) is not None:
            plan |= plans[name]
        by_modality[name] = plan
        modalities.append(
            {
                "name": name,
                "kind": kind,
                "shards": [_file_of(shard) or np.asarray(shard) for shard in arrays],
                "prepare": preparation.to_json(
                    name, sample_shape, int(rows[0]) if len(rows) else 1
                ),
                "plan": plan.to_json(),
                **columns,
            }
        )
    check_shared(by_modality)
    return _native.BatchSource(
        modalities, window, label, seed=seed, n_views=n_views, cache_bytes=cache_bytes
    )


def shards(store: Store, index: pl.DataFrame, modality: str) -> list[NDArray[np.float32]]:
    """Return the shards that an index speaks of."""
    shard = _integers(index, f"{modality}_shard")
    count = int(shard.max(initial=0)) + 1
    arrays = [store.array(modality, k) for k in range(count)]
    for array in arrays:
        if array.dtype != np.float32 or array.ndim not in (2, 3):
            raise ShapeError(
                f"{modality}: expected float32 rows (N, C) or (N, J, D), "
                f"got {array.dtype} {array.shape}"
            )
    return arrays


def _file_of(array: NDArray[np.float32]) -> str | None:
    """Return the ``.npy`` file that an array is a mapping of, all of it."""
    if not isinstance(array, np.memmap) or not str(array.filename).endswith(".npy"):
        return None
    whole = array.offset + array.nbytes == len(array._mmap) and array.flags.c_contiguous  # type: ignore[attr-defined]
    return str(array.filename) if whole else None


def _integers(index: pl.DataFrame, column: str, *, null: int = 0) -> NDArray[np.int64]:
    """Return a column without asking polars to compute: in a forked child it would hang."""
    if column not in index.columns:
        raise InputError(
            f"index: expected a column {column!r}, as window_index() gives; "
            f"there are {', '.join(index.columns)}"
        )
    values = index[column].to_numpy()
    if values.dtype.kind == "f":
        # That is what polars makes of integers with nulls.
        values = np.where(np.isnan(values), null, values)
    elif values.dtype.kind not in "iu":
        raise DtypeError(f"index: column {column!r}: expected integers, got {index[column].dtype}")
    return values.astype(np.int64)
