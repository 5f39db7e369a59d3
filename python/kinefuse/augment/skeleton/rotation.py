"""Another viewpoint."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["Rotation"]


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
