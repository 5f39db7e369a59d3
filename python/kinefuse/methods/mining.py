"""Which windows of other people show the same: pairs found without a label."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import DtypeError, InputError, ShapeError

__all__ = ["MinedPairs", "centered_cosines", "mine_across_subjects"]


@dataclass(frozen=True, eq=False)
class MinedPairs:
    """Pairs of windows of different people.

    Attributes
    ----------
    pairs : (P, 2) array of int64
        Row numbers, the smaller first, in order; each pair once.
    n_windows : int
    """

    pairs: NDArray[np.int64]
    n_windows: int

    @property
    def per_window(self) -> float:
        """Mean number of mates of a window."""
        return 2 * len(self.pairs) / self.n_windows

    @property
    def covered(self) -> float:
        """Share of the windows that have a mate."""
        return len(np.unique(self.pairs)) / self.n_windows

    def purity(self, labels: ArrayLike) -> float:
        """Return the share of pairs of one class: a measure of the mining, never a part of it.

        Parameters
        ----------
        labels : (N,) array of int
            -1 for none; a pair with such a window does not count. NaN if no pair does.
        """
        first, second = np.asarray(labels)[self.pairs].T
        known = (first >= 0) & (second >= 0)
        return float((first == second)[known].mean()) if known.any() else float("nan")

    def mates(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the mates of all windows as compressed rows.

        Returns
        -------
        start : (N + 1,) array of int64
        mate : (2 P,) array of int64
            The mates of window ``i`` are ``mate[start[i]:start[i + 1]]``, in order.
        """
        both = np.concatenate([self.pairs, self.pairs[:, ::-1]])
        both = both[np.lexsort((both[:, 1], both[:, 0]))]
        start = np.zeros(self.n_windows + 1, dtype=np.int64)
        np.cumsum(np.bincount(both[:, 0], minlength=self.n_windows), out=start[1:])
        return start, both[:, 1].copy()


def centered_cosines(*projections: ArrayLike) -> NDArray[np.float64]:
    """Return how alike windows are: cosines of centred projections, the mean over modalities.

    Rows are made unit, their mean is taken away, and they are made unit again: what all windows
    have in common says nothing about which are alike.

    Parameters
    ----------
    *projections : (N, D) arrays
        One a modality, the same windows in the same order. A row of NaN is a window without that
        modality: its cosines are the mean over those that it has, NaN if it shares none.

    Returns
    -------
    (N, N) array of float64
    """
    total = count = None
    for z in projections:
        rows = np.asarray(z, dtype=np.float64)
        if rows.ndim != 2 or (total is not None and len(rows) != len(total)):
            raise ShapeError(
                f"centered_cosines: expected (N, D) of the same windows, got {rows.shape}"
            )
        there = np.asarray(np.isfinite(rows).all(axis=1))
        units = _units(np.where(there[:, None], rows, 0.0))
        common = units.sum(0) / max(there.sum(), 1)
        rows = _units(np.where(there[:, None], units - common, 0.0))
        both = np.logical_and.outer(there, there)
        total = rows @ rows.T if total is None else total + rows @ rows.T
        count = both.astype(int) if count is None else count + both
    if total is None or count is None:
        raise InputError("centered_cosines: expected at least one modality")
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: NDArray[np.float64] = total / count
    return mean


def mine_across_subjects(similarity: ArrayLike, subjects: ArrayLike, *, k: int = 4) -> MinedPairs:
    """Pair windows of different people that find each other.

    Of every other subject a window takes its ``k`` nearest windows; a pair is kept if each takes
    the other. The nearest windows of all are the same person's repetitions, which augmentation
    covers already; what a network does not know yet is who else does the same.

    Parameters
    ----------
    similarity : (N, N) array
        Of :func:`centered_cosines`. NaN is never near. Equal values are taken in row order.
    subjects : (N,) array
        Who each window is of, text or integers. What cannot be told apart by person can be by
        recording or session, with what that costs.
    k : int
        About how often a person shows each activity; fewer than a subject has windows.

    Returns
    -------
    MinedPairs

    Raises
    ------
    InputError
        Fewer than two subjects, or a ``k`` under 1.
    ShapeError
        ``similarity`` and ``subjects`` are not ``(N, N)`` and ``(N,)``.

    Examples
    --------
    >>> alike = [[1, 0.9, 0.8, 0.1], [0.9, 1, 0.2, 0.7], [0.8, 0.2, 1, 0.3], [0.1, 0.7, 0.3, 1]]
    >>> mine_across_subjects(alike, ["ann", "ann", "bob", "bob"], k=1).pairs.tolist()
    [[0, 2], [1, 3]]
    """
    alike = np.asarray(similarity, dtype=np.float64)
    who = np.asarray(subjects)
    if who.ndim != 1 or alike.shape != (len(who), len(who)):
        raise ShapeError(
            "mine_across_subjects: expected similarity (N, N) and subjects (N,), got "
            f"{alike.shape} and {who.shape}"
        )
    if who.dtype.kind not in "iuUT" and not all(isinstance(s, str) for s in who):
        raise DtypeError(f"mine_across_subjects: expected text or integers, got {who.dtype}")
    if k < 1:
        raise InputError(f"mine_across_subjects: expected k of at least 1, got {k}")
    names, person = np.unique(who, return_inverse=True)
    if len(names) < 2:
        raise InputError("mine_across_subjects: expected windows of at least two subjects")
    taken = np.zeros(alike.shape, dtype=bool)
    for number in range(len(names)):
        theirs, others = np.flatnonzero(person == number), np.flatnonzero(person != number)
        near = np.where(np.isnan(alike), -np.inf, alike)[np.ix_(others, theirs)]
        first = np.argsort(-near, axis=1, kind="stable")[:, :k]
        real = np.take_along_axis(near, first, 1) > -np.inf
        rows = np.repeat(others, first.shape[1]).reshape(first.shape)
        taken[rows[real], theirs[first][real]] = True
    pairs = np.argwhere(np.triu(taken & taken.T))
    return MinedPairs(pairs.astype(np.int64), len(who))


def _units(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(size > 0, size, 1)
