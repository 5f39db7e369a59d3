"""How soon a run gets where: epochs, steps and seconds to a level of accuracy.

An epoch of one method may have many times the steps of another's, and a step may cost more: compare
all three.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import InputError, ShapeError

__all__ = [
    "Curve",
    "area",
    "compare_curves",
    "e95",
    "epochs_to",
    "running_median",
    "seconds_to",
    "steps_to",
]


@dataclass(frozen=True, eq=False)
class Curve:
    """What held-out windows said while a run went on.

    Parameters
    ----------
    epochs : (N,) array
        Increasing; 0 is before training.
    accuracy : (N,) array
        Or whatever was measured, from 0 to 1.
    steps, seconds : (N,) arrays, optional
        Since the start.

    Raises
    ------
    ShapeError
        Nothing was measured, or the arrays differ in length.
    InputError
        A value is not finite, or epochs do not increase.

    Examples
    --------
    >>> curve = Curve([1, 2, 3, 4], [0.2, 0.5, 0.4, 0.8], seconds=[1.5, 3.0, 4.5, 6.0])
    >>> epochs_to(curve, 0.5), seconds_to(curve, 0.5), epochs_to(curve, 0.9)
    (2.0, 3.0, inf)
    """

    epochs: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    steps: NDArray[np.float64] | None
    seconds: NDArray[np.float64] | None

    def __init__(
        self,
        epochs: ArrayLike,
        accuracy: ArrayLike,
        *,
        steps: ArrayLike | None = None,
        seconds: ArrayLike | None = None,
    ) -> None:
        given = {"epochs": epochs, "accuracy": accuracy, "steps": steps, "seconds": seconds}
        shape = np.shape(np.asarray(epochs))
        if len(shape) != 1 or not shape[0]:
            raise ShapeError(f"Curve: epochs: expected (N,) with N of 1 or more, got {shape}")
        for name, values in given.items():
            array = None if values is None else np.asarray(values, dtype=np.float64)
            if array is not None and array.shape != shape:
                raise ShapeError(f"Curve: {name}: expected {shape} as epochs, got {array.shape}")
            if array is not None and not np.isfinite(array).all():
                raise InputError(f"Curve: {name}: expected finite numbers, got NaN or infinity")
            object.__setattr__(self, name, array)
        if (np.diff(self.epochs) <= 0).any():
            raise InputError("Curve: epochs: expected increasing numbers")

    def __len__(self) -> int:
        return len(self.epochs)

    @property
    def final(self) -> float:
        """The last measurement."""
        return float(self.accuracy[-1])

    @classmethod
    def of(cls, history: Iterable[Mapping[str, Any]], measure: str = "accuracy") -> Self:
        """Make a curve of the rows of a history in which something was measured.

        Parameters
        ----------
        history : iterable of mappings
            :attr:`kinefuse.methods.history.History.rows`.
        measure : str

        Raises
        ------
        InputError
            It was measured nowhere.
        """
        rows = [row for row in history if row.get(measure) is not None]
        if not rows:
            raise InputError(
                f"Curve: the history has no {measure!r}: does the recipe have validation subjects?"
            )
        columns = {
            name: [row[name] for row in rows] for name in ("epoch", measure, "steps", "seconds")
        }
        return cls(
            columns["epoch"], columns[measure], steps=columns["steps"], seconds=columns["seconds"]
        )

    @classmethod
    def load(cls, run: str | Path, measure: str = "accuracy") -> Self:
        """Read the curve of a run that was told to keep its history.

        Parameters
        ----------
        run : str or Path
            The folder of :func:`kinefuse.methods.pretrain` or :func:`kinefuse.methods.finetune`.
        measure : str
            What to read: ``"accuracy"``; of classifiers also ``"macro_f1"``.

        Raises
        ------
        FileNotFoundError
            There is no run.
        InputError
            It is not over, kept no history, or measured something else.
        """
        file = Path(run) / "run.json"
        result = json.loads(file.read_text("utf-8")).get("result")
        if result is None:
            raise InputError(f"{file}: the run is not over: start it again, and it goes on")
        rows = result.get("fitted", {}).get("history")
        if rows is None:
            raise InputError(f"{file}: the run kept no history: train it with history=1")
        return cls.of(rows, measure)


def running_median(values: ArrayLike, width: int = 3) -> NDArray[np.float64]:
    """Return the median of each value and its neighbors; the ends count as their own neighbors.

    Parameters
    ----------
    values : (N,) array
    width : int
        Odd.

    Returns
    -------
    (N,) array of float64

    Examples
    --------
    >>> running_median([0.0, 0.9, 0.1, 0.2]).tolist()
    [0.0, 0.1, 0.2, 0.2]
    """
    if width < 1 or width % 2 == 0:
        raise InputError(f"running_median: width: expected an odd number from 1, got {width}")
    around = np.pad(np.asarray(values, dtype=np.float64), width // 2, mode="edge")
    medians: NDArray[np.float64] = np.median(
        np.lib.stride_tricks.sliding_window_view(around, width), axis=1
    )
    return medians


def epochs_to(curve: Curve, level: float, *, width: int = 1) -> float:
    """Return the first epoch that reaches a level.

    Parameters
    ----------
    curve : Curve
    level : float
        Of the accuracy.
    width : int
        Look at the running median of so many measurements, which one lucky epoch does not lift.

    Returns
    -------
    float
        Infinity if none does.
    """
    return _first(curve, curve.epochs, level, width)


def steps_to(curve: Curve, level: float, *, width: int = 1) -> float:
    """Return the steps until an epoch reaches a level; as :func:`epochs_to`."""
    return _first(curve, _known(curve, "steps"), level, width)


def seconds_to(curve: Curve, level: float, *, width: int = 1) -> float:
    """Return the seconds until an epoch reaches a level; as :func:`epochs_to`."""
    return _first(curve, _known(curve, "seconds"), level, width)


def e95(curve: Curve, *, share: float = 0.95) -> float:
    """Return the first epoch at 95 % of the run's own final accuracy, by its running median of 3.

    Parameters
    ----------
    curve : Curve
    share : float
        Instead of 0.95.

    Examples
    --------
    >>> e95(Curve([1, 2, 3, 4, 5], [0.3, 0.9, 0.5, 0.8, 0.8]))
    3.0
    """
    return epochs_to(curve, share * curve.final, width=3)


def area(curve: Curve) -> float:
    """Return the mean accuracy over all epochs, over the best one: 1 is there from the beginning.

    Where not every epoch was measured, a measurement counts for the epochs since the last one. The
    measurement before training does not count.
    """
    trained = curve.epochs > 0
    if not trained.any():
        raise InputError("area: the curve has no epoch of training")
    epochs = np.diff(curve.epochs[trained], prepend=0.0)
    mean = np.average(curve.accuracy[trained], weights=epochs)
    return float(mean / curve.accuracy.max()) if curve.accuracy.max() > 0 else 0.0


def compare_curves(
    curves: Mapping[str, Sequence[Curve]], levels: Sequence[float], *, width: int = 3
) -> pl.DataFrame:
    """Return what methods need to reach each level, over their runs.

    Parameters
    ----------
    curves : mapping of str to sequence of Curve
        A method's runs.
    levels : sequence of float
    width : int
        Of the running median.

    Returns
    -------
    polars.DataFrame
        A row a method and level: ``method, level, runs``, how many ``reached`` it, and the medians
        of all runs' ``epochs``, ``steps`` and ``seconds``: infinite where most did not reach it,
        null where a run does not know.

    Examples
    --------
    >>> runs = [Curve([1, 2], [0.4, 0.8]), Curve([1, 2], [0.2, 0.4]), Curve([1, 2], [0.6, 0.8])]
    >>> table = compare_curves({"cmc": runs}, [0.5], width=1)
    >>> table.select("reached", "epochs").row(0)
    (2, 2.0)
    """
    rows = []
    for method, runs in curves.items():
        if not runs:
            raise InputError(f"compare_curves: {method}: expected at least one run, got none")
        for level in levels:
            epochs = [epochs_to(curve, level, width=width) for curve in runs]
            rows.append(
                {
                    "method": method,
                    "level": float(level),
                    "runs": len(runs),
                    "reached": sum(math.isfinite(epoch) for epoch in epochs),
                    "epochs": _median(epochs),
                    "steps": _median_of("steps", runs, level, width),
                    "seconds": _median_of("seconds", runs, level, width),
                }
            )
    kinds = {"steps": pl.Float64, "seconds": pl.Float64}
    return pl.DataFrame(rows, schema_overrides=kinds)


Cost = Literal["steps", "seconds"]


def _median_of(cost: Cost, runs: Sequence[Curve], level: float, width: int) -> float | None:
    if any(getattr(curve, cost) is None for curve in runs):
        return None
    return _median([_first(curve, _known(curve, cost), level, width) for curve in runs])


def _median(values: Sequence[float]) -> float:
    """Return the middle one; of an even number the upper, since infinity has no mean."""
    return sorted(values)[len(values) // 2]


def _first(curve: Curve, cost: NDArray[np.float64], level: float, width: int) -> float:
    reached = np.flatnonzero(running_median(curve.accuracy, width) >= level)
    return float(cost[reached[0]]) if len(reached) else math.inf


def _known(curve: Curve, cost: Cost) -> NDArray[np.float64]:
    values: NDArray[np.float64] | None = getattr(curve, cost)
    if values is None:
        raise InputError(f"{cost}_to: the curve was made without {cost}")
    return values
