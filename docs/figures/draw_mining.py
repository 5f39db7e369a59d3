"""Draws what is mined inside a person and across people, into ``docs/_figures``."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from kinefuse.methods.mining import mine_across_subjects

OUT = Path(__file__).parent.parent / "_figures"
COLORS = ("#0072b2", "#d55e00", "#009e73")
MARKERS = ("o", "s", "^")
TRIALS = 4


def main() -> None:
    """Draw nearest neighbors beside mutual pairs across people, on the same windows."""
    mpl.rcParams.update({"svg.hashsalt": "kinefuse", "axes.titlesize": 9, "font.size": 8})
    random = np.random.default_rng(1)
    activity, person = (x.ravel() for x in np.meshgrid(range(3), range(3)))
    activity, person = np.repeat(activity, TRIALS), np.repeat(person, TRIALS)
    # How a person moves sets windows further apart than what the person does.
    places = np.array([[0, 0], [1, 0.15], [2, 0]])[activity] * 0.8
    places = places + np.array([[0, 0], [0.08, 1.1], [-0.08, 2.2]])[person]
    places += random.normal(0, 0.09, places.shape)
    near = -np.linalg.norm(places[:, None] - places[None], axis=2)
    nearest = [(i, j) for i, row in enumerate(near) for j in np.argsort(-row)[1:TRIALS]]
    mutual = mine_across_subjects(near, person, k=TRIALS).pairs
    figure = Figure(figsize=(8, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharex=True, sharey=True)
    left.set_title("each window's 3 nearest: the same person's repetitions")
    right.set_title("mutual pairs across people")
    for axes, pairs in ((left, nearest), (right, mutual)):
        draw(axes, places, activity, person, pairs)
    OUT.mkdir(exist_ok=True)
    figure.savefig(OUT / "mining.svg", metadata={"Date": None})


def draw(
    axes: Axes,
    places: NDArray[np.float64],
    activity: NDArray[np.int64],
    person: NDArray[np.int64],
    pairs: list[tuple[int, int]] | NDArray[np.int64],
) -> None:
    """Draw windows, colored by activity and shaped by person, and the pairs between them."""
    for i, j in pairs:
        axes.plot(*places[[i, j]].T, color="#999999", lw=0.6, zorder=1)
    for who, marker in enumerate(MARKERS):
        mine = person == who
        colors = [COLORS[a] for a in activity[mine]]
        axes.scatter(*places[mine].T, c=colors, marker=marker, s=22, zorder=2)
    axes.set(xticks=[], yticks=[])


if __name__ == "__main__":
    main()
