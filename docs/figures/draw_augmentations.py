"""Draws every registered augmentation on a window, into ``docs/_figures``; `make docs` runs it.

A step's parameters are those of its example in ``tests/augment``, which every step has, unless
``augmentations.toml`` beside this file has others, where the example's are too weak to be seen.
"""

import tomllib
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from recording import Shown, shown

from kinefuse.augment import Plan, steps
from kinefuse.skeleton import KINECT_V1

HERE = Path(__file__).parent
OUT = HERE.parent / "_figures"
EXAMPLES = HERE.parents[1] / "tests" / "augment"
AXES = ("#0072b2", "#e69f00", "#009e73")  # x, y, z; distinct for colour-blind readers too
LEFT, RIGHT, MIDDLE, BEFORE = "#0072b2", "#d55e00", "#333333", "#bbbbbb"
POSES = 4
SEED = 1

Array = NDArray[Any]


def parameters(kind: str, name: str) -> dict[str, Any]:
    """Return what a step is drawn with; it is always applied."""
    own = tomllib.loads((HERE / "augmentations.toml").read_text()).get(kind, {})
    example = tomllib.loads((EXAMPLES / kind / "examples.toml").read_text())
    return {**own.get(name, example[name]), "p": 1.0}


def draw_inertial(before: Array, after: Array, hz: float) -> Figure:
    """Draw acceleration and angular rate, before in grey, after in colour."""
    figure = Figure(figsize=(8, 2.3), layout="constrained")
    time = np.arange(len(before)) / hz
    for k, (ax, what) in enumerate(
        zip(figure.subplots(1, 2), ("acceleration, g", "angular rate, rad/s"), strict=True)
    ):
        for channel, color in enumerate(AXES, start=3 * k):
            ax.plot(time, before[:, channel], color=BEFORE, lw=1)
            ax.plot(time, after[:, channel], color=color, lw=1.2, label="xyz"[channel - 3 * k])
        ax.set(xlabel="s", title=what, xlim=(0, time[-1]))
    ax.legend(frameon=False, loc="upper right", fontsize=8)
    return figure


def draw_skeleton(before: Array, after: Array, hz: float) -> Figure:
    """Draw some poses from the front and the way of both hands, before in grey, after in colour."""
    figure = Figure(figsize=(8, 2.6), layout="constrained")
    bodies, ways = figure.subplots(1, 2, width_ratios=(3, 2))
    every = np.linspace(0, len(before) - 1, POSES).round().astype(int)
    apart = 2.2 * np.nanmax(np.abs(before[..., 0]))
    for k, frame in enumerate(every):
        draw_pose(bodies, before[frame], k * apart, one_color=True)
        draw_pose(bodies, after[frame], k * apart)
    bodies.set_aspect("equal")
    bodies.set(xticks=[], yticks=[], title="from the front: left blue, right red")
    bodies.spines[:].set_visible(False)
    time = np.arange(len(before)) / hz
    for side, color in (("left", LEFT), ("right", RIGHT)):
        hand = KINECT_V1.index(f"{side}_hand")
        ways.plot(time, before[:, hand, 1], color=BEFORE, lw=1)
        ways.plot(time, after[:, hand, 1], color=color, lw=1.2)
    ways.set(xlabel="s", title="height of both hands", xlim=(0, time[-1]))
    return figure


def draw_pose(ax: Any, joints: Array, shift: float, *, one_color: bool = False) -> None:
    """Draw one body as sticks from joint to parent."""
    for joint, parent in enumerate(KINECT_V1.parent_indices):
        side = KINECT_V1.joints[joint].partition("_")[0]
        color = BEFORE if one_color else {"left": LEFT, "right": RIGHT}.get(side, MIDDLE)
        ends = joints[[joint, parent]]
        ax.plot(ends[:, 0] + shift, ends[:, 1], color=color, lw=1.2 if one_color else 1.6)


def draw(kind: str, name: str, window: Shown) -> Figure:
    """Draw one step."""
    before: Array = getattr(window, kind)
    after = Plan.from_list(kind, [{"name": name, **parameters(kind, name)}])(before, seed=SEED)
    function = {"inertial": draw_inertial, "skeleton": draw_skeleton}[kind]
    return function(before, after, getattr(window, f"{kind}_hz"))


def main() -> None:
    """Draw all steps."""
    # The same bytes every time.
    mpl.rcParams.update({"svg.hashsalt": "kinefuse", "axes.titlesize": 9, "font.size": 8})
    window = shown()
    for kind in ("inertial", "skeleton"):
        for name in steps(kind):
            path = OUT / "augment" / f"{kind}-{name}.svg"
            path.parent.mkdir(parents=True, exist_ok=True)
            draw(kind, name, window).savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
