"""Means over seeds with their spread, and methods compared on the same label draws."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse._extras import needs_extra
from kinefuse.errors import InputError

__all__ = ["Paired", "Summary", "compare_paired", "summarize"]

_EXACT = 14
"""Up to so many pairs every assignment of signs is tried."""
_DRAWS = 20_000


@dataclass(frozen=True)
class Summary:
    """A mean over runs.

    Attributes
    ----------
    mean : float
    sd : float
        Standard deviation (n - 1) over the runs; NaN for a single one.
    ci95 : (float, float)
        The mean's 95 % interval by Student's t; NaN for a single run.
    n : int
    """

    mean: float
    sd: float
    ci95: tuple[float, float]
    n: int

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, JSON-able."""
        return {**asdict(self), "ci95": list(self.ci95)}

    def __str__(self) -> str:
        if self.n == 1:
            return f"{100 * self.mean:.1f} (one run)"
        return f"{100 * self.mean:.1f} ± {100 * self.sd:.1f}"


@dataclass(frozen=True)
class Paired:
    """One method against another on the same draws.

    Attributes
    ----------
    difference : float
        Mean of first minus second.
    ci95 : (float, float)
        Its 95 % interval by Student's t; NaN for a single pair.
    p_value : float
        Two-sided, of the test that swaps the methods within pairs: the share of all ways to do so
        whose mean difference is at least as large. With few pairs it cannot be small: with five,
        0.0625 at least.
    n : int
        Pairs.
    wins, ties : int
        Pairs in which the first is better, and in which they are equal.
    """

    difference: float
    ci95: tuple[float, float]
    p_value: float
    n: int
    wins: int
    ties: int

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, JSON-able."""
        return {**asdict(self), "ci95": list(self.ci95)}

    def __str__(self) -> str:
        low, high = (100 * v for v in self.ci95)
        return (
            f"{100 * self.difference:+.1f} points (95 % interval {low:+.1f} to {high:+.1f}, "
            f"p {self.p_value:.3f}, better in {self.wins} of {self.n})"
        )


def summarize(values: Sequence[float]) -> Summary:
    """Return the mean of runs with its spread.

    Runs count as independent: give one value a seed (the mean over its label draws, say), not
    several that share a pretraining.

    Raises
    ------
    InputError
        No value, or one that is not finite.

    Examples
    --------
    >>> str(summarize([0.95, 0.97, 0.96]))
    '96.0 ± 1.0'
    """
    found = _checked(values, "summarize")
    mean, sd = float(found.mean()), _sd(found)
    return Summary(mean, sd, _interval(mean, sd, len(found)), len(found))


def compare_paired(first: Sequence[float], second: Sequence[float]) -> Paired:
    """Compare two methods pair by pair: the same seed, the same labels, the same split.

    Parameters
    ----------
    first, second : sequences of float
        Of the same length, in the same order.

    Raises
    ------
    InputError
        No pair, different lengths, or a value that is not finite.

    Examples
    --------
    >>> compare_paired([0.9, 0.8, 0.85], [0.8, 0.75, 0.85]).wins
    2
    """
    a, b = _checked(first, "compare_paired"), _checked(second, "compare_paired")
    if len(a) != len(b):
        raise InputError(f"compare_paired: expected pairs, got {len(a)} and {len(b)} values")
    gain = a - b
    mean = float(gain.mean())
    if len(gain) <= _EXACT:
        signs = np.array(list(product((1, -1), repeat=len(gain))))
    else:
        signs = np.random.default_rng(0).choice((1, -1), (_DRAWS, len(gain)))
        signs[0] = 1  # What was seen is one of the ways.
    # Sums of the same numbers in another order differ in their last bits.
    reached = np.abs(signs @ gain) >= abs(gain.sum()) - 1e-12
    return Paired(
        difference=mean,
        ci95=_interval(mean, _sd(gain), len(gain)),
        p_value=float(reached.mean()),
        n=len(gain),
        wins=int((gain > 0).sum()),
        ties=int((gain == 0).sum()),
    )


def _checked(values: Sequence[float], of: str) -> NDArray[np.float64]:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or not found.size or not np.isfinite(found).all():
        raise InputError(f"{of}: expected one or more finite numbers, got {values!r}")
    return found


def _sd(values: NDArray[np.float64]) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else math.nan


def _interval(mean: float, sd: float, n: int) -> tuple[float, float]:
    if n < 2:
        return math.nan, math.nan
    with needs_extra("train", "kinefuse.evaluate.compare"):
        from scipy.stats import t
    half = float(t.ppf(0.975, n - 1)) * sd / math.sqrt(n)
    return mean - half, mean + half
