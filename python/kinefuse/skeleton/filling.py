"""Missing joints: recognised, interpolated where the gap is short, else NaN."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real, output
from kinefuse.errors import ConfigError, ShapeError
from kinefuse.skeleton._check import as_skeleton, check_choice, windows_of
from kinefuse.skeleton.layouts import SkeletonLayout
from kinefuse.skeleton.layouts.registry import resolve

__all__ = ["FillReport", "Filled", "fill_missing"]

_FILLED, _MISSING = 1, 2


@dataclass(frozen=True)
class FillReport:
    """What :func:`fill_missing` found and did.

    Everything but frames is counted in joints of a frame, and each by the first reason that holds:
    ``zero_frames * J + zero_joints + not_finite + unsure == filled + missing``.

    Parameters
    ----------
    frames : int
        Frames that were looked at.
    zero_frames : int
        Frames of nothing but zeros.
    zero_joints, not_finite, unsure : int
        Joints at zero, with a coordinate that is NaN or infinite, of too little confidence.
    filled, missing : int
        Missing joints that were interpolated, and those that are NaN.
    joints : dict of str to (int, int)
        ``filled`` and ``missing`` by the name of the joint; joints that were never missing are left
        out.
    """

    frames: int
    zero_frames: int
    zero_joints: int
    not_finite: int
    unsure: int
    filled: int
    missing: int
    joints: dict[str, tuple[int, int]]


@dataclass(frozen=True, eq=False)
class Filled:
    """What :func:`fill_missing` returns.

    Parameters
    ----------
    x : (T, J, D) or (N, T, J, D) array
        The joints; what is still missing is NaN.
    filled, missing : (T, J) or (N, T, J) array of bool
        Which were interpolated, and which are NaN.
    report : FillReport
        The counts.
    """

    x: NDArray[Any]
    filled: NDArray[np.bool_]
    missing: NDArray[np.bool_]
    report: FillReport


def fill_missing(
    x: ArrayLike,
    layout: SkeletonLayout | str,
    *,
    max_gap: int | None = None,
    max_gap_s: float | None = None,
    rate_hz: float | None = None,
    zeros: Literal["frames", "joints"] | None = "frames",
    confidence: ArrayLike | None = None,
    min_confidence: float | None = None,
    out: NDArray[Any] | None = None,
) -> Filled:
    """Recognise missing joints, interpolate them in short gaps and mark the others.

    Parameters
    ----------
    x : (T, J, D) or (N, T, J, D) array of float32 or float64
        Joint positions in any unit, D = 2 or 3, frames at a constant rate. A joint with a
        coordinate that is not finite is missing.
    layout : SkeletonLayout or str
        The joints.
    max_gap : int, optional
        The most frames running in which a joint is missing and still interpolated; 0: none. 5 if
        neither this nor ``max_gap_s`` is given.
    max_gap_s : float, optional
        The same by the time from the last frame that knows the joint to the next one; with
        ``rate_hz``.
    rate_hz : float, optional
        Frames a second.
    zeros : {"frames", "joints"} or None
        What zeros stand for: ``"frames"``: a frame of nothing but zeros is missing, as when a
        camera lost the body; ``"joints"``: so is a joint at zero in any other frame, as pose
        estimators write what they did not detect. None: zeros are positions.
    confidence : (T, J) or (N, T, J) array, optional
        How sure each joint is.
    min_confidence : float, optional
        Joints of less are missing; so are those whose confidence is NaN.
    out : array of the shape and type of ``x``, optional
        Where to write the joints. May not overlap ``x``.

    Returns
    -------
    Filled

    Raises
    ------
    ShapeError
        Another number of joints than the layout has, no frame, D other than 2 or 3, a confidence
        for other frames or joints.
    ConfigError
        Settings that do not go together.

    Notes
    -----
    Interpolated is along the straight line between the last and the next frame that know the joint,
    in the same window. Before the first and after the last of them nothing is extrapolated.

    Examples
    --------
    >>> import numpy as np
    >>> from kinefuse import skeleton
    >>> x = np.random.default_rng(0).normal(size=(30, 20, 3))
    >>> x[4:6] = 0
    >>> done = skeleton.fill_missing(x, "kinect_v1")
    >>> done.report.zero_frames, done.report.filled, bool(np.isfinite(done.x).all())
    (2, 40, True)
    """
    body = resolve(layout)
    check_choice("zeros", zeros, ("frames", "joints", None))
    frames = _max_gap(max_gap, max_gap_s, rate_hz)
    array = as_skeleton(x, body)
    sure = _confidence(confidence, min_confidence, array)
    out = output(out, array.shape, array.dtype, reads=array)
    windows = windows_of(array)
    status = np.empty(windows.shape[:3], np.uint8)
    run = _native.skeleton_fill_f32 if array.dtype == np.float32 else _native.skeleton_fill_f64
    counts = run(
        windows,
        None if sure is None else sure.reshape(status.shape),
        (zeros is not None, zeros == "joints"),
        frames,
        float(-np.inf if min_confidence is None else min_confidence),
        windows_of(out),
        status,
    )
    filled, missing = status == _FILLED, status == _MISSING
    by_joint = zip(body.joints, filled.sum((0, 1)), missing.sum((0, 1)), strict=True)
    joints = {joint: (int(f), int(m)) for joint, f, m in by_joint if f or m}
    report = FillReport(windows.shape[0] * windows.shape[1], *counts, joints)
    shape = array.shape[:-1]
    return Filled(out, filled.reshape(shape), missing.reshape(shape), report)


def _max_gap(max_gap: int | None, max_gap_s: float | None, rate_hz: float | None) -> int:
    """Frames in which a joint may be missing."""
    if max_gap_s is None:
        if rate_hz is not None:
            raise ConfigError("rate_hz: expected it with max_gap_s, and with that only")
        frames = 5 if max_gap is None else max_gap
        if not isinstance(frames, int | np.integer) or isinstance(frames, bool) or frames < 0:
            raise ConfigError(f"max_gap: expected 0 or more frames, got {max_gap!r}")
        return min(int(frames), 2**62)
    if max_gap is not None:
        raise ConfigError("max_gap: expected frames or max_gap_s, got both")
    seconds, hz = _number("max_gap_s", max_gap_s), _number("rate_hz", rate_hz)
    if seconds < 0 or hz <= 0:
        raise ConfigError(
            f"expected max_gap_s of 0 or more and a rate_hz above 0, got {seconds} and {hz}"
        )
    # A joint that is missing once is known again two frames later. The step allows for rounding.
    return int(min(max(seconds * hz * (1 + 1e-9) - 1, 0), 2**62))


def _number(name: str, value: float | None) -> float:
    if not isinstance(value, int | float | np.number) or isinstance(value, bool):
        raise ConfigError(f"{name}: expected a number, got {value!r}")
    try:
        number = float(value)
    except (OverflowError, TypeError):
        number = float("nan")
    if not np.isfinite(number):
        raise ConfigError(f"{name}: expected a finite number, got {value!r}")
    return number


def _confidence(
    confidence: ArrayLike | None, min_confidence: float | None, x: NDArray[Any]
) -> NDArray[Any] | None:
    if confidence is None and min_confidence is None:
        return None
    if confidence is None or min_confidence is None:
        raise ConfigError("expected confidence and min_confidence together, got one of them")
    _number("min_confidence", min_confidence)
    array = as_real("confidence", confidence)
    if array.shape != x.shape[:-1]:
        raise ShapeError(f"confidence: expected {x.shape[:-1]}, got {array.shape}")
    return array.astype(x.dtype, copy=False)
