"""Results of evaluated models, and the tables that sum them up."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.errors import InputError, ShapeError

if TYPE_CHECKING:
    from kinefuse.evaluate import Evaluation

__all__ = ["Result", "confused", "per_subject", "pooled_confusion", "summarize"]

GROUP = ("modality", "method", "labels")


@dataclass(frozen=True, kw_only=True)
class Result:
    """One trained model, evaluated on windows that it was not trained on.

    Parameters
    ----------
    method : str
        ``"supervised"``, ``"simclr"``, ``"cmc"``…
    modality : str
        ``"inertial"``, ``"skeleton"``, ``"both"``.
    labels : str
        What the method saw: ``"3/class"`` or a share, ``"25%"``, ``"100%"``.
    accuracy, macro_f1 : float
        Between 0 and 1.
    windows : int
        How many windows were evaluated.
    seed, label_seed : int
        Of the training, and of the draw of the labels.
    per_subject : mapping of str to float
        The accuracy on each subject's windows.
    confusion : (K, K) array of int, optional
        Rows are the true classes, columns the predicted ones.
    seconds : float, optional
        How long the training took.

    Raises
    ------
    InputError
        An accuracy that is not between 0 and 1 (a percentage, or NaN), or labels of another form.
    ShapeError
        A confusion matrix that is not square.
    """

    method: str
    modality: str
    labels: str
    accuracy: float
    macro_f1: float
    windows: int
    seed: int = 0
    label_seed: int = 0
    per_subject: Mapping[str, float] = field(default_factory=dict)
    confusion: NDArray[np.int64] | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        rates = {"accuracy": self.accuracy, "macro_f1": self.macro_f1}
        rates |= {f"per_subject[{name!r}]": rate for name, rate in self.per_subject.items()}
        for name, rate in rates.items():
            if not 0 <= rate <= 1:
                raise InputError(f"Result: {name}: expected a number from 0 to 1, got {rate}")
        label_order(self.labels)
        if self.confusion is not None:
            confusion = np.asarray(self.confusion, dtype=np.int64)
            if confusion.ndim != 2 or confusion.shape[0] != confusion.shape[1]:
                raise ShapeError(f"Result: confusion: expected (K, K), got {confusion.shape}")
            object.__setattr__(self, "confusion", confusion)

    @classmethod
    def of(cls, evaluation: "Evaluation", **about: Any) -> Self:
        """Make a result of an evaluation and what is known about the training.

        Parameters
        ----------
        evaluation : Evaluation
            Of :func:`kinefuse.evaluate.evaluate`.
        **about
            ``method``, ``modality``, ``labels``, the seeds, ``seconds``.
        """
        rates = evaluation.per_subject.select("subject", "accuracy").rows()
        return cls(
            accuracy=evaluation.accuracy,
            macro_f1=evaluation.macro_f1,
            windows=len(evaluation.predictions),
            per_subject={str(subject): rate for subject, rate in rates},
            confusion=evaluation.confusion,
            **about,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON has them."""
        values = {**vars(self), "per_subject": dict(self.per_subject)}
        values["confusion"] = None if self.confusion is None else self.confusion.tolist()
        return values

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Make a result of what :meth:`to_dict` returned."""
        return cls(**values)


def label_order(labels: str) -> tuple[int, float]:
    """Return what sorts label counts: so many a class first, then shares, each from few to many.

    Examples
    --------
    >>> sorted(["100%", "10/class", "25%", "2/class"], key=label_order)
    ['2/class', '10/class', '25%', '100%']
    """
    count = re.fullmatch(r"([1-9]\d*)/class", labels)
    share = re.fullmatch(r"(\d+(?:\.\d+)?)%", labels)
    if count:
        return 0, float(count[1])
    if share and 0 < float(share[1]) <= 100:
        return 1, float(share[1])
    raise InputError(f"labels: expected '3/class' or '25%', got {labels!r}")


def groups(results: Iterable[Result]) -> dict[tuple[str, str, str], list[Result]]:
    """Gather the results that differ by their seeds only, sorted by modality, labels, method."""
    found: dict[tuple[str, str, str], list[Result]] = {}
    for result in results:
        found.setdefault((result.modality, result.method, result.labels), []).append(result)
    return dict(sorted(found.items(), key=lambda item: _rank(item[0])))


def _rank(key: tuple[str, str, str]) -> tuple[str, tuple[int, float], str]:
    modality, method, labels = key
    return modality, label_order(labels), method


def summarize(results: Iterable[Result]) -> pl.DataFrame:
    """Sum up runs that differ by their seeds only.

    Returns
    -------
    polars.DataFrame
        A row for each modality, method and labels: ``runs``, and mean and standard deviation
        (n - 1; null for a single run) of the accuracy and of the macro-F1.

    Examples
    --------
    >>> runs = [
    ...     Result(
    ...         method="cmc",
    ...         modality="both",
    ...         labels="1/class",
    ...         accuracy=a,
    ...         macro_f1=a,
    ...         windows=40,
    ...         label_seed=s,
    ...     )
    ...     for s, a in enumerate([0.7, 0.8, 0.9])
    ... ]
    >>> summarize(runs).select("runs", "accuracy", "accuracy_sd").row(0)
    (3, 0.8, 0.1)
    """
    rows = []
    for (modality, method, labels), runs in groups(results).items():
        row: dict[str, Any] = {"modality": modality, "method": method, "labels": labels}
        row["runs"] = len(runs)
        for name in ("accuracy", "macro_f1"):
            values = np.array([getattr(run, name) for run in runs])
            row[name] = round(float(values.mean()), 6)
            row[f"{name}_sd"] = round(float(values.std(ddof=1)), 6) if len(runs) > 1 else None
        rows.append(row)
    schema = dict.fromkeys(GROUP, pl.String) | {"runs": pl.Int64}
    rates = ("accuracy", "accuracy_sd", "macro_f1", "macro_f1_sd")
    return pl.DataFrame(rows, schema=schema | dict.fromkeys(rates, pl.Float64))


def per_subject(results: Iterable[Result]) -> pl.DataFrame:
    """Return the accuracy on each subject, mean over runs that differ by their seeds only.

    Returns
    -------
    polars.DataFrame
        A row for each modality, method and labels, and a column for each subject; null where no
        run was evaluated on that subject.
    """
    rows = []
    for (modality, method, labels), runs in groups(results).items():
        rates: dict[str, list[float]] = {}
        for run in runs:
            for subject, rate in run.per_subject.items():
                rates.setdefault(subject, []).append(rate)
        if rates:
            means = {subject: float(np.mean(values)) for subject, values in rates.items()}
            rows.append({"modality": modality, "method": method, "labels": labels} | means)
    subjects = sorted({name for row in rows for name in row} - set(GROUP), key=_natural)
    schema = dict.fromkeys(GROUP, pl.String) | dict.fromkeys(subjects, pl.Float64)
    return pl.DataFrame(rows, schema=schema)


def _natural(text: str) -> tuple[tuple[bool, int | str], ...]:
    parts = re.split(r"(\d+)", text)
    return tuple((not part.isdigit(), int(part) if part.isdigit() else part) for part in parts)


def pooled_confusion(runs: Iterable[Result]) -> NDArray[np.int64] | None:
    """Return the sum of the runs' confusion matrices; None if no run has one."""
    matrices = [run.confusion for run in runs if run.confusion is not None]
    if not matrices:
        return None
    if len({matrix.shape for matrix in matrices}) > 1:
        shapes = sorted({matrix.shape for matrix in matrices})
        raise ShapeError(f"pooled_confusion: matrices of different shapes: {shapes}")
    return np.asarray(np.sum(matrices, axis=0), dtype=np.int64)


def confused(
    confusion: NDArray[np.int64], classes: Sequence[str], *, most: int = 8
) -> list[tuple[str, str, int, float]]:
    """Return the pairs of classes that were taken for one another most.

    Parameters
    ----------
    confusion : (K, K) array of int
    classes : sequence of K str
    most : int
        How many pairs at most.

    Returns
    -------
    list of (true class, predicted class, windows, share of the true class's windows)
    """
    confusion = np.asarray(confusion)
    if confusion.shape != (len(classes), len(classes)):
        raise ShapeError(
            f"confused: expected ({len(classes)}, {len(classes)}) for {len(classes)} classes, "
            f"got {confusion.shape}"
        )
    wrong = confusion - np.diag(np.diag(confusion))
    order = np.argsort(wrong, axis=None, kind="stable")[::-1][:most]
    pairs = [divmod(int(flat), len(classes)) for flat in order]
    return [
        (classes[t], classes[p], int(wrong[t, p]), float(wrong[t, p] / confusion[t].sum()))
        for t, p in pairs
        if wrong[t, p]
    ]
