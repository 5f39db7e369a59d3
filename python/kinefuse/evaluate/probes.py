"""What embeddings know: simple classifiers on top of them, down to one label a class.

Embeddings are ``(N, D)`` arrays; only their directions count, except for :func:`linear` and
:func:`ridge`. Labels are ``(N,)`` integers from 0, and -1 for none.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse._extras import needs_extra
from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate.directions import to_units

__all__ = ["knn", "linear", "nearest_prototype", "propagate", "prototypes", "ridge"]


def prototypes(z: ArrayLike, labels: ArrayLike, n_classes: int) -> NDArray[np.float64]:
    """Return each class's mean direction.

    Parameters
    ----------
    z : (N, D) array
        Embeddings.
    labels : (N,) array of int, or (N, K) array of float
        -1 for none. Or what each embedding counts for in each class, from 0.
    n_classes : int

    Returns
    -------
    (K, D) array of float64
        Of unit length; NaN for a class without a label.

    Raises
    ------
    InputError
        No label at all, a label beyond ``n_classes``, or an embedding that is not finite.
    """
    weights = np.asarray(labels)
    if weights.ndim == 2:
        units = to_units(z)
        if weights.shape != (len(units), n_classes) or not (weights >= 0).all():
            raise InputError(
                f"prototypes: expected ({len(units)}, {n_classes}) weights from 0, got "
                f"{weights.shape}, the least {weights.min(initial=0)}"
            )
        return _directions(weights.astype(np.float64), units)
    units, y = _checked(z, labels, n_classes)
    return _directions(_one_hot(y, n_classes), units)


def nearest_prototype(z: ArrayLike, prototypes: ArrayLike) -> NDArray[np.int64]:
    """Return the class whose prototype is nearest by cosine.

    Parameters
    ----------
    z : (N, D) array
    prototypes : (K, D) array
        Of :func:`prototypes`; rows of NaN are never the nearest.

    Returns
    -------
    (N,) array of int64

    Examples
    --------
    >>> classes = prototypes([[2.0, 0.1], [0.0, 1.0]], [0, 1], n_classes=2)
    >>> nearest_prototype([[9.0, 1.0], [1.0, 2.0]], classes)
    array([0, 1])
    """
    similar = to_units(z) @ np.asarray(prototypes, dtype=np.float64).T
    nearest: NDArray[np.int64] = np.where(np.isnan(similar), -np.inf, similar).argmax(1)
    return nearest


def propagate(
    z: ArrayLike,
    labels: ArrayLike,
    n_classes: int,
    *,
    rounds: int = 15,
    temperature: float = 0.07,
    labelled_weight: float = 3.0,
    balance: bool | Literal["estimated"] | ArrayLike = True,
    balance_strength: float = 1.0,
) -> NDArray[np.float64]:
    """Give unlabelled windows soft labels, by prototypes that they help to place.

    Expectation and maximisation in turn: a window's probabilities are the softmax of its cosines
    to the prototypes over the temperature; a prototype is the mean direction of all windows, each
    weighted by its probability times its largest one. With ``balance`` the probabilities are scaled
    (Sinkhorn and Knopp 1967) until every class has the mass it is owed, which keeps a prototype
    from swallowing its neighbours. What a class is owed is an assumption: unless told, **that the
    classes are about equally frequent**.

    Parameters
    ----------
    z : (N, D) array
        Embeddings, labelled and not; centred ones are told apart better.
    labels : (N,) array of int
        -1 for none. A class without any label gets no probability.
    n_classes : int
    rounds : int
        How often the prototypes are placed anew.
    temperature : float
    labelled_weight : float
        What a labelled window counts for in its prototype, against an unlabelled one.
    balance : bool, "estimated" or (K,) array
        What share of the windows a class is owed: equal shares; none, without scaling; the class's
        share of the labels, **which assumes that labels were drawn without regard to the class**;
        or these shares, of any scale. Those of classes without a label are left out.
    balance_strength : float
        How closely the masses come to what is owed, above 0: exactly at 1. At less, the scaling is
        that of unbalanced optimal transport (Chizat et al. 2018, scaling algorithms), which gives
        way where windows and assumption contradict each other; the penalty on masses that differ is
        then ``strength / (1 - strength)`` times that on entropy.

    Returns
    -------
    (N, K) array of float64
        Rows sum to 1; those of labelled windows are one-hot.

    Raises
    ------
    InputError
        No label at all, a label beyond ``n_classes``, an embedding that is not finite, a setting
        that is not positive or above 1, or shares that are not one positive number a class.

    Examples
    --------
    >>> z = [[1.0, 0.0], [0.9, 0.2], [0.0, 1.0], [0.3, 0.8]]
    >>> propagate(z, [0, -1, 1, -1], n_classes=2).argmax(1)
    array([0, 0, 1, 1])
    """
    if rounds < 1 or not temperature > 0 or not labelled_weight > 0:
        raise InputError(
            "propagate: rounds, temperature and labelled_weight must be positive, got "
            f"{rounds}, {temperature} and {labelled_weight}"
        )
    if not 0 < balance_strength <= 1:
        raise InputError(
            f"propagate: balance_strength: expected above 0, at most 1, got {balance_strength}"
        )
    units, y = _checked(z, labels, n_classes)
    known = np.unique(y[y >= 0])
    among_known = np.where(y >= 0, np.searchsorted(known, y), -1)
    fixed = _one_hot(among_known, len(known))
    labelled = y >= 0
    due = _due(balance, fixed.sum(0), known, n_classes)
    # What the labels already have is taken off.
    owed = None if due is None else np.maximum(len(y) * due - fixed.sum(0), 1e-9)

    def assign(places: NDArray[np.float64]) -> NDArray[np.float64]:
        shares = fixed.copy()
        if not labelled.all():
            logits = units[~labelled] @ places.T / temperature
            free = np.exp(logits - logits.max(1, keepdims=True))
            free = _rows_to_one(free)
            shares[~labelled] = free if owed is None else _balanced(free, owed, balance_strength)
        return shares

    places = _directions(fixed, units)
    for _ in range(rounds):
        shares = assign(places)
        weights = shares * shares.max(1, keepdims=True)
        weights[labelled] *= labelled_weight
        places = _directions(weights, units)
    result = np.zeros((len(y), n_classes))
    result[:, known] = assign(places)
    return result


def knn(z: ArrayLike, labels: ArrayLike, queries: ArrayLike, *, k: int = 5) -> NDArray[np.int64]:
    """Classify by the ``k`` nearest labelled embeddings, by cosine, each with one vote.

    Parameters
    ----------
    z : (N, D) array
    labels : (N,) array of int
        Rows of -1 are left out.
    queries : (M, D) array
    k : int
        All, if there are fewer.

    Returns
    -------
    (M,) array of int64
    """
    with needs_extra("train", "evaluate.probes.knn"):
        from sklearn.neighbors import KNeighborsClassifier
    if k < 1:
        raise InputError(f"knn: k must be at least 1, got {k}")
    units, y = _checked(z, labels, None)
    units, y = units[y >= 0], y[y >= 0]
    # Between unit vectors, distance and cosine order alike.
    model = KNeighborsClassifier(min(k, len(y))).fit(units, y)
    return np.asarray(model.predict(to_units(queries)), dtype=np.int64)


def linear(
    z: ArrayLike, labels: ArrayLike, queries: ArrayLike, *, strength: float = 1.0
) -> NDArray[np.int64]:
    """Classify by logistic regression on standardised embeddings: the linear probe.

    Parameters
    ----------
    z : (N, D) array
    labels : (N,) array of int
        Rows of -1 are left out; at least two classes.
    queries : (M, D) array
    strength : float
        Of the penalty on squared weights, against the sum of the losses of the labelled rows.

    Returns
    -------
    (M,) array of int64

    Examples
    --------
    >>> linear([[0.0], [1.0], [4.0], [5.0]], [0, 0, 1, 1], [[0.5], [9.0]])
    array([0, 1])
    """
    with needs_extra("train", "evaluate.probes.linear"):
        from sklearn.linear_model import LogisticRegression
    if not strength > 0:
        raise InputError(f"linear: strength must be positive, got {strength}")
    return _fitted(LogisticRegression(C=1 / strength, max_iter=5000), "linear", z, labels, queries)


def ridge(z: ArrayLike, labels: ArrayLike, queries: ArrayLike) -> NDArray[np.int64]:
    """Classify by ridge regression on standardised embeddings: a linear probe without training.

    The penalty is the one of 13, from 0.001 to 1000, with the best leave-one-out error.

    Parameters
    ----------
    z : (N, D) array
    labels : (N,) array of int
        Rows of -1 are left out; at least two classes.
    queries : (M, D) array

    Returns
    -------
    (M,) array of int64
    """
    with needs_extra("train", "evaluate.probes.ridge"):
        from sklearn.linear_model import RidgeClassifierCV
    return _fitted(RidgeClassifierCV(np.logspace(-3, 3, 13)), "ridge", z, labels, queries)


def _fitted(
    model: Any, name: str, z: ArrayLike, labels: ArrayLike, queries: ArrayLike
) -> NDArray[np.int64]:
    """Fit a classifier of scikit-learn to the labelled rows, standardised by them, and ask it."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    _, y = _checked(z, labels, None)
    if len(np.unique(y[y >= 0])) < 2:
        raise InputError(f"{name}: expected labels of at least two classes")
    whole = make_pipeline(StandardScaler(), model)
    whole.fit(np.asarray(z, dtype=np.float64)[y >= 0], y[y >= 0])
    return np.asarray(whole.predict(np.asarray(queries, dtype=np.float64)), dtype=np.int64)


def _due(
    balance: Any, labelled: NDArray[np.float64], known: NDArray[np.int64], n_classes: int
) -> NDArray[np.float64] | None:
    """Return the share that each class with a label is owed, or None for no balance."""
    if isinstance(balance, bool | np.bool_):
        return np.full(len(known), 1 / len(known)) if balance else None
    if isinstance(balance, str):
        if balance != "estimated":
            raise InputError(
                f'propagate: balance: expected true, false, "estimated" or shares, got {balance!r}'
            )
        of_labels: NDArray[np.float64] = labelled / labelled.sum()
        return of_labels
    shares = np.asarray(balance, dtype=np.float64)
    if shares.shape != (n_classes,) or not (np.isfinite(shares) & (shares > 0))[known].all():
        raise InputError(
            f"propagate: balance: expected a positive share for each of {n_classes} classes, "
            f"got {balance!r}"
        )
    of_known: NDArray[np.float64] = shares[known] / shares[known].sum()
    return of_known


def _balanced(
    masses: NDArray[np.float64], owed: NDArray[np.float64], strength: float, rounds: int = 50
) -> NDArray[np.float64]:
    """Scale rows and columns in turn, so that rows sum to 1 and columns to what they are owed."""
    columns = owed * (len(masses) / owed.sum())
    scale = np.ones(len(owed))
    for _ in range(rounds):
        factor = columns / np.maximum(masses.sum(0), 1e-300)
        if strength < 1:
            factor = (factor * scale) ** strength / scale
            scale = scale * factor
        masses = _rows_to_one(masses * factor)
    return masses


def _rows_to_one(masses: NDArray[np.float64]) -> NDArray[np.float64]:
    shares: NDArray[np.float64] = masses / masses.sum(1, keepdims=True)
    return shares


def _directions(weights: NDArray[np.float64], units: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weighted mean direction of each column of weights, NaN where there is none."""
    sums = weights.T @ units
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    directions = np.full_like(sums, np.nan)
    np.divide(sums, lengths, out=directions, where=lengths > 0)
    return directions


def _one_hot(y: NDArray[np.int64], n_classes: int) -> NDArray[np.float64]:
    return np.asarray(y[:, None] == np.arange(n_classes), dtype=np.float64)


def _checked(
    z: ArrayLike, labels: ArrayLike, n_classes: int | None
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    units, y = to_units(z), np.asarray(labels)
    if y.shape != (len(units),):
        raise ShapeError(f"expected a label for each of {len(units)} embeddings, got {y.shape}")
    if y.dtype.kind not in "iu":
        raise InputError(f"expected integer labels, got {y.dtype}")
    if not (y >= 0).any():
        raise InputError("expected at least one label, got none")
    if n_classes is not None and y.max() >= n_classes:
        raise InputError(f"expected labels below {n_classes}, got {y.max()}")
    return units, y.astype(np.int64)
