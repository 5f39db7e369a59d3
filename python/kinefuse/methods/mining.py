"""Which windows of other people show the same: pairs found without a label."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import DtypeError, InputError, ShapeError

__all__ = ["CenteredCosines", "MinedPairs", "mine_across_subjects"]


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


class CenteredCosines:
    """How alike windows are: cosines of centered projections, the mean over modalities.

    Rows are made unit, their mean is taken away, and they are made unit again: what all windows
    have in common says nothing about which are alike. Computed block by block, so that many windows
    need no square of memory; ``numpy.asarray`` gives all of it.

    Parameters
    ----------
    *projections : (N, D) arrays
        One a modality, the same windows in the same order. A row of NaN is a window without that
        modality: its cosines are the mean over those that it has, NaN if it shares none.

    Raises
    ------
    InputError
        No modality.
    ShapeError
        Arrays that are not of the same windows.

    Examples
    --------
    >>> alike = CenteredCosines([[2.0, 0.0], [0.0, 1.0]])
    >>> np.asarray(alike).round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """

    def __init__(self, *projections: ArrayLike) -> None:
        self._units: list[NDArray[np.float64]] = []
        self._there: list[NDArray[np.bool_]] = []
        for z in projections:
            rows = np.asarray(z, dtype=np.float64)
            if rows.ndim != 2 or (self._units and len(rows) != len(self)):
                raise ShapeError(
                    f"CenteredCosines: expected (N, D) of the same windows, got {rows.shape}"
                )
            there = np.asarray(np.isfinite(rows).all(axis=1))
            units = _units(np.where(there[:, None], rows, 0.0))
            common = units.sum(0) / max(there.sum(), 1)
            self._units.append(_units(np.where(there[:, None], units - common, 0.0)))
            self._there.append(there)
        if not self._units:
            raise InputError("CenteredCosines: expected at least one modality")

    def __len__(self) -> int:
        """Windows."""
        return len(self._units[0])

    def block(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the cosines of some windows with some, ``(len(rows), len(columns))``."""
        total = sum(units[rows] @ units[columns].T for units in self._units)
        count = sum(np.outer(there[rows], there[columns]).astype(int) for there in self._there)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean: NDArray[np.float64] = np.where(count, total, np.nan) / count
        return mean

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all cosines, ``(N, N)``."""
        every = np.arange(len(self))
        return self.block(every, every).astype(dtype or np.float64, copy=False)


def mine_across_subjects(
    similarity: CenteredCosines | ArrayLike,
    subjects: ArrayLike,
    *,
    k: int = 4,
    block: int = 4096,
) -> MinedPairs:
    """Pair windows of different people that find each other.

    Of every other subject a window takes its ``k`` nearest windows; a pair is kept if each takes
    the other. The nearest windows of all are the same person's repetitions, which augmentation
    covers already; what a network does not know yet is who else does the same.

    Parameters
    ----------
    similarity : CenteredCosines, or (N, N) array
        NaN is never near. Equal values are taken in row order.
    subjects : (N,) array
        Who each window is of, text or integers. What cannot be told apart by person can be by
        recording or session, with what that costs.
    k : int
        About how often a person shows each activity; fewer than a subject has windows.
    block : int
        Windows that are compared with one subject's at a time.

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
    alike = similarity if isinstance(similarity, CenteredCosines) else np.asarray(similarity)
    who = np.asarray(subjects)
    n = len(who) if who.ndim == 1 else -1
    shape = (len(alike),) * 2 if isinstance(alike, CenteredCosines) else alike.shape
    if shape != (n, n):
        raise ShapeError(
            "mine_across_subjects: expected similarity (N, N) and subjects (N,), got "
            f"{shape} and {who.shape}"
        )
    if who.dtype.kind not in "iuUT" and not all(isinstance(s, str) for s in who):
        raise DtypeError(f"mine_across_subjects: expected text or integers, got {who.dtype}")
    if k < 1 or block < 1:
        raise InputError(
            f"mine_across_subjects: expected k of at least 1 and a block of at least 1, got {k} "
            f"and {block}"
        )
    names, person = np.unique(who, return_inverse=True)
    if len(names) < 2:
        raise InputError("mine_across_subjects: expected windows of at least two subjects")
    taken = []
    for number in range(len(names)):
        theirs, others = np.flatnonzero(person == number), np.flatnonzero(person != number)
        for at in range(0, len(others), block):
            rows = others[at : at + block]
            if isinstance(alike, CenteredCosines):
                near = alike.block(rows, theirs)
            else:
                near = alike[np.ix_(rows, theirs)].astype(np.float64)
            near = np.where(np.isnan(near), -np.inf, near)
            first = np.argsort(-near, axis=1, kind="stable")[:, :k]
            real = np.take_along_axis(near, first, 1) > -np.inf
            from_row = np.repeat(rows, first.shape[1]).reshape(first.shape)
            # One number a choice, so that its return is found among all choices.
            taken.append((from_row * n + theirs[first])[real])
    chosen = np.concatenate(taken)
    row, column = np.divmod(chosen, n)
    returned = np.isin(column * n + row, chosen)
    pairs = np.stack([row, column], axis=1)[returned & (row < column)]
    return MinedPairs(pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))].astype(np.int64), n)


def _units(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(size > 0, size, 1)
