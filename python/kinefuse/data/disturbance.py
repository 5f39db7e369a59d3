"""Windows made worse on purpose: modalities that are not there, or not of the same time."""

from typing import Any
from zlib import crc32

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.errors import InputError

__all__ = ["drop_modality", "shift_modality"]


def drop_modality(
    index: pl.DataFrame, modality: str, *, share: float = 1.0, seed: int = 0
) -> pl.DataFrame:
    """Return the windows without a modality, in a share of them.

    Parameters
    ----------
    index : polars.DataFrame
        Of :meth:`MotionStore.window_index`.
    modality : str
    share : float
        0 to 1, of all windows; which ones is drawn at random. Those that lack it at a share lack it
        at every larger one.
    seed : int
        Of the draw, which is another one for another modality.

    Returns
    -------
    polars.DataFrame
        The same windows; no rows of the modality where it is taken away.

    Raises
    ------
    InputError
        The windows have no such modality, or a share out of range.

    Examples
    --------
    >>> index = pl.DataFrame({"window": range(4), "skeleton_rows": [30] * 4})
    >>> drop_modality(index, "skeleton", share=0.5)["skeleton_rows"].sort().to_list()
    [0, 0, 30, 30]
    """
    _check(index, modality, "drop_modality")
    if not 0 <= share <= 1:
        raise InputError(f"drop_modality: expected a share from 0 to 1, got {share}")
    order = np.random.default_rng([seed, crc32(modality.encode())]).permutation(len(index))
    gone = np.zeros(len(index), dtype=bool)
    gone[order[: round(share * len(index))]] = True
    rows = pl.col(f"{modality}_rows")
    return index.with_columns(
        pl.when(pl.lit(pl.Series(gone))).then(pl.lit(0, pl.Int64)).otherwise(rows).alias(
            f"{modality}_rows"
        )
    )  # fmt: skip


def shift_modality(store: Any, index: pl.DataFrame, modality: str, shift_s: float) -> pl.DataFrame:
    """Return the windows with a modality taken later than the others.

    What a clock that is off does: the modality's rows begin ``shift_s`` later within their gap-free
    segment. A window that would run over the end of the segment is moved no further than it goes
    whole; one that is the whole segment, as a trial is, loses its beginning instead, and keeps two
    rows at least.

    Parameters
    ----------
    store : MotionStore
        The one of the index.
    index : polars.DataFrame
        Of :meth:`MotionStore.window_index`.
    modality : str
    shift_s : float
        Seconds, 0 or more.

    Returns
    -------
    polars.DataFrame
        The same windows. Those that lack the modality stay as they are.

    Raises
    ------
    InputError
        The windows have no such modality, or a shift under 0 or not finite.
    """
    _check(index, modality, "shift_modality")
    if not 0 <= shift_s < float("inf"):
        raise InputError(f"shift_modality: expected seconds from 0, got {shift_s}")
    steps = round(shift_s * store.schema[modality].rate_hz)
    start = index[f"{modality}_start"].cast(pl.Int64).fill_null(0).to_numpy()
    rows = index[f"{modality}_rows"].cast(pl.Int64).fill_null(0).to_numpy()
    first, end = _segments(store, index["recording"], modality, start)
    whole = (start == first) & (start + rows == end)
    moved = np.where(whole, start + steps, np.minimum(start + steps, end - rows))
    moved = np.where(whole, np.minimum(moved, np.maximum(end - 2, first)), moved)
    kept = np.minimum(rows, end - moved)
    there = rows > 0
    return index.with_columns(
        pl.Series(f"{modality}_start", np.where(there, moved, start)),
        pl.Series(f"{modality}_rows", np.where(there, kept, rows)),
    )


def _segments(
    store: Any, recordings: pl.Series, modality: str, start: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the gap-free segment of each window begins and ends, as rows of the shard."""
    known: dict[str, NDArray[np.int64]] = {}
    for row in store.recordings.iter_rows(named=True):
        gaps = [before for before, _ in row[f"{modality}_gaps"]]
        cuts = np.unique(np.array([0, *gaps, row[f"{modality}_rows"]], dtype=np.int64))
        known[row["id"]] = cuts + row[f"{modality}_start"]
    bounds = np.empty((len(start), 2), dtype=np.int64)
    for i, (recording, at) in enumerate(zip(recordings, start.tolist(), strict=True)):
        cuts = known[recording]
        k = min(max(int(np.searchsorted(cuts, at, side="right")) - 1, 0), max(len(cuts) - 2, 0))
        bounds[i] = cuts[k], cuts[min(k + 1, len(cuts) - 1)]
    return bounds[:, 0], bounds[:, 1]


def _check(index: pl.DataFrame, modality: str, who: str) -> None:
    there = [c.removesuffix("_rows") for c in index.columns if c.endswith("_rows")]
    if modality not in there:
        raise InputError(
            f"{who}: expected one of the windows' modalities ({', '.join(there)}), got {modality!r}"
        )
