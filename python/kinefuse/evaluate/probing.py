"""All probes at once: what embeddings know, by modality and fused."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate import metrics, probes
from kinefuse.evaluate.directions import center, fuse

if TYPE_CHECKING:
    from kinefuse.evaluate.embeddings import Embedded

__all__ = ["PROBES", "classify", "probe"]

_VOTES = 5

Labels = NDArray[np.int64]
Rows = NDArray[np.float64]


def _knn(train: Rows, labels: Labels, test: Rows, n_classes: int) -> Labels:
    # With fewer labels than votes, windows of other classes would outvote the right one.
    _, counts = np.unique(labels[labels >= 0], return_counts=True)
    return probes.knn(train, labels, test, k=min(_VOTES, int(counts.min(initial=_VOTES))))


def _nearest(train: Rows, labels: Labels, test: Rows, n_classes: int) -> Labels:
    return probes.nearest_prototype(test, probes.prototypes(train, labels, n_classes))


def _propagated(train: Rows, labels: Labels, test: Rows, n_classes: int) -> Labels:
    # As inside propagate: sure windows count for more, labelled ones most.
    shares = probes.propagate(train, labels, n_classes)
    weights = shares * shares.max(1, keepdims=True)
    weights[labels >= 0] *= 3.0
    return probes.nearest_prototype(test, probes.prototypes(train, weights, n_classes))


def _linear(train: Rows, labels: Labels, test: Rows, n_classes: int) -> Labels:
    return probes.linear(train, labels, test)


def _ridge(train: Rows, labels: Labels, test: Rows, n_classes: int) -> Labels:
    return probes.ridge(train, labels, test)


_Probe = Callable[[Rows, Labels, Rows, int], Labels]
_BY_VALUE: dict[str, _Probe] = {"linear": _linear, "ridge": _ridge}
_BY_DIRECTION: dict[str, _Probe] = {
    "knn": _knn,
    "prototype": _nearest,
    "propagation": _propagated,
}
PROBES = (*_BY_VALUE, *_BY_DIRECTION)
"""The names of the probes."""


def probe(
    train: "Embedded",
    test: "Embedded",
    *,
    labels: ArrayLike | None = None,
    names: Sequence[str] = PROBES,
) -> pl.DataFrame:
    """Classify test windows by simple probes of their embeddings.

    ===============  ===========================================================================
    ``linear``       logistic regression on standardised embeddings
    ``ridge``        ridge regression on them, its penalty by leave-one-out
    ``knn``          the 5 nearest labelled training windows, by cosine, or as many as a class has
    ``prototype``    the nearest mean direction of a class
    ``propagation``  the same with prototypes that the unlabelled training windows help to place
                     (:func:`kinefuse.evaluate.probes.propagate`, which assumes classes of about
                     equal size among them); with all labels it is almost the one before
    ===============  ===========================================================================

    Each on every modality and on all fused (side by side), in each space that the checkpoint has.
    The last three compare directions around the training windows' mean. Nothing is fitted to test
    windows, and nothing chosen by them.

    Parameters
    ----------
    train, test : Embedded
        Of the same checkpoint and of different people.
    labels : (N,) array of int, optional
        Labels of the training windows that may be used, -1 for none. All that they have, unless
        given.
    names : sequence of str
        Which probes.

    Returns
    -------
    polars.DataFrame
        ``modality`` (or ``"fused"``), ``space``, ``probe``, ``accuracy``, ``macro_f1``.

    Raises
    ------
    InputError
        No labels of at least two classes, no labelled test window, different modalities, or a
        probe that is not known. (ShapeError is an InputError too.)
    """
    if unknown := [name for name in names if name not in PROBES]:
        raise InputError(f"probe: no probe {unknown[0]!r}; known are {', '.join(PROBES)}")
    if train.modalities != test.modalities:
        raise InputError(
            f"probe: trained on {', '.join(train.modalities)}, tested on "
            f"{', '.join(test.modalities)}"
        )
    y = train.label if labels is None else np.asarray(labels)
    if y.shape != (len(train),):
        raise ShapeError(f"probe: expected a label for each of {len(train)} windows, got {y.shape}")
    test = test.labelled()
    if not len(test):
        raise InputError("probe: no test window has a label")
    rows: list[dict[str, Any]] = []
    for space in train.spaces:
        known, asked = train.space(space), test.space(space)
        for modalities in _groups(train.modalities):
            own = {m: known[m] for m in modalities}
            others = {m: asked[m] for m in modalities}
            for name in names:
                said = classify(name, own, y, others, len(train.classes))
                rows.append(
                    {
                        "modality": modalities[0] if len(modalities) == 1 else "fused",
                        "space": space,
                        "probe": name,
                        "accuracy": metrics.accuracy(test.label, said),
                        "macro_f1": metrics.macro_f1(test.label, said),
                    }
                )
    return pl.DataFrame(rows)


def _groups(modalities: Sequence[str]) -> list[tuple[str, ...]]:
    alone: list[tuple[str, ...]] = [(m,) for m in modalities]
    return [*alone, tuple(modalities)] if len(modalities) > 1 else alone


def classify(
    name: str,
    train: Mapping[str, NDArray[np.float32]],
    labels: Labels,
    test: Mapping[str, NDArray[np.float32]],
    n_classes: int,
) -> Labels:
    """Return what a probe takes test windows for.

    Parameters
    ----------
    name : str
        One of :data:`PROBES`.
    train, test : dict of modality to (N, D) and (M, D) array
        Of one space.
    labels : (N,) array of int
        -1 for none.
    n_classes : int

    Returns
    -------
    (M,) array of int64

    Raises
    ------
    InputError
        A probe that is not known.

    Examples
    --------
    >>> train = {"a": np.eye(2), "b": np.array([[1.0, 0.1], [0.1, 1.0]])}
    >>> test = {"a": np.array([[0.2, 1.0]]), "b": np.array([[0.3, 0.9]])}
    >>> classify("prototype", train, np.array([0, 1]), test, n_classes=2)
    array([1])
    """
    if name not in PROBES:
        raise InputError(f"probe: no probe {name!r}; known are {', '.join(PROBES)}")
    if name in _BY_VALUE:
        return _BY_VALUE[name](_joined(train), labels, _joined(test), n_classes)
    if len(train) == 1:
        ((m, rows),) = train.items()
        return _BY_DIRECTION[name](center(rows, rows), labels, center(test[m], rows), n_classes)
    return _BY_DIRECTION[name](fuse(train, train), labels, fuse(test, train), n_classes)


def _joined(rows: Mapping[str, NDArray[np.float32]]) -> Rows:
    return np.concatenate([np.asarray(x, dtype=np.float64) for x in rows.values()], axis=1)
