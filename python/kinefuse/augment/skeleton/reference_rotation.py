"""The rotation of the published CMC-CMKM code, for reproducing it only."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["ReferenceRotation"]


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
