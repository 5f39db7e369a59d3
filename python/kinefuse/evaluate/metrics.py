"""Accuracy, macro F1, confusion, and how they spread over subjects.

Labels and predictions are ``(N,)`` integers from 0; windows without a label have to be left out
before, and are refused here rather than counted as wrong.
"""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import DtypeError, InputError, ShapeError

__all__ = ["accuracy", "confusion", "f1", "macro_f1", "per_subject"]


def accuracy(label: ArrayLike, predicted: ArrayLike) -> float:
    """Return the share of windows whose class was predicted, 0 to 1.

    Raises
    ------
    InputError
        No windows, or one without a label. (ShapeError and DtypeError are InputErrors too.)

    Examples
    --------
    >>> accuracy([0, 1, 2, 2], [0, 1, 2, 1])
    0.75
    """
    y, p = _checked(label, predicted)
    return float((y == p).mean())


def confusion(
    label: ArrayLike, predicted: ArrayLike, *, n_classes: int | None = None
) -> NDArray[np.int64]:
    """Count windows by true and predicted class.

    Parameters
    ----------
    label, predicted : (N,) array of int
    n_classes : int, optional
        One more than the largest class that occurs, unless told.

    Returns
    -------
    (K, K) array of int64
        True class in rows, predicted in columns.

    Raises
    ------
    InputError
        No windows, one without a label, or a class beyond ``n_classes``.

    Examples
    --------
    >>> confusion([0, 1, 1], [0, 1, 0])
    array([[1, 0],
           [1, 1]])
    """
    y, p = _checked(label, predicted)
    largest = int(max(y.max(), p.max()))
    k = largest + 1 if n_classes is None else n_classes
    if largest >= k:
        raise InputError(f"expected classes from 0 to {k - 1}, got {largest}")
    return np.bincount(y * k + p, minlength=k * k).reshape(k, k).astype(np.int64)


def f1(
    label: ArrayLike, predicted: ArrayLike, *, n_classes: int | None = None
) -> NDArray[np.float64]:
    """Return the F1 score of each class, NaN for a class that neither occurs nor is predicted.

    Parameters
    ----------
    label, predicted : (N,) array of int
    n_classes : int, optional
        As for :func:`confusion`.

    Returns
    -------
    (K,) array of float64
    """
    counts = confusion(label, predicted, n_classes=n_classes)
    whole = counts.sum(0) + counts.sum(1)
    scores = np.full(len(counts), np.nan)
    np.divide(2 * counts.diagonal(), whole, out=scores, where=whole > 0)
    return scores


def macro_f1(label: ArrayLike, predicted: ArrayLike, *, n_classes: int | None = None) -> float:
    """Return the mean F1 score of the classes that occur or are predicted, 0 to 1.

    Parameters
    ----------
    label, predicted : (N,) array of int
    n_classes : int, optional
        As for :func:`confusion`; the value does not depend on it.

    Examples
    --------
    >>> round(macro_f1([0, 1, 1], [0, 1, 0]), 4)
    0.6667
    """
    return float(np.nanmean(f1(label, predicted, n_classes=n_classes)))


def per_subject(label: ArrayLike, predicted: ArrayLike, subject: Any) -> pl.DataFrame:
    """Return each subject's windows, accuracy and macro F1.

    Parameters
    ----------
    label, predicted : (N,) array of int
    subject : (N,) array or Series
        Whose window it is.

    Returns
    -------
    polars.DataFrame
        ``subject, windows, accuracy, macro_f1``, a row a subject; sorted, numbers as numbers.

    Raises
    ------
    ShapeError
        The three differ in length.

    Examples
    --------
    >>> per_subject([0, 1, 1], [0, 1, 0], ["2", "2", "10"])["accuracy"].to_list()
    [1.0, 0.0]
    """
    y, p = _checked(label, predicted)
    whose = subject.to_list() if isinstance(subject, pl.Series) else np.asarray(subject).tolist()
    if len(whose) != len(y):
        raise ShapeError(f"expected a subject for each of {len(y)} windows, got {len(whose)}")
    rows: dict[Any, list[int]] = {}
    for row, one in enumerate(whose):
        rows.setdefault(one, []).append(row)
    return pl.DataFrame(
        [
            {
                "subject": one,
                "windows": len(rows[one]),
                "accuracy": accuracy(y[rows[one]], p[rows[one]]),
                "macro_f1": macro_f1(y[rows[one]], p[rows[one]]),
            }
            for one in sorted(rows, key=_natural)
        ]
    )


def _natural(subject: Any) -> tuple[int, int, str]:
    text = str(subject)
    return (0, int(text), "") if text.isdecimal() else (1, 0, text)


def _checked(label: ArrayLike, predicted: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    y, p = np.asarray(label), np.asarray(predicted)
    if y.ndim != 1 or y.shape != p.shape:
        raise ShapeError(f"expected two (N,) of the same length, got {y.shape} and {p.shape}")
    if not len(y):
        raise InputError("expected at least one window, got none")
    for what, values in (("labels", y), ("predictions", p)):
        if values.dtype.kind not in "iu":
            raise DtypeError(f"expected integer {what}, got {values.dtype}")
        if values.min() < 0:
            raise InputError(
                f"expected {what} from 0, got {int((values < 0).sum())} negative ones: "
                "leave windows without a label out"
            )
    return y.astype(np.int64), p.astype(np.int64)
