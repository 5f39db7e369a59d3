"""The report's figures, each returned as the text of an SVG picture."""

from collections.abc import Mapping, Sequence
from importlib import import_module
from itertools import cycle
from typing import Any, Literal

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import InputError, MissingExtraError, ShapeError
from kinefuse.evaluate.convergence import Curve
from kinefuse.evaluate.report.results import Result, groups, label_order, summarize
from kinefuse.evaluate.report.style import COLORS, MARKERS, STYLE, to_svg

__all__ = [
    "accuracy_against_labels",
    "confusion_matrix",
    "convergence_curves",
    "embedding_picture",
    "project",
]


def accuracy_against_labels(results: Sequence[Result]) -> str:
    """Draw the accuracy of each method and modality against the labels it had.

    A point is the mean over seeds, a bar one standard deviation to each side, a small dot a run.

    Returns
    -------
    str
        SVG.
    """
    if not results:
        raise InputError("accuracy_against_labels: expected at least one result, got none")
    table = summarize(results)
    labels = sorted(table["labels"].unique(), key=label_order)
    position = {name: i for i, name in enumerate(labels)}
    lines = table.select("modality", "method").unique(maintain_order=True).rows()
    runs = groups(results)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(1.8 + 1.2 * max(3, len(labels)), 3.6), layout="constrained")
        axes = figure.add_subplot()
        looks = zip(cycle(COLORS), cycle(MARKERS), strict=False)
        for i, ((modality, method), (color, marker)) in enumerate(zip(lines, looks, strict=False)):
            own = table.filter(modality=modality, method=method)
            aside = 0.06 * (i - (len(lines) - 1) / 2)
            x = [position[name] + aside for name in own["labels"]]
            sd = own["accuracy_sd"].fill_null(0).to_numpy() * 100
            mean = own["accuracy"].to_numpy() * 100
            style: dict[str, Any] = {"color": color, "marker": marker, "ms": 5, "lw": 1.6}
            axes.errorbar(x, mean, yerr=sd, capsize=3, label=f"{method}, {modality}", **style)
            for at, name in zip(x, own["labels"], strict=True):
                dots = [100 * run.accuracy for run in runs[modality, method, name]]
                axes.plot([at] * len(dots), dots, ".", color=color, ms=4, alpha=0.45)
        axes.set_xticks(range(len(labels)), labels)
        axes.set_xlim(-0.4, len(labels) - 0.6)
        axes.set_xlabel("labels")
        axes.set_ylabel("accuracy, %")
        axes.set_ylim(top=101)
        axes.grid(axis="y", lw=0.5, alpha=0.5)
        figure.legend(frameon=False, loc="outside upper left", ncols=min(3, len(lines)))
        return to_svg(figure)


def convergence_curves(
    curves: Mapping[str, Sequence[Curve]],
    *,
    against: Literal["epochs", "steps", "seconds"] = "epochs",
    level: float | None = None,
) -> str:
    """Draw the accuracy on held-out windows as training goes on, a line a method.

    A line is the mean over a method's runs, its band one standard deviation to each side.

    Parameters
    ----------
    curves : mapping of str to sequence of Curve
        By method, its runs (:class:`kinefuse.evaluate.convergence.Curve`).
    against : {"epochs", "steps", "seconds"}
    level : float, optional
        An accuracy to mark by a dashed line.

    Returns
    -------
    str
        SVG.

    Raises
    ------
    InputError
        No method, a method without a run, or a run that does not know ``against``.
    """
    if not curves:
        raise InputError("convergence_curves: expected at least one method, got none")
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 3.6), layout="constrained")
        axes = figure.add_subplot()
        if level is not None:
            axes.axhline(100 * level, color="0.5", lw=1, ls="--")
        for (method, runs), color in zip(curves.items(), cycle(COLORS), strict=False):
            x, accuracy = _on_common_epochs(method, runs, against)
            mean, sd = 100 * accuracy.mean(0), 100 * accuracy.std(0)
            axes.plot(x, mean, color=color, lw=1.6, label=method)
            axes.fill_between(x, mean - sd, mean + sd, color=color, alpha=0.15, lw=0)
        axes.set_xlabel("seconds of training" if against == "seconds" else against)
        axes.set_ylabel("accuracy on held-out windows, %")
        axes.set_ylim(0, 101)
        axes.grid(axis="y", lw=0.5, alpha=0.5)
        figure.legend(frameon=False, loc="outside upper left", ncols=min(4, len(curves)))
        return to_svg(figure)


def _on_common_epochs(
    method: str, runs: Sequence[Curve], against: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the runs' mean cost ``(N,)`` and their accuracies ``(runs, N)``, epoch by epoch."""
    if not runs or any(getattr(run, against) is None for run in runs):
        raise InputError(f"convergence_curves: {method}: expected runs with {against}")
    first, last = max(run.epochs[0] for run in runs), min(run.epochs[-1] for run in runs)
    epochs = np.unique(np.concatenate([run.epochs for run in runs]))
    epochs = epochs[(epochs >= first) & (epochs <= last)]
    costs = [np.interp(epochs, run.epochs, getattr(run, against)) for run in runs]
    accuracies = [np.interp(epochs, run.epochs, run.accuracy) for run in runs]
    return np.mean(costs, axis=0), np.stack(accuracies)


def confusion_matrix(confusion: ArrayLike, classes: Sequence[str]) -> str:
    """Draw a confusion matrix as shares of each true class; shares under 5 % go unwritten.

    Parameters
    ----------
    confusion : (K, K) array of int
        Rows are the true classes, columns the predicted ones.
    classes : sequence of K str

    Returns
    -------
    str
        SVG.
    """
    counts = np.asarray(confusion)
    if counts.shape != (len(classes), len(classes)):
        raise ShapeError(
            f"confusion_matrix: expected ({len(classes)}, {len(classes)}) for {len(classes)} "
            f"classes, got {counts.shape}"
        )
    totals = counts.sum(axis=1, keepdims=True)
    # A class that was never true has no shares: NaN leaves its row blank.
    shares = np.divide(counts, totals, out=np.full(counts.shape, np.nan), where=totals > 0)
    with mpl.rc_context(STYLE):
        side = 2.2 + 0.27 * len(classes)
        figure = Figure(figsize=(side, side - 0.4), layout="constrained")
        axes = figure.add_subplot()
        image = axes.imshow(shares * 100, cmap="Blues", vmin=0, vmax=100, interpolation="none")
        ticks = range(len(classes))
        axes.set_xticks(ticks, classes, rotation=90, fontsize=7)
        axes.set_yticks(ticks, classes, fontsize=7)
        axes.set_xlabel("predicted")
        axes.set_ylabel("true")
        for row, column in np.argwhere(np.nan_to_num(shares) >= 0.05):
            share = shares[row, column]
            color = "white" if share > 0.6 else "black"
            text = f"{100 * share:.0f}"
            axes.text(column, row, text, ha="center", va="center", fontsize=6, color=color)
        bar = figure.colorbar(image, ax=axes, shrink=0.5, pad=0.02)
        bar.set_label("% of the true class")
        return to_svg(figure)


def project(
    features: ArrayLike, *, seed: int = 0, method: Literal["tsne", "umap"] = "tsne"
) -> NDArray[np.float32]:
    """Lay embeddings out in the plane by t-SNE, started from their principal components.

    Parameters
    ----------
    features : (N, D) array of float
        At least 4 rows.
    seed : int
    method : {"tsne", "umap"}
        UMAP if the package umap-learn is installed, which kinefuse does not bring.

    Returns
    -------
    (N, 2) array of float32

    Raises
    ------
    MissingExtraError
        umap-learn is asked for and not installed.

    Notes
    -----
    L. van der Maaten and G. Hinton, "Visualizing data using t-SNE", JMLR 9, 2008; L. McInnes, J.
    Healy and J. Melville, arXiv:1802.03426. Neighbours mean something; distances between clusters,
    and their sizes, do not.
    """
    from threadpoolctl import threadpool_limits

    values = np.asarray(features, dtype=np.float32)
    if values.ndim != 2 or len(values) < 4:
        raise ShapeError(f"project: expected (N, D) with N of at least 4, got {values.shape}")
    if not np.isfinite(values).all():
        raise InputError("project: features: expected finite numbers, got NaN or infinity")
    layout = (
        _umap(len(values), seed) if method == "umap" else _tsne(len(values), values.shape[1], seed)
    )
    # One thread: some hundred points are few, and OpenMP's threads wait for one another busily.
    with threadpool_limits(1):
        return np.asarray(layout.fit_transform(values), dtype=np.float32)


def _tsne(n: int, d: int, seed: int) -> Any:
    from sklearn.manifold import TSNE

    return TSNE(
        init="pca" if d > 1 else "random",
        perplexity=min(30.0, (n - 1) / 3),
        max_iter=500,
        random_state=seed,
        n_jobs=1,
    )


def _umap(n: int, seed: int) -> Any:
    try:
        umap = import_module("umap")
    except ModuleNotFoundError as missing:
        if missing.name != "umap":
            raise
        raise MissingExtraError(
            "a picture by UMAP needs umap-learn, which is not installed: pip install umap-learn",
            name="umap",
        ) from missing
    return umap.UMAP(n_neighbors=min(15, n - 1), random_state=seed, n_jobs=1)


def embedding_picture(
    points: ArrayLike,
    labels: ArrayLike,
    classes: Sequence[str],
    *,
    shapes: ArrayLike | None = None,
    shape_names: Sequence[str] = (),
) -> str:
    """Draw points of the plane coloured by activity, each activity's name at its middle.

    Parameters
    ----------
    points : (N, 2) array of float
    labels : (N,) array of int
        Numbers of classes; -1 for none, drawn grey.
    classes : sequence of str
    shapes : (N,) array of int, optional
        Which of ``shape_names`` each point is of; a legend says which shape that is. Unless given,
        activities have different shapes.
    shape_names : sequence of str

    Returns
    -------
    str
        SVG.
    """
    xy, y = np.asarray(points, dtype=np.float64), np.asarray(labels)
    if xy.ndim != 2 or xy.shape[1] != 2 or y.shape != xy.shape[:1]:
        raise ShapeError(
            f"embedding_picture: expected points (N, 2) and labels (N,), got {xy.shape}, {y.shape}"
        )
    if len(y) and (y.min() < -1 or y.max() >= len(classes)):
        raise InputError(
            f"embedding_picture: labels: expected -1 to {len(classes) - 1}, "
            f"got {y.min()} to {y.max()}"
        )
    if len(shape_names) > len(MARKERS):
        raise InputError(
            f"embedding_picture: {len(shape_names)} shapes cannot be told apart: show "
            f"{len(MARKERS)} or fewer at a time"
        )
    kinds = np.maximum(y, 0) if shapes is None else np.asarray(shapes)
    if kinds.shape != y.shape or (shapes is not None and kinds.max(initial=0) >= len(shape_names)):
        raise InputError(
            f"embedding_picture: shapes: expected (N,) numbers under {len(shape_names)}, "
            f"got {kinds.shape}"
        )
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 5.2), layout="constrained")
        axes = figure.add_subplot()
        colors = mpl.colormaps["turbo"](np.linspace(0.03, 0.97, max(1, len(classes))))
        for number, kind in sorted(set(zip(y.tolist(), kinds.tolist(), strict=True))):
            own = xy[(y == number) & (kinds == kind)]
            color = colors[number] if number >= 0 else "0.75"
            marker = MARKERS[kind % len(MARKERS)]
            axes.plot(*own.T, marker, color=color, ms=4, alpha=0.75, mew=0)
        for kind, name in enumerate(shape_names if shapes is not None else ()):
            axes.plot([], [], MARKERS[kind % len(MARKERS)], color="0.3", ms=5, label=name)
        if shapes is not None:
            figure.legend(frameon=False, loc="outside upper left", ncols=6)
        for number in np.unique(y[y >= 0]):
            middle = np.median(xy[y == number], axis=0)
            box = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": "none", "alpha": 0.75}
            axes.annotate(classes[number], middle, ha="center", va="center", fontsize=7, bbox=box)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[["left", "bottom"]].set_visible(False)
        return to_svg(figure)
