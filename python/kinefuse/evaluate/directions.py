"""Embeddings made comparable by their directions."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import InputError, ShapeError

__all__ = ["center", "fuse", "to_units", "whiten"]


def to_units(rows: ArrayLike) -> NDArray[np.float64]:
    """Return each row at unit length; rows of zeros stay.

    Parameters
    ----------
    rows : (N, D) array

    Raises
    ------
    ShapeError
        Not a table.
    InputError
        A value that is not finite.
    """
    x = _finite(rows)
    lengths = np.linalg.norm(x, axis=1, keepdims=True)
    return x / np.where(lengths > 0, lengths, 1.0)


def center(rows: ArrayLike, reference: ArrayLike) -> NDArray[np.float64]:
    """Return unit vectors around the mean direction of a reference.

    Embeddings of a network often share one large direction, which hides the angles between them.

    Parameters
    ----------
    rows : (N, D) array
    reference : (M, D) array
        Whose mean direction is taken off, usually of the training windows.

    Returns
    -------
    (N, D) array of float64
        Each of unit length; zero where nothing is left.

    Raises
    ------
    ShapeError
        Not two tables of the same width, or no reference.
    InputError
        A value that is not finite.

    Examples
    --------
    >>> center([[3.0, 4.0]], [[5.0, 0.0], [0.0, 2.0]]).round(3)
    array([[0.316, 0.949]])
    """
    x, mean = to_units(rows), to_units(reference)
    if x.shape[1] != mean.shape[1] or not len(mean):
        raise ShapeError(f"center: expected (N, {x.shape[1]}) as reference, got {mean.shape}")
    return to_units(x - mean.mean(0))


def fuse(rows: Mapping[str, ArrayLike], reference: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """Return the centred directions of all modalities side by side.

    The cosine of two such rows is the mean of their cosines in each modality.

    Parameters
    ----------
    rows, reference : mappings of modality to (N, D) and (M, D) array
        As for :func:`center`; the widths may differ between modalities.

    Returns
    -------
    (N, sum of D) array of float64
    """
    if not rows:
        raise InputError("fuse: expected embeddings of at least one modality, got none")
    parts = [center(x, reference[m]) for m, x in rows.items()]
    scale: float = len(parts) ** -0.5
    return np.concatenate(parts, axis=1) * scale


def whiten(rows: ArrayLike, components: int) -> NDArray[np.float64]:
    """Return unit vectors of the leading principal components, all of them with one spread.

    A few large directions, such as who moves rather than what is done, otherwise decide what is
    near what.

    Parameters
    ----------
    rows : (N, D) array
    components : int
        How many; of fewer rows or columns, all that there are.

    Returns
    -------
    (N, components) array of float64
        Each of unit length; zero where nothing is left.

    Raises
    ------
    ShapeError
        Not a table.
    InputError
        A value that is not finite, or no component.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> z = whiten(random.normal(size=(50, 8)) * [9, 1, 1, 1, 1, 1, 1, 1], 4)
    >>> z.shape
    (50, 4)
    """
    if components < 1:
        raise InputError(f"whiten: expected at least one component, got {components}")
    x = _finite(rows)
    left, values, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    real = values > values.max(initial=0.0) * len(x) * np.finfo(x.dtype).eps
    return to_units(left[:, real][:, :components])


def _finite(rows: ArrayLike) -> NDArray[np.float64]:
    x = np.asarray(rows, dtype=np.float64)
    if x.ndim != 2:
        raise ShapeError(f"expected embeddings (N, D), got {x.shape}")
    if not np.isfinite(x).all():
        bad = int((~np.isfinite(x).all(1)).sum())
        raise InputError(f"expected finite embeddings, got {bad} of {len(x)} that are not")
    return x
