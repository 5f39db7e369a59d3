"""Figures of a table of results: accuracies with their intervals, weights of modalities."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate.report.results import label_order
from kinefuse.evaluate.report.style import COLORS, MARKERS, STYLE, to_svg

__all__ = ["Point", "accuracy_bands", "modality_weights"]


class Point(NamedTuple):
    """A mean accuracy and the interval around it, from 0 to 1."""

    mean: float
    low: float
    high: float


def accuracy_bands(lines: Mapping[str, Mapping[str, Point]]) -> str:
    """Draw accuracies against labels, a line a method, a band its interval.

    Parameters
    ----------
    lines : mapping of str to mapping of str to Point
        By method, and by labels (``"3/class"``, ``"5%"``).

    Returns
    -------
    str
        SVG. Lines differ by marker too, for eyes that do not tell colours apart.

    Raises
    ------
    InputError
        No point at all.
    """
    if not any(lines.values()):
        raise InputError("accuracy_bands: expected at least one point, got none")
    labels = sorted({name for points in lines.values() for name in points}, key=label_order)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(2.4 + 0.9 * max(3, len(labels)), 4.2), layout="constrained")
        axes = figure.add_subplot()
        # Seven colours and twelve markers: no two of 84 lines look alike.
        looks = zip(cycle(COLORS), cycle(MARKERS), strict=False)
        for (method, points), (color, marker) in zip(lines.items(), looks, strict=False):
            names = [name for name in labels if name in points]
            x = [labels.index(name) for name in names]
            found = 100 * np.array([points[name] for name in names]).reshape(-1, 3)
            style: dict[str, Any] = {"color": color, "marker": marker, "ms": 4.5, "lw": 1.5}
            axes.plot(x, found[:, 0], label=method, **style)
            axes.fill_between(x, found[:, 1], found[:, 2], color=color, alpha=0.13, lw=0)
        axes.set_xticks(range(len(labels)), labels)
        axes.set_xlabel("labels")
        axes.set_ylabel("accuracy, %")
        axes.set_ylim(top=100.5)
        axes.grid(axis="y", lw=0.5, alpha=0.5)
        figure.legend(frameon=False, loc="outside upper left", ncols=4)
        return to_svg(figure)


def modality_weights(weights: Mapping[str, Sequence[float]], modalities: Sequence[str]) -> str:
    """Draw how much each modality weighs, a bar an activity.

    Parameters
    ----------
    weights : mapping of str to sequence of M float
        By activity; those of one sum to 1.
    modalities : sequence of M str

    Returns
    -------
    str
        SVG, activities from the top in the order of the first modality's weight.

    Raises
    ------
    InputError
        No activity, or weights that do not sum to 1.
    ShapeError
        An activity with more or fewer weights than modalities.
    """
    if not weights:
        raise InputError("modality_weights: expected at least one activity, got none")
    for name, row in weights.items():
        if len(row) != len(modalities):
            raise ShapeError(
                f"modality_weights: {name}: expected {len(modalities)} weights, got {len(row)}"
            )
        if not abs(sum(row) - 1) < 1e-3:
            raise InputError(f"modality_weights: {name}: expected a sum of 1, got {sum(row):.4g}")
    names = sorted(weights, key=lambda name: weights[name][0])
    rows = np.array([weights[name] for name in names])
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(5.6, 1.1 + 0.19 * len(names)), layout="constrained")
        axes = figure.add_subplot()
        before = np.zeros(len(names))
        for modality, own, color in zip(modalities, rows.T, cycle(COLORS), strict=False):
            axes.barh(range(len(names)), own, left=before, color=color, label=modality, height=0.8)
            before = before + own
        axes.axvline(1 / len(modalities), color="black", lw=0.8, ls="--")
        axes.set_yticks(range(len(names)), names, fontsize=7)
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.6, len(names) - 0.4)
        axes.set_xlabel("weight")
        figure.legend(frameon=False, loc="outside upper left", ncols=len(modalities))
        return to_svg(figure)
