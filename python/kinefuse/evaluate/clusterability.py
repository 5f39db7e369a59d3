"""How clustered embeddings are, without a label: which modality is likely to tell classes apart."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse._extras import needs_extra
from kinefuse.errors import InputError, ShapeError

__all__ = ["Quality", "hopkins", "modality_quality", "silhouette"]

Quality = Literal["hopkins", "silhouette", "uniform"]


def hopkins(x: ArrayLike, n: int = 100, seed: int = 0, *, components: int | None = None) -> float:
    r"""Return the Hopkins statistic: 0.5 without structure, towards 1 with clusters.

    .. math:: H = \frac{\sum_i u_i}{\sum_i u_i + \sum_i v_i}

    with u the distances from ``n`` points drawn uniformly from the bounding box to the nearest row,
    and v those from ``n`` rows drawn at random to the nearest other one. Below 0.5 rows keep apart
    from each other, as on a grid.

    Parameters
    ----------
    x : (N, D) array
        Embeddings, at least two.
    n : int
        How many are drawn; all, if there are fewer.
    seed : int
    components : int, optional
        Measure on so many principal components. Embeddings often fill few of their dimensions:
        points of the box are then far from every row, and the statistic is near 1 without any
        cluster.

    Returns
    -------
    float
        0.5 where all rows are the same.

    Raises
    ------
    ShapeError
        Not a table of at least two rows.
    InputError
        A value that is not finite, or a number under 1.

    Notes
    -----
    B. Hopkins and J. G. Skellam, "A new method for determining the type of distribution of plant
    individuals", Annals of Botany 18, 1954; with plain distances.

    Examples
    --------
    >>> blobs = np.repeat([[0.0, 0.0], [1.0, 1.0]], 50, axis=0)
    >>> blobs += np.random.default_rng(0).normal(0, 0.01, blobs.shape)
    >>> hopkins(blobs) > 0.95
    True
    """
    with needs_extra("train", "evaluate.clusterability.hopkins"):
        from sklearn.neighbors import NearestNeighbors
    rows = _checked(x, "hopkins")
    if n < 1 or (components is not None and components < 1):
        raise InputError(f"hopkins: expected n and components from 1, got {n} and {components}")
    if components is not None:
        rows = _principal(rows, components)
    random = np.random.default_rng(seed)
    n = min(n, len(rows))
    drawn = rows[random.choice(len(rows), n, replace=False)]
    points = random.uniform(rows.min(0), rows.max(0), (n, rows.shape[1]))
    nearest = NearestNeighbors(n_neighbors=2).fit(rows)
    u = nearest.kneighbors(points, 1)[0].sum()
    # The nearest of a row is itself, or its double; either way at no distance.
    v = nearest.kneighbors(drawn, 2)[0][:, 1].sum()
    return float(u / (u + v)) if u + v > 0 else 0.5


def silhouette(x: ArrayLike, k: int, seed: int = 0) -> float:
    """Return the mean silhouette of ``k`` clusters found by k-means, -1 to 1.

    Parameters
    ----------
    x : (N, D) array
        Embeddings, more than ``k``.
    k : int
        At least 2; the number of classes, where it is known.
    seed : int

    Returns
    -------
    float
        0 where all rows are the same.

    Raises
    ------
    ShapeError
        Not a table of at least two rows.
    InputError
        A value that is not finite, or ``k`` not from 2 to N - 1.

    Notes
    -----
    P. J. Rousseeuw, "Silhouettes", J. Comput. Appl. Math. 20, 1987. By scikit-learn.

    Examples
    --------
    >>> silhouette([[0.0], [0.1], [5.0], [5.1]], k=2) > 0.95
    True
    """
    with needs_extra("train", "evaluate.clusterability.silhouette"):
        from sklearn.cluster import KMeans
        from sklearn.metrics import silhouette_score
        from threadpoolctl import threadpool_limits
    rows = _checked(x, "silhouette")
    if not 2 <= k < len(rows):
        raise InputError(f"silhouette: expected k from 2 to {len(rows) - 1}, got {k}")
    # Where there are fewer different rows than clusters, k-means would warn and find fewer.
    k = min(k, len(np.unique(rows, axis=0)))
    if k < 2:
        return 0.0
    # One thread: the order of sums, and with it the last bits, would depend on their number.
    with threadpool_limits(1):
        found = KMeans(k, n_init=4, random_state=seed).fit_predict(rows)
        return float(silhouette_score(rows, found))


def modality_quality(
    embeddings: Mapping[str, ArrayLike],
    how: Quality | Mapping[str, float] = "hopkins",
    *,
    rho: float = 1.0,
    floor: float = 0.05,
    k: int | None = None,
    components: int | None = None,
    seed: int = 0,
) -> dict[str, float]:
    r"""Return what each modality is worth, as shares: the prior of quality-guided attention.

    Shares are proportional to :math:`(H_m - 1/2)_+^\rho` with the Hopkins statistic, or to
    :math:`(s_m)_+^\rho` with the silhouette; where no modality scores, all are alike. The idea is
    Cosmo's (Ouyang et al., MobiCom 2022), whose published code has fixed numbers instead.

    Parameters
    ----------
    embeddings : mapping of modality to (N, D) array
        Of training windows; a row of NaN, of a window without that modality, is left out.
    how : {"hopkins", "silhouette", "uniform"} or mapping of modality to float
        A mapping gives the shares themselves, up to a common factor.
    rho : float
        Above 1 the better modality gets more, at 0 all with a positive score the same.
    floor : float
        The least share, between 0 and 1 / M. What a given mapping says stays as it is.
    k : int, optional
        Clusters, for the silhouette.
    components : int, optional
        As for :func:`hopkins`.
    seed : int

    Returns
    -------
    dict of modality to float
        Positive, of sum 1, in the order of ``embeddings``.

    Raises
    ------
    InputError
        An unknown ``how``; no modality; numbers for other modalities, or not positive; ``floor``
        or ``rho`` out of range; no ``k`` for the silhouette.
    ShapeError
        As for :func:`hopkins`.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> noise = random.uniform(size=(200, 2))
    >>> clear = noise * 0.02 + random.integers(0, 3, (200, 1))
    >>> quality = modality_quality({"inertial": noise, "skeleton": clear})
    >>> quality["skeleton"] > 0.9
    True
    """
    names = list(embeddings)
    if not names:
        raise InputError("modality_quality: expected embeddings of a modality, got none")
    if isinstance(how, Mapping):
        return _given(how, names)
    if not (rho >= 0 and 0 < floor < 1 / len(names)):
        raise InputError(
            f"modality_quality: expected rho from 0 and a floor between 0 and 1/{len(names)}, "
            f"got {rho} and {floor}"
        )
    if how == "uniform":
        scores = [1.0] * len(names)
    elif how == "hopkins":
        scores = [
            hopkins(_whole(x), seed=seed, components=components) - 0.5 for x in embeddings.values()
        ]
    elif how == "silhouette":
        if k is None:
            raise InputError("modality_quality: silhouette needs k, the number of clusters")
        scores = [silhouette(_whole(x), k, seed) for x in embeddings.values()]
    else:
        raise InputError(
            f"modality_quality: expected hopkins, silhouette, uniform or numbers, got {how!r}"
        )
    worth = np.array([score**rho if score > 0 else 0.0 for score in scores])
    if not worth.any():
        worth[:] = 1.0
    return dict(zip(names, _shares(worth, floor).tolist(), strict=True))


def _shares(worth: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Scale to sum 1; what then lies under the floor is lifted to it, at the others' cost."""
    low = np.zeros(len(worth), dtype=bool)
    shares: NDArray[np.float64] = worth / worth.sum()
    while (shares[~low] < floor).any():
        low |= shares < floor
        shares[low] = floor
        shares[~low] = worth[~low] / worth[~low].sum() * (1 - floor * low.sum())
    return shares


def _given(numbers: Mapping[str, float], names: list[str]) -> dict[str, float]:
    positive = all(0 < value < float("inf") for value in numbers.values())
    if set(numbers) != set(names) or not positive:
        raise InputError(
            f"modality_quality: expected a positive number for each of {', '.join(names)}, "
            f"got {dict(numbers)}"
        )
    total = sum(numbers.values())
    return {name: float(numbers[name]) / total for name in names}


def _whole(x: ArrayLike) -> NDArray[np.float64]:
    """Return the rows that are not all NaN."""
    rows: NDArray[np.float64] = np.asarray(x, dtype=np.float64)
    if rows.ndim == 2 and rows.shape[1]:
        rows = rows[~np.isnan(rows).all(axis=1)]
    return rows


def _principal(rows: NDArray[np.float64], components: int) -> NDArray[np.float64]:
    centered = rows - rows.mean(0)
    axes = np.linalg.svd(centered, full_matrices=False)[2]
    return np.asarray(centered @ axes[:components].T, dtype=np.float64)


def _checked(x: ArrayLike, who: str) -> NDArray[np.float64]:
    rows = np.asarray(x, dtype=np.float64)
    if rows.ndim != 2 or len(rows) < 2 or not rows.shape[1]:
        raise ShapeError(
            f"{who}: expected embeddings (N, D) with N of at least 2, got {rows.shape}"
        )
    if bad := int((~np.isfinite(rows).all(1)).sum()):
        raise InputError(
            f"{who}: expected finite embeddings, got {bad} of {len(rows)} that are not"
        )
    return rows
