"""The floor under a skeleton."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from kinefuse import _native
from kinefuse.errors import ConfigError, ShapeError
from kinefuse.skeleton._check import as_skeleton, check_choice
from kinefuse.skeleton.layouts import SkeletonLayout
from kinefuse.skeleton.layouts.registry import resolve

__all__ = ["UP", "Ground", "Up", "find_ground"]

#: The axis that points up, or with a minus down.
Up = Literal["y", "z", "-y", "-z"]
#: Its number, and whether it points down.
UP = {"y": (1, False), "z": (2, False), "-y": (1, True), "-z": (2, True)}


@dataclass(frozen=True)
class Ground:
    """A floor: the points ``p`` with ``normal @ p == height``.

    Parameters
    ----------
    normal : (float, float, float)
        The direction up, 1 long.
    height : float
        In the unit of the data.
    tilt_deg : float
        Angle between ``normal`` and the axis that should be vertical.
    spread : float
        Median distance of the feet from the floor, in the unit of the data.
    points : int
        How many positions of feet it was fitted to.
    """

    normal: tuple[float, float, float]
    height: float
    tilt_deg: float
    spread: float
    points: int


def find_ground(x: ArrayLike, layout: SkeletonLayout | str, *, up: Up = "y") -> Ground:
    """Fit the floor to what the feet touch.

    A foot in the air does not lift it, as long as feet are on the floor for a good part of the
    time: the fit starts from the plane that a fifth of the feet's positions lie under, by
    regression of the quantile (Koenker and Bassett, Econometrica 1978), and goes to that of the
    positions that lie near it, by redescending weights (Geman and McClure, 1987).

    Parameters
    ----------
    x : (T, J, 3) array of float32 or float64
        Joint positions in any unit. A missing joint is NaN and left out.
    layout : SkeletonLayout or str
        The joints; its ``feet`` are used.
    up : {"y", "z", "-y", "-z"}
        The axis nearest to the vertical; with a minus, if it points down.

    Returns
    -------
    Ground

    Raises
    ------
    ShapeError
        Another number of joints than the layout has, no frame, D other than 3.
    ConfigError
        A layout without feet, or an axis that does not exist.
    InputError
        The feet are known less than 10 times, or spread too little in some direction: by less than
        8 times what they lie off the plane, or 0.15 of the body's size (the root-mean-square
        distance of its joints from their middle). Who stays in one place touches two points, and
        the floor may tilt about them.

    Examples
    --------
    >>> import numpy as np
    >>> from kinefuse import skeleton
    >>> x = np.random.default_rng(0).normal(size=(60, 20, 3))
    >>> x[:, :, 1] += 5
    >>> x[:, [15, 19], 1] = 0.1 * x[:, [15, 19], 2] - 1
    >>> round(skeleton.find_ground(x, "kinect_v1").tilt_deg, 3)
    5.711
    """
    body = resolve(layout)
    check_choice("up", up, tuple(UP))
    array = as_skeleton(x, body, dims=(3,))
    if array.ndim != 3:
        raise ShapeError(f"x: expected one recording (T, {len(body.joints)}, 3), got {array.shape}")
    if not body.feet:
        raise ConfigError(f"layout {body.name}: it names no feet to find the ground by")
    axis, down = UP[up]
    single = array.dtype == np.float32
    run = _native.skeleton_ground_f32 if single else _native.skeleton_ground_f64
    feet = [body.index(joint) for joint in body.feet]
    normal, height, spread, points = run(array[np.newaxis], feet, axis, down)
    rise = abs(normal[axis])
    tilt = float(np.degrees(np.arctan2(np.sqrt(max(0.0, 1 - rise**2)), rise)))
    return Ground(normal, height, tilt, spread, points)
