"""Parts of a split: the windows of these subjects, in these scenes, sessions and views."""

import warnings
from collections.abc import Iterable, Mapping

import polars as pl

from kinefuse.errors import ConfigError, InputError, LeakageWarning, SplitError

__all__ = [
    "CONDITIONS",
    "Conditions",
    "are_apart",
    "check_conditions",
    "natural",
    "select",
    "warn_of_leakage",
]

Conditions = Mapping[str, Iterable[str | int]]
"""Values that a window may have, by column."""

CONDITIONS = ("subject", "scene", "session", "view")
"""The columns of an index by which it can be split."""


def check_conditions(conditions: Conditions, part: str) -> dict[str, tuple[str, ...]]:
    """Return the values as text, each once.

    Raises
    ------
    ConfigError
        A column that windows cannot be split by, or one without values.
    """
    checked = {}
    for column, values in conditions.items():
        if column not in CONDITIONS:
            raise ConfigError(f"{part}: expected some of {', '.join(CONDITIONS)}, got {column!r}")
        if isinstance(values, str):
            raise ConfigError(f"{part}: {column}: expected a list of names, got {values!r}")
        checked[column] = tuple(dict.fromkeys(str(value) for value in values))
        if not checked[column]:
            raise ConfigError(f"{part}: {column}: expected at least one name, got none")
    if not checked:
        raise ConfigError(f"{part}: expected at least one of {', '.join(CONDITIONS)}")
    return checked


def are_apart(one: Conditions, other: Conditions) -> bool:
    """Return whether no window can meet both.

    Examples
    --------
    >>> are_apart({"subject": ["1"], "scene": ["1", "3"]}, {"scene": ["2"]})
    True
    >>> are_apart({"subject": ["1"]}, {"scene": ["2"]})
    False
    """
    return any(set(one[column]).isdisjoint(other[column]) for column in one if column in other)


def select(index: pl.DataFrame, conditions: Conditions, *, part: str) -> pl.DataFrame:
    """Return the windows that meet all conditions, in their old order.

    Parameters
    ----------
    index : polars.DataFrame
        Of :meth:`MotionStore.window_index`, or any with the columns that are named.
    conditions : dict of str to list of str
        ``{"subject": ["1", "3"], "scene": ["2"]}``.
    part : str
        What errors call it.

    Raises
    ------
    ConfigError
        A condition that makes no sense.
    SplitError
        A value that no window of the index has, or no window meets all conditions.

    Examples
    --------
    >>> index = pl.DataFrame({"window": [0, 1, 2], "subject": ["1", "1", "2"],
    ...                       "scene": ["1", "2", "2"]})
    >>> select(index, {"subject": [1], "scene": [2]}, part="test")["window"].to_list()
    [1]
    """
    checked = check_conditions(conditions, part)
    for column, values in checked.items():
        if column not in index.columns:
            raise InputError(f"{part}: the index has no column {column!r}")
        there = set(index[column].cast(pl.String).unique().drop_nulls())
        if missing := [value for value in values if value not in there]:
            known = ", ".join(sorted(there, key=natural)) or "none"
            raise SplitError(
                f"{part}: no {column} {', '.join(map(repr, missing))}; there are {known}"
            )
    chosen = _matching(index, checked)
    if chosen.is_empty():
        wanted = "; ".join(f"{column} {', '.join(values)}" for column, values in checked.items())
        raise SplitError(f"{part}: no window meets all of: {wanted}")
    return chosen


def warn_of_leakage(
    index: pl.DataFrame, parts: Mapping[str, Conditions], *, stacklevel: int = 2
) -> None:
    """Warn for each pair of parts that have a subject in common.

    Parameters
    ----------
    index : polars.DataFrame
        The windows.
    parts : dict of str to dict
        The conditions of each part, by its name.
    stacklevel : int
        As :func:`warnings.warn` takes it.

    Warns
    -----
    LeakageWarning
        A subject is in two parts, which are apart in scenes, sessions or views only.
    """
    names = list(parts)
    subjects = {
        name: set(_matching(index, check_conditions(parts[name], name))["subject"].cast(pl.String))
        for name in names
    }
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if not (shared := subjects[one] & subjects[other]):
                continue
            by = [
                column
                for column in CONDITIONS
                if column in parts[one]
                and column in parts[other]
                and set(parts[one][column]).isdisjoint(parts[other][column])
            ]
            text = (
                f"subjects in {one} and in {other}: {len(shared)}, apart by {' and '.join(by)} "
                "only; a result tells of people that the model knows, not of new ones"
            )
            if by == ["view"]:
                text += (
                    "; what cameras do not see, as inertial sensors, is even the same in both parts"
                )
            warnings.warn(text, LeakageWarning, stacklevel=stacklevel)


def _matching(index: pl.DataFrame, conditions: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    kept = [pl.col(c).cast(pl.String).is_in(list(values)) for c, values in conditions.items()]
    return index.filter(pl.all_horizontal(kept))


def natural(name: str) -> tuple[bool, int, str]:
    """Return a key that sorts names that are numbers by size, before the others."""
    return (not name.isdigit(), int(name) if name.isdigit() else 0, name)
