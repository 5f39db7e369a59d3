"""Labels that are told one by one instead of drawn."""

from collections.abc import Iterable

import polars as pl

from kinefuse.errors import ConfigError, SplitError

__all__ = ["listed_labels"]

_SHOWN = 5


def listed_labels(index: pl.DataFrame, labels: Iterable[str | int]) -> pl.DataFrame:
    """Return the windows of a list, in the order of the index.

    Parameters
    ----------
    index : polars.DataFrame
        The windows to choose from: those of the training subjects. Of
        :meth:`MotionStore.window_index`, or any with ``window``, ``recording`` and ``label``.
    labels : iterable of str or int
        Names of recordings, all labelled windows of each; or numbers of windows.

    Raises
    ------
    ConfigError
        The list is empty or names something twice.
    SplitError
        A recording or window is not among the windows, or has no label.

    Examples
    --------
    >>> index = pl.DataFrame(
    ...     {"window": [0, 1, 2], "recording": ["a", "b", "b"], "label": [0, 1, 1]}
    ... )
    >>> listed_labels(index, ["b"])["window"].to_list()
    [1, 2]
    """
    asked = list(labels)
    if not asked:
        raise ConfigError("labels: expected at least one recording or window, got none")
    if twice := sorted({str(one) for one in asked if asked.count(one) > 1}):
        raise ConfigError(f"labels: {_some(twice)} more than once")
    names = [one for one in asked if isinstance(one, str)]
    numbers = [int(one) for one in asked if not isinstance(one, str)]
    chosen = index.filter(
        (pl.col("recording").is_in(names) | pl.col("window").is_in(numbers))
        & (pl.col("label").fill_null(-1) >= 0)
    )
    found = set(chosen["recording"]) | set(chosen["window"])
    if missing := [str(one) for one in asked if one not in found]:
        raise SplitError(
            f"labels: {_some(missing)} not among the labelled training windows: check the names "
            "against the store, and the subjects against split.train"
        )
    return chosen


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
