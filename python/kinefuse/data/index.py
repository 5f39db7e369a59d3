"""The windows of a store: which rows of which shard, whose, and what label. No samples are read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.windows import LabelRule, window_index

if TYPE_CHECKING:
    from kinefuse.data.store import MotionStore

__all__ = ["build_index"]

_MIN_OVERLAP = 0.9
"""A modality that covers less of a window's time counts as missing in it."""

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class _Windows:
    """Windows of one recording: rows of the modality that they follow, and times in seconds."""

    start: Ints
    rows: Ints
    begin_s: Floats
    end_s: Floats
    label: Ints
    share: Floats


def build_index(
    store: "MotionStore",
    *,
    length_s: float | None,
    stride_s: float | None,
    label_rule: LabelRule,
    min_share: float,
) -> pl.DataFrame:
    """Return all windows of a store; see :meth:`MotionStore.window_index`."""
    modalities = store.modalities
    names = [f"{m}_{what}" for m in modalities for what in ("shard", "start", "rows")]
    columns: dict[str, list[Any]] = {name: [] for name in ("_row", "label", "share", *names)}
    labels = [store.labels(shard) for shard in range(store.n_shards)]
    number = {name: label for label, name in enumerate(store.classes)}
    for row, recording in enumerate(store.recordings.iter_rows(named=True)):
        there = [m for m in modalities if recording[f"{m}_rows"] > 0]
        followed = there[0]
        first = recording[f"{followed}_start"]
        of_rows = None
        if followed == store.label_modality:
            of_shard = labels[recording[f"{followed}_shard"]]
            assert of_shard is not None
            of_rows = of_shard[first : first + recording[f"{followed}_rows"]]
        windows = _windows(
            recording,
            followed,
            store.schema[followed].rate_hz,
            of_rows,
            number.get(recording["activity"], -1),
            length_s=length_s,
            stride_s=stride_s,
            label_rule=label_rule,
            min_share=min_share,
        )
        n = len(windows.start)
        columns["_row"].append(np.full(n, row, dtype=np.int64))
        columns["label"].append(windows.label)
        columns["share"].append(windows.share)
        for modality in modalities:
            if modality == followed:
                start, rows = windows.start, windows.rows
            else:
                start, rows = _same_time(
                    recording,
                    modality,
                    store.schema[modality].rate_hz,
                    windows,
                    whole=length_s is None and not recording[f"{followed}_gaps"],
                )
            columns[f"{modality}_shard"].append(np.full(n, recording[f"{modality}_shard"]))
            columns[f"{modality}_start"].append(
                np.where(rows > 0, recording[f"{modality}_start"] + start, 0)
            )
            columns[f"{modality}_rows"].append(rows)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    whose = joined.pop("_row")
    recordings = store.recordings[whose]
    return pl.DataFrame(
        {
            "window": np.arange(len(whose), dtype=np.uint64),
            "recording": recordings["id"],
            "subject": recordings["subject"],
            **{name: _column(recordings, name) for name in ("session", "scene", "view")},
            "activity": _names(store.classes, joined["label"]),
            **joined,
        }
    )


def _windows(
    recording: dict[str, Any],
    modality: str,
    rate_hz: float,
    labels: NDArray[np.int32] | None,
    activity: int,
    **rule: Any,
) -> _Windows:
    gaps = np.array(recording[f"{modality}_gaps"], dtype=np.int64).reshape(-1, 2)
    n = recording[f"{modality}_rows"]
    if rule["length_s"] is None and not len(gaps) and labels is None:
        start, rows = np.zeros(1, dtype=np.int64), np.array([n], dtype=np.int64)
    else:
        if labels is None:
            rule["min_share"] = 0.0  # all of the recording is the same activity
        table, _ = window_index(n, rate_hz=rate_hz, gaps=gaps, labels=labels, **rule)
        start, rows = table["start"].to_numpy(), table["length"].to_numpy()
    begin_s = (recording[f"{modality}_start_s"] or 0.0) + _steps(gaps, start) / rate_hz
    if labels is None:
        label = np.full(len(start), activity, dtype=np.int64)
        share = np.full(len(start), float(activity >= 0))
    else:
        label = table["label"].fill_null(-1).cast(pl.Int64).to_numpy()
        share = table["share"].fill_null(0.0).to_numpy()
    return _Windows(start, rows, begin_s, begin_s + rows / rate_hz, label, share)


def _steps(gaps: Ints, row: Ints) -> Ints:
    """How many grid steps a row is from the recording's first, missing ones counted in."""
    missing = np.concatenate([[0], np.cumsum(gaps[:, 1])])
    steps: Ints = row + missing[np.searchsorted(gaps[:, 0], row, side="right")]
    return steps


def _same_time(
    recording: dict[str, Any], modality: str, rate_hz: float, windows: _Windows, *, whole: bool
) -> tuple[Ints, Ints]:
    """Find the rows of another modality at the time of each window."""
    n = recording[f"{modality}_rows"]
    none = np.zeros(len(windows.start), dtype=np.int64)
    if n == 0:
        return none, none
    gaps = np.array(recording[f"{modality}_gaps"], dtype=np.int64).reshape(-1, 2)
    if whole and not len(gaps):
        # A trial as a whole is one thing in all modalities, whatever their clocks say.
        return none, none + n
    first = np.concatenate([[0], gaps[:, 0]])
    last = np.append(gaps[:, 0], n)
    first, last = first[first < last], last[first < last]
    offset = _steps(gaps, first) - first  # grid step of a row = row + offset
    origin = recording[f"{modality}_start_s"] or 0.0
    wanted = np.round((windows.end_s - windows.begin_s) * rate_hz).astype(np.int64)
    begin = np.round((windows.begin_s - origin) * rate_hz).astype(np.int64)
    segment = np.searchsorted(first + offset, begin + wanted // 2, side="right") - 1
    segment = np.clip(segment, 0, len(first) - 1)
    start = np.maximum(begin - offset[segment], first[segment])
    stop = np.minimum(begin + wanted - offset[segment], last[segment])
    enough = stop - start >= np.maximum(1, np.ceil(_MIN_OVERLAP * wanted))
    return np.where(enough, start, 0), np.where(enough, stop - start, 0)


def _column(recordings: pl.DataFrame, name: str) -> pl.Series:
    # Stores of older versions know no scenes and views.
    if name in recordings.columns:
        return recordings[name]
    return pl.Series([None] * len(recordings), dtype=pl.String)


def _names(classes: tuple[str, ...], label: Ints) -> pl.Series:
    return pl.Series([None if number < 0 else classes[number] for number in label], dtype=pl.String)
