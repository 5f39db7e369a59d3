"""Augmentations of skeleton windows ``(T, J, D)``, D = 2 or 3.

Centres are the origin, so normalise first (:func:`kinefuse.skeleton.normalize`). A missing joint
is NaN and stays NaN.
"""

from dataclasses import dataclass, field

from kinefuse.augment.plan import Step, register

__all__ = [
    "CropResize",
    "Jitter",
    "ReferenceRotation",
    "ReferenceScaling",
    "Rotation",
    "Scaling",
    "Shear",
    "TimeWarp",
]


@register("skeleton", "jitter")
@dataclass(frozen=True)
class Jitter(Step):
    """Add noise ``N(0, sigma²)``, every coordinate of every joint and frame independent.

    Bone lengths are kept up to the noise.

    Parameters
    ----------
    sigma : float
        Standard deviation, in the units of the window.
    p : float
        Probability that the step is applied.
    """

    sigma: float


@register("skeleton", "scaling")
@dataclass(frozen=True)
class Scaling(Step):
    """Multiply coordinates by factors constant over joints and frames, about the origin.

    One factor for the whole skeleton is another body size and keeps proportions; one per axis
    changes them a little.

    Parameters
    ----------
    sigma : float, optional
        Factors are drawn from ``N(1, sigma²)``.
    low, high : float, optional
        Or from ``U(low, high)``. Give either ``sigma`` or both of these.
    per : {"axis", "all"}
        What has a factor of its own.
    p : float
        Probability that the step is applied.
    """

    sigma: float | None = None
    low: float | None = None
    high: float | None = None
    per: str = "axis"


@register("skeleton", "rotation")
@dataclass(frozen=True)
class Rotation(Step):
    """Turn the skeleton about the origin by one rotation for all frames: another viewpoint.

    The angle about each axis is drawn from ``U(-max_deg, max_deg)``; the rotation is
    ``Rx · Ry · Rz``. Bone lengths are kept.

    Parameters
    ----------
    max_deg : float or (float, float, float)
        Largest angle in degrees, 0 to 180: the same about every axis, or one each for x, y and z.
        About a vertical y, ``(8, 25, 8)`` turns by up to 25 degrees of yaw. Joints with 2
        coordinates take a single number.
    p : float
        Probability that the step is applied.
    """

    max_deg: float | tuple[float, float, float]


@register("skeleton", "shear")
@dataclass(frozen=True)
class Shear(Step):
    """Shear space: ``x' = x + sx (y + z)`` and so on round the axes, about the origin.

    ``sx, sy, sz`` are drawn from ``N(0, sigma²)`` once for the window; in the plane
    ``x' = x + sx y``. Straight limbs stay straight; bone lengths change. As in Rao et al. (2021).

    Parameters
    ----------
    sigma : float
        Standard deviation of each shear.
    p : float
        Probability that the step is applied.
    """

    sigma: float


@register("skeleton", "crop_resize")
@dataclass(frozen=True)
class CropResize(Step):
    """Keep a random part of the window and stretch it to the window's length.

    The share is drawn from ``U(min, max)``, the place uniformly. A missing value spreads to the
    frames that are interpolated from it; with ``resize="fourier"`` to all frames of its joint.
    Poses are kept up to the interpolation.

    Parameters
    ----------
    min, max : float
        Smallest and largest share, ``0 < min <= max <= 1``.
    resize : {"linear", "fourier"}
        ``"linear"`` interpolates at instants between the frames. ``"fourier"`` keeps a whole number
        of frames and stretches them as :func:`kinefuse.resample_to_length` does,
        whose last bits may differ between machines.
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    min: float
    max: float = 1.0
    resize: str = "linear"
    shared: bool = field(default=False, kw_only=True)


@register("skeleton", "time_warp")
@dataclass(frozen=True)
class TimeWarp(Step):
    """Change the tempo smoothly; the window still begins and ends where it did.

    The speed is ``exp(sigma · N(0, 1))`` at equally spaced knots and linear between them, so time
    never runs backward. Poses are kept. After Um et al. (ICMI 2017).

    Parameters
    ----------
    sigma : float
        Standard deviation of the logarithm of the speed, 0 to 2.
    knots : int
        Number of knots, both ends included, 2 to 16.
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    sigma: float
    knots: int = 4
    shared: bool = field(default=False, kw_only=True)


@register("skeleton", "reference_scaling")
@dataclass(frozen=True)
class ReferenceScaling(Step):
    """Scale each axis about joint 0 of each frame. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "scaling": one factor
    ``U(low, high)`` for each axis and window, the head's own path being left as it is. A frame
    without joint 0 becomes NaN. :class:`Scaling` scales about the origin.

    Parameters
    ----------
    low, high : float
        Smallest and largest factor, ``0 < low <= high``.
    p : float
        Probability that the step is applied.
    """

    low: float
    high: float


@register("skeleton", "reference_rotation")
@dataclass(frozen=True)
class ReferenceRotation(Step):
    """Turn each frame about its joint 0 by angles from a list. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "rotation": the angle
    about each axis is one of ``range(start, end + 1, step)``, the rotation is ``Rx · Ry · Rz``, the
    head's own path being left as it is; joints with 2 coordinates have one angle. A frame without
    joint 0 becomes NaN. :class:`Rotation` turns about the origin.

    Parameters
    ----------
    start, end : int
        First and last angle in degrees, -180 to 180.
    step : int
        Degrees from one angle to the next, 1 to 360.
    p : float
        Probability that the step is applied.
    """

    start: int
    end: int
    step: int
