"""Mean and standard deviation of prepared windows."""

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.prepare import Prepare
from kinefuse.data.source import Store, batch_source, shards
from kinefuse.errors import InputError

__all__ = ["ChannelStatistics", "channel_statistics"]


class ChannelStatistics(NamedTuple):
    """Mean and standard deviation to standardise with."""

    mean: NDArray[np.float64]
    std: NDArray[np.float64]


def channel_statistics(
    store: Store,
    index: pl.DataFrame,
    modality: str,
    prepare: Prepare,
    *,
    per: str = "channel",
) -> ChannelStatistics:
    """Measure mean and standard deviation of windows as they are prepared.

    Give it the training windows only.

    Parameters
    ----------
    store, index
        As for :class:`BatchLoader`.
    modality : str
        Which one.
    prepare : Prepare
        Its preparation; ``mean`` and ``std`` are left out.
    per : {"channel", "joint"}
        ``"channel"``: both for each channel, ``(C,)``, or coordinate, ``(D,)``. ``"joint"``, for
        skeletons: a mean for each joint and coordinate, ``(J, D)``, and one deviation from these
        for all, ``()``.

    Returns
    -------
    ChannelStatistics
        ``mean`` and ``std`` in float64, for :class:`Prepare`. ``std`` is the population's. It is 1
        where a channel never changes: such a channel becomes 0.

    Raises
    ------
    InputError
        A channel without a single finite value, or a row of the index that points outside.

    Examples
    --------
    >>> from kinefuse.data import ArrayStore, Prepare
    >>> store = ArrayStore({"inertial": np.arange(24.0).reshape(2, 6, 2)})
    >>> channel_statistics(store, store.index, "inertial", Prepare()).mean
    array([11., 12.])
    """
    if per not in ("channel", "joint"):
        raise InputError(f"per: expected 'channel' or 'joint', got {per!r}")
    plain = Prepare(prepare.length, prepare.resize, prepare.normalize)
    source = batch_source(store, index, {modality: plain}, {}, 0, 1, 0)
    shape = shards(store, index, modality)[0].shape[1:]
    if per == "joint" and len(shape) != 2:
        raise InputError(f"per: 'joint' is for skeletons; {modality} has samples of shape {shape}")
    parts = (np.asarray(part, dtype=np.float64) for part in source.statistics(0))
    count, mean, squares = (part.reshape(shape) for part in parts)
    empty = np.argwhere(count == 0)
    if len(empty):
        column = tuple(int(i) for i in empty[0])
        raise InputError(f"{modality}: column {column} has no finite value in these windows")
    if per == "joint":
        std = np.sqrt(squares.sum() / count.sum())
    elif len(shape) == 2:
        total = count.sum(axis=0)
        joint_mean, mean = mean, (count * mean).sum(axis=0) / total
        std = np.sqrt((squares + count * (joint_mean - mean) ** 2).sum(axis=0) / total)
    else:
        std = np.sqrt(squares / count)
    return ChannelStatistics(mean, np.where(std > 0, std, 1.0))
