"""Batches of augmented views, prepared ahead by threads in Rust."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse.data.arrays import ArrayStore
from kinefuse.data.batch import Batch
from kinefuse.data.prepare import Prepare
from kinefuse.data.source import Store, batch_source
from kinefuse.errors import InputError

__all__ = ["BatchLoader"]


class BatchLoader:
    """Iterate over batches of views of windows.

    Each window is read, prepared, kept in memory if there is room, and augmented once a view, by
    Rust threads that work ahead of the loop. There are no worker processes.

    Parameters
    ----------
    store : MotionStore or ArrayStore
        Where the rows are.
    index : polars.DataFrame
        One row a window: ``window`` (id), ``label`` (optional; null or -1 for none) and for each
        modality ``m`` ``{m}_shard``, ``{m}_start``, ``{m}_rows``; null or 0 rows where a window
        has no such data.
    prepare : mapping of str to Prepare
        The modalities to load, and what is done to their windows.
    plans : mapping of str to Plan, optional
        Augmentations by modality. Without one, all views are the prepared window. A step that is
        ``shared`` in one must be so in all, so that a sample's modalities stay synchronous.
    n_views : int
        Views of each window, V.
    batch_size : int
        Windows in a batch, B, on each rank.
    seed : int
        0 to 2**64 - 1. A view depends on the seed, the epoch, the window's id, the view's number
        and the modality's name, and on nothing else.
    shuffle : bool
        A new random order each epoch; otherwise the index's.
    drop_last : bool
        Leave out a last batch that is not full.
    rank, world_size : int
        This process and how many there are. All share one global order, of which each takes every
        ``world_size``-th window. Without ``drop_last`` the order's first windows are taken again
        until all ranks have the same number.
    prefetch : int
        Batches that lie ready, while half as many more are in the making; 0 makes each when it is
        asked for, without a thread.
    cache_bytes : int
        Memory for prepared windows, 1 GiB unless told. What does not fit is prepared every time.

    Raises
    ------
    InputError
        A row of the index that points outside the data, windows of different lengths with nothing
        to resize them, or another value that makes no sense.
    ConfigError
        A step shared in one plan and absent, or different, in another.
    FormatError
        A shard that is not a float32 ``.npy`` file.

    Notes
    -----
    Call :meth:`set_epoch` before each epoch; the same epoch gives the same batches. Two iterators
    do not disturb each other. In a forked child an iterator goes on where it was, without its
    thread. Arrays in memory are copied once.

    Examples
    --------
    >>> from kinefuse.augment import inertial
    >>> from kinefuse.data import BatchLoader, Prepare
    >>> loader = BatchLoader.from_arrays(
    ...     {"inertial": np.zeros((10, 80, 6))},
    ...     prepare={"inertial": Prepare(length=50)},
    ...     plans={"inertial": inertial.Jitter(0.05)},
    ...     n_views=2,
    ...     batch_size=4,
    ... )
    >>> [batch["inertial"].shape for batch in loader]
    [(2, 4, 6, 50), (2, 4, 6, 50), (2, 2, 6, 50)]
    """

    def __init__(
        self,
        store: Store,
        index: pl.DataFrame,
        *,
        prepare: Mapping[str, Prepare],
        plans: Mapping[str, Any] | None = None,
        n_views: int = 1,
        batch_size: int = 64,
        seed: int = 0,
        shuffle: bool = True,
        drop_last: bool = False,
        rank: int = 0,
        world_size: int = 1,
        prefetch: int = 4,
        cache_bytes: int = 1 << 30,
    ) -> None:
        for what, value, least in (
            ("n_views", n_views, 1),
            ("batch_size", batch_size, 1),
            ("seed", seed, 0),
            ("rank", rank, 0),
            ("world_size", world_size, 1),
            ("prefetch", prefetch, 0),
            ("cache_bytes", cache_bytes, 0),
        ):
            _check_integer(what, value, least)
        plans = dict(plans or {})
        for name in plans:
            if name not in prepare:
                raise InputError(
                    f"plans: {name!r} is not among the modalities to load ({', '.join(prepare)})"
                )
        self._modalities = tuple(prepare)
        self._n = index.height
        self._order: dict[str, Any] = {
            "batch_size": batch_size,
            "shuffle": bool(shuffle),
            "drop_last": bool(drop_last),
            "rank": rank,
            "world_size": world_size,
        }
        self._rows: NDArray[np.uint32] | None = None
        self._prefetch = prefetch
        self._epoch = 0
        self.set_order(None)
        self._source = batch_source(store, index, prepare, plans, seed, n_views, cache_bytes)

    @classmethod
    def from_arrays(
        cls,
        data: Mapping[str, ArrayLike | Sequence[ArrayLike | None]],
        labels: ArrayLike | None = None,
        *,
        prepare: Mapping[str, Prepare] | None = None,
        **settings: Any,
    ) -> "BatchLoader":
        """Load from arrays in memory; see :class:`ArrayStore` for what ``data`` may be.

        The window's id is its number. Without ``prepare``, all windows of a modality must be of
        the same length and stay as they are. ``settings`` are those of the class.
        """
        store = ArrayStore(data, labels)
        if prepare is None:
            prepare = dict.fromkeys(store.modalities, Prepare())
        return cls(store, store.index, prepare=prepare, **settings)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Names of the modalities."""
        return self._modalities

    @property
    def epoch(self) -> int:
        """The epoch that the next iterator goes through."""
        return self._epoch

    def set_epoch(self, epoch: int) -> None:
        """Choose the epoch of the next iterators: its order and its random numbers.

        Raises
        ------
        InputError
            Not a number from 0.
        """
        _check_integer("epoch", epoch, 0)
        self._epoch = int(epoch)

    def set_order(self, rows: ArrayLike | None) -> None:
        """Choose the windows of the next epochs, instead of each once.

        Parameters
        ----------
        rows : (n,) array of int, or None
            Row numbers of the index, in order; a window may come more than once, and then has the
            same views each time. None goes back to every window once.

        Raises
        ------
        InputError
            A row that the index does not have, or an array that is not of whole numbers.

        Examples
        --------
        >>> loader = BatchLoader.from_arrays(
        ...     {"inertial": np.zeros((10, 80, 6))}, batch_size=2, shuffle=False
        ... )
        >>> loader.set_order([7, 7, 0, 3])
        >>> [batch.window.tolist() for batch in loader]
        [[7, 7], [0, 3]]
        """
        if rows is None:
            self._rows = None
        else:
            order = np.asarray(rows)
            if order.ndim != 1 or (order.dtype.kind not in "iu" and order.size):
                raise InputError(
                    f"set_order: expected (n,) row numbers, got {order.dtype} {order.shape}"
                )
            if order.size and not (order.min() >= 0 and order.max() < self._n):
                worst = order.min() if order.min() < 0 else order.max()
                raise InputError(f"set_order: expected rows from 0 to {self._n - 1}, got {worst}")
            self._rows = order.astype(np.uint32)
        in_order = self._n if self._rows is None else len(self._rows)
        self._batches, self._share = _native.batch_counts(in_order, **self._order)

    @property
    def batch_size(self) -> int:
        """Windows of a full batch, on this rank."""
        return int(self._order["batch_size"])

    @property
    def n_windows(self) -> int:
        """Windows of the index, over all ranks."""
        return self._n

    @property
    def n_repeated(self) -> int:
        """Windows taken twice in an epoch, over all ranks, so that all have the same number."""
        in_order = self._n if self._rows is None else len(self._rows)
        return max(0, self._share * int(self._order["world_size"]) - in_order)

    def __len__(self) -> int:
        """Batches of an epoch on this rank."""
        return self._batches

    def __iter__(self) -> Iterator[Batch]:
        stream = self._source.stream(
            rows=self._rows, epoch=self._epoch, prefetch=self._prefetch, **self._order
        )
        return _Batches(stream, self._modalities)


class _Batches:
    """The batches of one epoch."""

    def __init__(self, stream: _native.BatchStream, modalities: tuple[str, ...]) -> None:
        self._stream = stream
        self._modalities = modalities

    def __iter__(self) -> "_Batches":
        return self

    def __next__(self) -> Batch:
        parts = self._stream.next()
        if parts is None:
            raise StopIteration
        views, window, label, present = parts
        return Batch(
            views=dict(zip(self._modalities, views, strict=True)),
            window=window,
            label=label,
            present=dict(zip(self._modalities, present, strict=True)),
        )


def _check_integer(what: str, value: object, least: int) -> None:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not whole or not least <= value < 2**64:  # type: ignore[operator]
        raise InputError(f"{what}: expected a whole number, {least} or more, got {value!r}")
