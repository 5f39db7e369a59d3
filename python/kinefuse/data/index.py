"""The windows of a store: which rows of which shard, whose, and what label. No samples are read."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.store import MotionStore

__all__ = ["whole_recordings"]


def whole_recordings(store: MotionStore) -> pl.DataFrame:
    """Return one window a recording, all rows of every modality."""
    number = {name: label for label, name in enumerate(store.classes)}
    label = [number.get(name, -1) for name in store.recordings["activity"]]
    columns: dict[str, NDArray[Any] | pl.Series] = {
        "window": np.arange(len(store.recordings), dtype=np.uint64),
        "recording": store.recordings["id"],
        "subject": store.recordings["subject"],
        "activity": store.recordings["activity"],
        "label": np.array(label, dtype=np.int64),
        "share": np.array([float(value >= 0) for value in label]),
    }
    for modality in store.modalities:
        for what in ("shard", "start", "rows"):
            columns[f"{modality}_{what}"] = store.recordings[f"{modality}_{what}"]
    return pl.DataFrame(columns)
