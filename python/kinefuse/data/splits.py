"""Who trains, who tests, and which few windows have labels.

All functions take the table of :meth:`MotionStore.window_index`, or any with the columns
``window``, ``subject`` and ``label``, and return rows of it in their old order.
"""

import hashlib
import math
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from kinefuse.data.parts import (
    Conditions,
    are_apart,
    check_conditions,
    natural,
    select,
    warn_of_leakage,
)
from kinefuse.errors import ConfigError, LeakageWarning, SplitError

__all__ = [
    "Split",
    "at_random",
    "by_condition",
    "by_subject",
    "few_labels",
    "leave_one_subject_out",
]


@dataclass(frozen=True, eq=False)
class Split:
    """Three tables of windows. ``validation`` may be empty."""

    train: pl.DataFrame
    validation: pl.DataFrame
    test: pl.DataFrame

    def __repr__(self) -> str:
        return (
            f"Split(train={len(self.train)}, validation={len(self.validation)}, "
            f"test={len(self.test)} windows)"
        )


def by_subject(
    index: pl.DataFrame,
    *,
    train: Iterable[str | int],
    validation: Iterable[str | int] = (),
    test: Iterable[str | int],
) -> Split:
    """Split by subject.

    Parameters
    ----------
    index : polars.DataFrame
        The windows.
    train, validation, test : iterables of str or int
        The subjects of each part; those named nowhere are left out.

    Raises
    ------
    SplitError
        A subject stands in two parts or is not in the index; a part has no windows.

    Examples
    --------
    >>> index = pl.DataFrame({"window": [0, 1, 2], "subject": ["1", "2", "7"]})
    >>> by_subject(index, train=[1], validation=[7], test=[2])
    Split(train=1, validation=1, test=1 windows)
    """
    parts = {
        "train": _names(train),
        "validation": _names(validation),
        "test": _names(test),
    }
    there = set(index["subject"])
    seen: dict[str, str] = {}
    for part, subjects in parts.items():
        for subject in subjects:
            if seen.get(subject, part) != part:
                raise SplitError(f"subject {subject!r} is in {seen[subject]} and in {part}")
            if subject not in there:
                raise SplitError(
                    f"{part}: no subject {subject!r}; there are {', '.join(sorted(there))}"
                )
            seen[subject] = part
        if not subjects and part != "validation":
            raise SplitError(f"{part}: expected at least one subject, got none")
    return Split(
        **{
            part: index.filter(pl.col("subject").is_in(subjects))
            for part, subjects in parts.items()
        }
    )


def by_condition(
    index: pl.DataFrame,
    *,
    train: Conditions,
    validation: Conditions | None = None,
    test: Conditions,
) -> Split:
    """Split by subject, scene, session and view, or some of them.

    Parameters
    ----------
    index : polars.DataFrame
        The windows.
    train, validation, test : dict of str to list of str or int
        What the windows of each part have: ``{"scene": [1, 3, 4], "subject": range(1, 17)}``. A
        window that meets the conditions of no part is left out.

    Warns
    -----
    LeakageWarning
        A subject is in two parts, in different scenes, sessions or views.

    Raises
    ------
    ConfigError
        A condition that makes no sense.
    SplitError
        A window may be in two parts; no window has a value, or meets a part's conditions.

    Examples
    --------
    >>> index = pl.DataFrame({"window": [0, 1, 2], "subject": ["1", "2", "3"],
    ...                       "scene": ["1", "1", "2"]})
    >>> by_condition(index, train={"scene": [1]}, test={"scene": [2]})
    Split(train=2, validation=0, test=1 windows)
    """
    given = {"train": train, "validation": validation, "test": test}
    parts = {
        name: check_conditions(conditions, name)
        for name, conditions in given.items()
        if conditions is not None
    }
    names = list(parts)
    for i, one in enumerate(names):
        for other in names[i + 1 :]:
            if not are_apart(parts[one], parts[other]):
                raise SplitError(
                    f"a window can be in {one} and in {other}: give them subjects, scenes, "
                    "sessions or views of which they share none"
                )
    found = {name: select(index, conditions, part=name) for name, conditions in parts.items()}
    warn_of_leakage(index, parts, stacklevel=3)
    return Split(found["train"], found.get("validation", index.clear()), found["test"])


def leave_one_subject_out(
    index: pl.DataFrame, *, subjects: Iterable[str | int] | None = None
) -> Iterator[tuple[str, Split]]:
    """Yield a split for each subject: that one tests, the others train.

    Parameters
    ----------
    index : polars.DataFrame
        The windows.
    subjects : iterable of str or int, optional
        Whom to go through; the others take no part. Without, everybody.

    Yields
    ------
    subject : str
    split : Split

    Raises
    ------
    SplitError
        There are fewer than two subjects, or one is not in the index.
    """
    there = sorted(set(index["subject"]), key=natural)
    chosen = there if subjects is None else _names(subjects)
    if len(chosen) < 2:
        raise SplitError(f"leave one subject out: expected two or more subjects, got {chosen}")
    for subject in chosen:
        others = [name for name in chosen if name != subject]
        yield subject, by_subject(index, train=others, test=[subject])


def at_random(
    index: pl.DataFrame, *, train: float, validation: float = 0.0, seed: int = 0
) -> Split:
    """Split windows at random, whoever they are from; what is left tests.

    Parameters
    ----------
    index : polars.DataFrame
        The windows.
    train, validation : float
        Their shares of the windows.
    seed : int
        Another seed, another split.

    Warns
    -----
    LeakageWarning
        A subject is in training and in test, so that the test flatters.

    Raises
    ------
    ConfigError
        The shares make no sense.
    SplitError
        A part has no windows.
    """
    if not (0 < train < 1 and 0 <= validation < 1 and train + validation < 1):
        raise ConfigError(
            f"at_random: expected shares that leave some for the test, got {train}, {validation}"
        )
    order = np.argsort(_draw(index, seed), kind="stable")
    n_train = round(train * len(index))
    n_validation = round(validation * len(index))
    cuts = np.split(order, [n_train, n_train + n_validation])
    split = Split(*(index[np.sort(rows)] for rows in cuts))
    if split.train.is_empty() or split.test.is_empty():
        raise SplitError(f"at_random: {len(index)} windows are too few for {split!r}")
    shared = set(split.train["subject"]) & set(split.test["subject"])
    if shared:
        warnings.warn(
            f"{len(shared)} subjects are in training and in test: this tells how well a model "
            "knows these people, not how well it does for others; use by_subject",
            LeakageWarning,
            stacklevel=2,
        )
    return split


def few_labels(
    index: pl.DataFrame,
    *,
    per_class: int | None = None,
    share: float | None = None,
    per_subject: bool = False,
    balance_subjects: bool = False,
    seed: int = 0,
) -> pl.DataFrame:
    """Draw the windows whose labels may be used.

    Draws are nested: with the same seed, those for one label a class are among those for two, and
    those for a share among those for a larger one. Unless subjects are balanced, whether a window
    is drawn depends on its own class only.

    Parameters
    ----------
    index : polars.DataFrame
        The windows to draw from: those of the training subjects.
    per_class : int, optional
        How many of each class.
    share : float, optional
        Instead: this share of each class, rounded down, but at least one.
    per_subject : bool
        Count for each subject by itself instead of for all together.
    balance_subjects : bool
        Take turns: a class has a second label of a subject only when it has one of every other
        that shows it, and the first labels of all classes are spread evenly over the subjects.
    seed : int
        Another seed, another draw.

    Returns
    -------
    polars.DataFrame
        The drawn rows of ``index``. Windows without a label are never drawn.

    Raises
    ------
    ConfigError
        Not exactly one of ``per_class`` and ``share``, or out of range; both ``per_subject`` and
        ``balance_subjects``.
    SplitError
        A class has fewer windows than asked for.

    Examples
    --------
    >>> index = pl.DataFrame({"window": range(6), "label": [0, 0, 0, 1, 1, 1]})
    >>> one, two = (few_labels(index, per_class=k, seed=3) for k in (1, 2))
    >>> len(one), len(two), set(one["window"]) < set(two["window"])
    (2, 4, True)
    """
    if (per_class is None) == (share is None):
        raise ConfigError("few_labels: expected either per_class or share")
    if per_class is not None and per_class < 1:
        raise ConfigError(f"few_labels: per_class: expected at least 1, got {per_class}")
    if share is not None and not 0 < share <= 1:
        raise ConfigError(f"few_labels: share: expected above 0, at most 1, got {share}")
    if per_subject and balance_subjects:
        raise ConfigError("few_labels: per_subject leaves balance_subjects nothing to do")
    groups = ["label", "subject"] if per_subject else ["label"]
    labelled = index.with_row_index("_row").filter(pl.col("label") >= 0)
    labelled = labelled.with_columns(_draw=_draw(labelled, seed))
    turn = _turns(labelled, seed) if balance_subjects else pl.lit(0)
    labelled = labelled.with_columns(_turn=turn)
    rows: list[int] = []
    for name, group in labelled.sort(*groups, "_turn", "_draw", "window").group_by(
        groups, maintain_order=True
    ):
        wanted = per_class or max(1, math.floor((share or 0.0) * len(group) + 1e-9))
        if wanted > len(group):
            whose = f" of subject {name[1]}" if per_subject else ""
            raise SplitError(
                f"few_labels: class {name[0]}{whose} has {len(group)} windows, fewer than {wanted}"
            )
        rows += group["_row"][:wanted].to_list()
    if not rows:
        raise SplitError("few_labels: no window has a label")
    return index[sorted(rows)]


def _draw(index: pl.DataFrame, seed: int) -> pl.Series:
    # A hash, not a generator: a window's place does not depend on which others there are, nor on
    # the version of NumPy.
    numbers = [_number(f"{seed}:{window}") for window in index["window"]]
    return pl.Series(numbers, dtype=pl.UInt64)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def _turns(labelled: pl.DataFrame, seed: int) -> pl.Series:
    """Return when in its class each window's turn is, if subjects take turns."""

    def shuffled(column: str) -> dict[object, int]:
        values = labelled[column].unique().to_list()
        drawn = sorted(values, key=lambda value: _number(f"{seed}:{column}:{value}"))
        return {value: place for place, value in enumerate(drawn)}

    subjects, classes = shuffled("subject"), shuffled("label")
    # Each class begins with the next subject.
    first = (
        pl.col("subject").replace_strict(subjects, return_dtype=pl.Int64)
        - pl.col("label").replace_strict(classes, return_dtype=pl.Int64)
    ) % len(subjects)
    repeats = pl.col("_draw").rank("ordinal").over("label", "subject").cast(pl.Int64) - 1
    return labelled.select(repeats * len(subjects) + first).to_series()


def _names(subjects: Iterable[str | int]) -> list[str]:
    return list(dict.fromkeys(str(subject) for subject in subjects))
