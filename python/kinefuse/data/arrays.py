"""Windows that are arrays in memory already."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import DtypeError, InputError, ShapeError

__all__ = ["ArrayStore"]


class ArrayStore:
    """Windows from arrays, where no store is at hand.

    Parameters
    ----------
    data : mapping of str to array or sequence of arrays
        By modality, one entry a window: inertial ``(N, T, C)`` or N arrays ``(T, C)``, skeleton
        ``(N, T, J, D)`` or N arrays ``(T, J, D)``, float32 or float64. ``None`` where a window has
        no such data.
    labels : (N,) integers, optional
        Class numbers, -1 for none.

    Attributes
    ----------
    index : polars.DataFrame
        One row a window, as :meth:`kinefuse.data.MotionStore.window_index` gives; filter it to
        take some.

    Raises
    ------
    ShapeError, DtypeError
        Arrays that are not windows, or do not fit together.

    Examples
    --------
    >>> from kinefuse.data import ArrayStore
    >>> store = ArrayStore({"inertial": np.zeros((5, 100, 6))}, labels=[0, 1, 0, 1, -1])
    >>> store.index.columns
    ['window', 'label', 'inertial_shard', 'inertial_start', 'inertial_rows']
    """

    def __init__(
        self,
        data: Mapping[str, ArrayLike | Sequence[ArrayLike | None]],
        labels: ArrayLike | None = None,
    ) -> None:
        if not data:
            raise InputError("data: expected one modality or more")
        self._arrays: dict[str, NDArray[np.float32]] = {}
        columns: dict[str, NDArray[np.int64]] = {}
        sizes = {}
        for name, entries in data.items():
            windows = [_window(name, i, entry) for i, entry in enumerate(entries)]  # type: ignore[arg-type]
            sizes[name] = len(windows)
            self._arrays[name], rows = _join(name, windows)
            columns[f"{name}_shard"] = np.zeros(len(rows), dtype=np.int64)
            columns[f"{name}_start"] = np.cumsum(rows) - rows
            columns[f"{name}_rows"] = rows
        n = next(iter(sizes.values()))
        label = np.full(n, -1) if labels is None else np.asarray(labels)
        if label.ndim != 1 or not np.issubdtype(label.dtype, np.integer):
            raise DtypeError(f"labels: expected (N,) integers, got {label.dtype} {label.shape}")
        if len({n, len(label), *sizes.values()}) > 1:
            raise ShapeError(f"data: different numbers of windows: {sizes}, {len(label)} labels")
        self.index = pl.DataFrame(
            {"window": np.arange(n, dtype=np.uint64), "label": label.astype(np.int64), **columns}
        )

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities."""
        return tuple(self._arrays)

    def array(self, modality: str, shard: int = 0) -> NDArray[np.float32]:
        """Return all rows of a modality, window after window."""
        return self._arrays[modality]


def _window(name: str, i: int, entry: ArrayLike | None) -> NDArray[np.float32] | None:
    if entry is None:
        return None
    x = np.asarray(entry)
    if x.dtype not in (np.float32, np.float64):
        raise DtypeError(f"{name}, window {i}: expected float32 or float64, got {x.dtype}")
    if x.ndim not in (2, 3) or 0 in x.shape:
        raise ShapeError(f"{name}, window {i}: expected (T, C) or (T, J, D), got {x.shape}")
    return x.astype(np.float32, copy=False)


def _join(
    name: str, windows: list[NDArray[np.float32] | None]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    there = [x for x in windows if x is not None]
    if not there:
        raise InputError(f"{name}: expected one window or more with data")
    for i, x in enumerate(windows):
        if x is not None and x.shape[1:] != there[0].shape[1:]:
            raise ShapeError(
                f"{name}, window {i}: samples of shape {x.shape[1:]}, "
                f"but {there[0].shape[1:]} in the first"
            )
    rows = np.array([0 if x is None else len(x) for x in windows], dtype=np.int64)
    return np.concatenate(there), rows
