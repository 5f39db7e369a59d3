"""Labels at other times."""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse.errors import DtypeError, InputError, ShapeError
from kinefuse.resample._signals import check_choice, number, times

__all__ = ["resample_labels"]


def resample_labels(
    time_s: ArrayLike,
    labels: ArrayLike,
    when_s: ArrayLike,
    *,
    rule: Literal["nearest", "majority"] = "nearest",
    width_s: float | None = None,
    max_distance_s: float = np.inf,
) -> NDArray[Any]:
    """Find the label at other times than those that were labelled.

    Parameters
    ----------
    time_s : (T,) array of float
        Stamps in seconds, finite, none before the one that precedes it.
    labels : (T,) array of int or of str
        A label for each stamp. -1 or None: nobody labelled it.
    when_s : (n,) array of float
        When a label is wanted, in seconds, in any order: ``Regridded.time_s``, for instance.
    rule : {"nearest", "majority"}, optional
        The label of the nearest sample, the earlier of two; or the most frequent label within half
        of ``width_s``; of equally frequent ones that of the nearest sample, else the first; that of
        the nearest sample where no other is.
    width_s : float, optional
        For the majority, in seconds; the median step of ``when_s`` by default.
    max_distance_s : float, optional
        A time that is further than this from every sample has no label, in seconds.

    Returns
    -------
    (n,) array of int64 or of object
        Whole numbers with -1, or strings with None, where there is no label.

    Raises
    ------
    ShapeError
        Stamps and labels differ in number.
    DtypeError
        Labels are neither whole numbers nor text.
    TimeError
        A stamp is not finite or lies before the one that precedes it.
    InputError
        ``rule`` is unknown; ``width_s`` is not positive; ``max_distance_s`` is negative.

    Examples
    --------
    >>> resample_labels([0.0, 1.0, 2.0], ["sit", "sit", "walk"], [0.4, 1.6, 9.0], max_distance_s=1)
    array(['sit', 'walk', None], dtype=object)
    """
    stamps, when = times("time_s", time_s), times("when_s", when_s)
    codes, names = _encode(labels)
    if len(codes) != len(stamps):
        raise ShapeError(
            f"labels: expected ({len(stamps)},), one for each stamp, got ({len(codes)},)"
        )
    check_choice("rule", rule, ("nearest", "majority"))
    width: float | None = None
    if rule == "majority":
        width = _median_step(when) if width_s is None else number("width_s", width_s)
    found = np.empty(len(when), np.int32)
    distance = number("max_distance_s", max_distance_s)
    _native.resample_labels(stamps, codes, when, width, distance, found)
    result: NDArray[Any] = names[found]
    return result


def _encode(labels: ArrayLike) -> tuple[NDArray[np.int32], NDArray[Any]]:
    """Return codes, -1 for none, and the labels by code, that of none last."""
    found: NDArray[Any] = np.asarray(labels)
    if found.ndim != 1:
        raise ShapeError(f"labels: expected (T,), got {found.shape}")
    if found.dtype.kind in "biu":
        if found.dtype.kind == "u" and found.size and found.max() > np.iinfo(np.int64).max:
            raise InputError(f"labels: expected numbers of 64 bits, got {found.max()}")
        found = found.astype(np.int64)
        there, none = found != -1, -1
    elif found.dtype.kind in "UT" or all(isinstance(v, str | None) for v in found.tolist()):
        found = found.astype(object)
        there, none = np.array([v is not None for v in found], dtype=bool), None
    else:
        raise DtypeError(f"labels: expected whole numbers or text, got {found.dtype}")
    values, inverse = np.unique(found[there], return_inverse=True)
    codes = np.full(len(found), -1, np.int32)
    codes[there] = inverse
    names = np.empty(len(values) + 1, found.dtype)
    names[:-1], names[-1] = values, none
    return codes, names


def _median_step(when: NDArray[np.float64]) -> float:
    steps = np.abs(np.diff(when[np.isfinite(when)] / 2))
    if not len(steps):
        raise InputError("width_s: expected with fewer than two times, got None")
    return 2 * float(np.median(steps))
