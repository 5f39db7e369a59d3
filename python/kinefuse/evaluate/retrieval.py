"""Retrieval: windows of the same activity, found by the nearness of their embeddings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import DtypeError, InputError, ShapeError
from kinefuse.evaluate.directions import center, fuse

if TYPE_CHECKING:
    from kinefuse.evaluate.embeddings import Embedded

__all__ = ["Retrieval", "retrieve", "retrieve_modalities"]


@dataclass(frozen=True)
class Retrieval:
    """How good the ranking of a gallery is, means over the queries, 0 to 1.

    Attributes
    ----------
    mean_average_precision : float
        The mean over the queries of the average precision: the mean, over the gallery's windows of
        the query's class, of the share of that class among all windows ranked as high or higher.
    precision, recall : dict of int to float
        At each ``k``: the share of the query's class among the first ``k``; the share of the
        class's windows of the gallery that are among them.
    hit : dict of int to float
        At each ``k``: how often at least one of the first ``k`` is of the query's class.
    queries : int
        Queries that counted.
    without_match : int
        Queries left out because the gallery has no window of their class.
    """

    mean_average_precision: float
    precision: dict[int, float]
    recall: dict[int, float]
    hit: dict[int, float]
    queries: int
    without_match: int

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, JSON-able."""
        return {
            "mean_average_precision": self.mean_average_precision,
            **{
                f"{name}@{k}": value
                for name, at in (
                    ("precision", self.precision),
                    ("recall", self.recall),
                    ("hit", self.hit),
                )
                for k, value in at.items()
            },
            "queries": self.queries,
            "without_match": self.without_match,
        }

    def __str__(self) -> str:
        at = ", ".join(f"precision@{k} {100 * p:.1f} %" for k, p in self.precision.items())
        text = f"mAP {100 * self.mean_average_precision:.1f} %, {at}, {self.queries} queries"
        if self.without_match:
            text += f"; {self.without_match} without a match in the gallery left out"
        return text


def retrieve(
    query: ArrayLike,
    gallery: ArrayLike,
    query_labels: ArrayLike,
    gallery_labels: ArrayLike,
    *,
    ks: Sequence[int] = (1, 5, 10),
    block: int = 1024,
) -> Retrieval:
    """Rank the gallery by its cosine to each query and measure the rankings.

    Query and gallery may be of different modalities, if their embeddings share a space: an
    inertial query against a skeleton gallery. Windows of equal cosine keep the gallery's order.

    Parameters
    ----------
    query : (Q, D) array
        Embeddings, usually of people who are not in the gallery.
    gallery : (N, D) array
        Embeddings to choose from. None may be NaN.
    query_labels, gallery_labels : (Q,) and (N,) arrays of int
        Classes from 0.
    ks : sequence of int
        Where precision and recall are taken; more than the gallery has counts as all of it in
        recall, and as misses in precision.
    block : int
        Queries that are ranked at a time, which bounds the memory to ``block * N`` values.

    Raises
    ------
    InputError
        No query with a match, no gallery, a ``k`` or ``block`` under 1, embeddings that are not
        finite, or a negative label. (ShapeError and DtypeError are InputErrors too.)

    Examples
    --------
    >>> found = retrieve([[1.0, 0.1]], [[1.0, 0.0], [0.0, 1.0], [0.9, 0.3]], [0], [0, 0, 1], ks=[1])
    >>> round(found.mean_average_precision, 3), found.precision
    (0.833, {1: 1.0})
    """
    q, wanted = _checked(query, query_labels, "query")
    g, classes = _checked(gallery, gallery_labels, "gallery")
    if q.shape[1] != g.shape[1]:
        raise ShapeError(f"retrieve: expected queries of {g.shape[1]} values, got {q.shape[1]}")
    if not ks or min(ks) < 1 or block < 1:
        raise InputError(f"retrieve: expected ks and block of at least 1, got {ks} and {block}")
    known = np.isin(wanted, classes)
    without_match = int((~known).sum())
    q, wanted = q[known], wanted[known]
    if not len(q):
        raise InputError("retrieve: no query has a window of its class in the gallery")
    average = np.empty(len(q))
    found = {k: np.empty(len(q)) for k in ks}
    in_gallery = np.bincount(classes)[wanted]
    ranks = np.arange(1, len(g) + 1)
    for start in range(0, len(q), block):
        rows = slice(start, start + block)
        order = np.argsort(-(q[rows] @ g.T), axis=1, kind="stable")
        right = classes[order] == wanted[rows, None]
        so_far = right.cumsum(1)
        average[rows] = (right * so_far / ranks).sum(1) / in_gallery[rows]
        for k in ks:
            found[k][rows] = so_far[:, min(k, len(g)) - 1]
    return Retrieval(
        mean_average_precision=float(average.mean()),
        precision={k: float((found[k] / k).mean()) for k in ks},
        recall={k: float((found[k] / in_gallery).mean()) for k in ks},
        hit={k: float((found[k] > 0).mean()) for k in ks},
        queries=len(q),
        without_match=without_match,
    )


def retrieve_modalities(
    query: "Embedded", gallery: "Embedded", *, ks: Sequence[int] = (1, 5, 10)
) -> pl.DataFrame:
    """Retrieve by each modality, by all together, and from one modality to another.

    By modality and fused, in each space that the checkpoint has; from an inertial query to a
    skeleton gallery and back in the projections, the one space that modalities share. Embeddings
    are compared by :func:`kinefuse.evaluate.directions.center`, around the gallery's mean of their
    own modality.

    Parameters
    ----------
    query, gallery : Embedded
        Of the same checkpoint: usually the windows of test and of training subjects. Those without
        a label take no part.
    ks : sequence of int
        As for :func:`retrieve`.

    Returns
    -------
    polars.DataFrame
        ``query, gallery`` (a modality, or ``"fused"``), ``space``, and the numbers of
        :meth:`Retrieval.to_dict`.

    Raises
    ------
    InputError
        The two are of different modalities, or as :func:`retrieve`.
    """
    if query.modalities != gallery.modalities:
        raise InputError(
            f"retrieve_modalities: expected queries of {', '.join(gallery.modalities)}, "
            f"got {', '.join(query.modalities)}"
        )
    query, gallery = query.labelled(), gallery.labelled()
    rows: list[dict[str, Any]] = []
    for about, q, g in _pairs(query, gallery):
        found = retrieve(q, g, query.label, gallery.label, ks=ks)
        rows.append({**about, **found.to_dict()})
    return pl.DataFrame(rows)


def _pairs(
    query: "Embedded", gallery: "Embedded"
) -> Iterator[tuple[dict[str, str], NDArray[np.float64], NDArray[np.float64]]]:
    for space in query.spaces:
        q, g = query.space(space), gallery.space(space)
        for m in q:
            about = {"query": m, "gallery": m, "space": space}
            yield about, center(q[m], g[m]), center(g[m], g[m])
        if len(q) > 1:
            about = {"query": "fused", "gallery": "fused", "space": space}
            yield about, fuse(q, g), fuse(g, g)
    q, g = query.projections, gallery.projections
    for asks, answers in permutations(q, 2):
        if q[asks].shape[1] == g[answers].shape[1]:
            about = {"query": asks, "gallery": answers, "space": "projections"}
            yield about, center(q[asks], g[asks]), center(g[answers], g[answers])


def _checked(
    z: ArrayLike, labels: ArrayLike, of: str
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return unit embeddings and their classes."""
    try:
        rows = np.asarray(z, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DtypeError(f"retrieve: {of}: expected numbers: {error}") from error
    y = np.asarray(labels)
    if rows.ndim != 2 or not rows.size or y.shape != rows.shape[:1]:
        raise ShapeError(
            f"retrieve: {of}: expected embeddings (N, D) with labels (N,), got {rows.shape} "
            f"with {y.shape}"
        )
    if y.dtype.kind not in "iu":
        raise DtypeError(f"retrieve: {of}: expected labels of int, got {y.dtype}")
    if y.min() < 0:
        raise InputError(f"retrieve: {of}: window {int(y.argmin())} has no label")
    if not np.isfinite(rows).all():
        row = int(np.flatnonzero(~np.isfinite(rows).all(1))[0])
        raise InputError(f"retrieve: {of}: the embedding of window {row} is not finite")
    size = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(size > 0, size, 1), y.astype(np.int64)
