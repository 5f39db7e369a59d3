"""Normalisation of skeletons: where, how large and which way round a body is."""

import json
import warnings
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import output
from kinefuse.errors import ConfigError, GapWarning
from kinefuse.skeleton._check import as_skeleton, check_choice, windows_of
from kinefuse.skeleton.ground import UP, Up
from kinefuse.skeleton.layouts import Point, SkeletonLayout
from kinefuse.skeleton.layouts.registry import resolve

__all__ = ["normalization", "normalize"]


def normalize(
    x: ArrayLike,
    layout: SkeletonLayout | str,
    *,
    center: Literal["first", "each"] | None = "first",
    center_joint: Point | None = None,
    scale: Literal["torso", "bone"] | None = "torso",
    bone: tuple[Point, Point] | None = None,
    scale_over: Literal["first", "mean"] = "first",
    align: Literal["yaw", "body"] | None = None,
    align_frames: int = 5,
    align_over: Literal["first", "each"] = "first",
    ground: Literal["feet"] | Sequence[float] | None = None,
    up: Up = "y",
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Put a body at the origin, make it one unit long and turn it to a fixed view.

    Each window is measured by itself: ``out = R (x - center) / length``.

    Parameters
    ----------
    x : (T, J, D) or (N, T, J, D) array of float32 or float64
        Joint positions in any unit, D = 2 or 3. A missing joint is NaN.
    layout : SkeletonLayout or str
        The joints.
    center : {"first", "each"} or None
        The origin is the centre joint of the first frame, so that the way through the room stays,
        or that of each frame, so that it goes. None: the origin stays.
    center_joint : joint or tuple of joints, optional
        By name or number; of several, the mean. The lower end of the layout's spine if not given.
    scale : {"torso", "bone"} or None
        What becomes 1 long: the layout's spine, or ``bone``. None: nothing.
    bone : (joint, joint), optional
        The ends of the bone, with ``scale="bone"`` only.
    scale_over : {"first", "mean"}
        The length in the first frame, or its mean over the frames.
    align : {"yaw", "body"} or None
        ``"yaw"``: turn about the vertical until the lines from left to right (shoulders and hips
        together) point along x. ``"body"``: turn wholly, the spine along z and those lines along x
        as far as they can; y is then to the front. Needs D = 3.
    align_frames : int
        The directions are averaged over so many frames from the start.
    align_over : {"first", "each"}
        ``"each"``: each frame is turned by itself, so that a body that turns no longer does;
        ``align_frames`` has no meaning then.
    ground : "feet", (x, y, z) or None
        Turn the floor level before aligning: that which the feet of the window touch
        (:func:`find_ground`, with its errors), or the one with this direction up. Needs D = 3; not
        with ``align="body"``, which turns the spine upright instead.
    up : {"y", "z", "-y", "-z"}
        The vertical axis, for ``"yaw"`` and ``ground``; with a minus, if it points down.
    out : array of the shape and type of ``x``, optional
        Where to write. May not overlap ``x``.

    Returns
    -------
    array of the shape of ``x``, float64 for float64, else float32

    Raises
    ------
    ShapeError
        Another number of joints than the layout has, no frame, D other than 2 or 3.
    ConfigError
        A setting or joint that does not exist.
    InputError
        What is to be measured is known in no frame of a window, or has no length.

    Warns
    -----
    GapWarning
        With ``center="each"`` or ``align_over="each"``: frames in which what these are measured on
        is missing, or has no direction, became NaN.

    Notes
    -----
    The first frame is the first one in which the joints concerned are known; means and directions
    leave out the others. A NaN joint stays NaN, and a window of nothing but NaN stays so.

    With the default settings and ``kinect_v1`` this is the normalisation of CMC-CMKM
    (Brinzea et al., IJCNN 2022): spine of frame 0 at the origin, distance from spine to shoulder
    centre in frame 0 as the unit.

    Examples
    --------
    >>> import numpy as np
    >>> from kinefuse import skeleton
    >>> x = np.random.default_rng(0).normal(size=(60, 20, 3))
    >>> y = skeleton.normalize(x, "kinect_v1", align="yaw")
    >>> y[0, skeleton.KINECT_V1.index("spine")]
    array([0., 0., 0.])
    """
    body = resolve(layout)
    spec = normalization(
        body,
        center=center,
        center_joint=center_joint,
        scale=scale,
        bone=bone,
        scale_over=scale_over,
        align=align,
        align_frames=align_frames,
        align_over=align_over,
        ground=ground,
        up=up,
    )
    array = as_skeleton(x, body)
    spec["dims"] = array.shape[-1]
    out = output(out, array.shape, array.dtype, reads=array)
    single = array.dtype == np.float32
    run = _native.skeleton_normalize_f32 if single else _native.skeleton_normalize_f64
    lost = run(windows_of(array), json.dumps(spec), windows_of(out))
    if lost:
        lack = "their centre joint" if align_over == "first" else "joints that they are turned by"
        warnings.warn(
            f"skeleton.normalize: {lost} frames lack {lack} and became NaN",
            GapWarning,
            stacklevel=2,
        )
    return out


def normalization(
    layout: SkeletonLayout | str,
    *,
    dims: int = 3,
    center: Literal["first", "each"] | None = "first",
    center_joint: Point | None = None,
    scale: Literal["torso", "bone"] | None = "torso",
    bone: tuple[Point, Point] | None = None,
    scale_over: Literal["first", "mean"] = "first",
    align: Literal["yaw", "body"] | None = None,
    align_frames: int = 5,
    align_over: Literal["first", "each"] = "first",
    ground: Literal["feet"] | Sequence[float] | None = None,
    up: Up = "y",
) -> dict[str, Any]:
    """Return the settings of :func:`normalize` in joint numbers, as the core reads them (JSON).

    Raises
    ------
    ConfigError
        A setting or joint that does not exist.
    """
    body = resolve(layout)
    check_choice("center", center, ("first", "each", None))
    check_choice("scale", scale, ("torso", "bone", None))
    check_choice("scale_over", scale_over, ("first", "mean"))
    check_choice("align", align, ("yaw", "body", None))
    check_choice("align_over", align_over, ("first", "each"))
    check_choice("up", up, tuple(UP))
    if (scale == "bone") != (bone is not None):
        raise ConfigError("bone: expected two joints with scale='bone', and with that only")
    if not isinstance(align_frames, int) or align_frames < 1:
        raise ConfigError(f"align_frames: expected 1 or more, got {align_frames!r}")
    spec: dict[str, Any] = {"joints": len(body.joints), "dims": dims, "names": body.joints}
    if center is not None:
        point = body.spine[0] if center_joint is None else center_joint
        spec["center"] = {"point": body.indices(point), "over": center}
    if scale is not None:
        ends = body.spine if bone is None else bone
        if not isinstance(ends, tuple | list) or len(ends) != 2:
            raise ConfigError(f"bone: expected two joints, got {ends!r}")
        start, end = ends
        spec["scale"] = {
            "from": body.indices(start),
            "to": body.indices(end),
            "over": scale_over,
        }
    if align is not None:
        lines = [
            [body.indices(left), body.indices(right)] for left, right in (body.shoulders, body.hips)
        ]
        spec["align"] = {"to": align, "lines": lines, "frames": align_frames, "over": align_over}
        if align == "yaw":
            spec["align"]["up"] = UP[up][0]
        else:
            spec["align"]["spine"] = [body.indices(end) for end in body.spine]
    if ground is not None:
        if align == "body":
            raise ConfigError("ground: align='body' turns the spine upright; leave one of them out")
        spec["ground"] = _ground(body, ground, up)
    return spec


def _ground(body: SkeletonLayout, ground: Any, up: Up) -> dict[str, Any]:
    axis, down = UP[up]
    if isinstance(ground, str):
        check_choice("ground", ground, ("feet", None))
        if not body.feet:
            raise ConfigError(f"ground: layout {body.name} names no feet to find it by")
        feet = [body.index(joint) for joint in body.feet]
        return {"from": "feet", "feet": feet, "up": axis, "down": down}
    try:
        normal = np.asarray(ground, np.float64)
    except (TypeError, ValueError, OverflowError):
        normal = np.empty(0)
    if normal.shape != (3,) or not np.isfinite(normal).all() or not normal.any():
        raise ConfigError(f"ground: expected 'feet' or a direction (x, y, z), got {ground!r}")
    normal = normal / np.abs(normal).max()
    return {"from": "normal", "normal": normal.tolist(), "up": axis, "down": down}
