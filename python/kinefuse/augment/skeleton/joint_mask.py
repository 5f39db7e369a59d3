"""Joints that the camera does not see."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["JointMask"]


@register("skeleton", "joint_mask")
@dataclass(frozen=True)
class JointMask(Step):
    """Lose some joints for the whole window, as where something stands before the body.

    The number of joints is uniform in ``1..max_joints``, and any set of that many is as likely.
    The other joints are kept as they are.

    Parameters
    ----------
    max_joints : int
        1 to one less than the number of joints.
    fill : {"nan", "zero", "mean"}
        What a lost joint becomes: missing; the origin, which is the centre of a normalised body and
        the mean where a mean was subtracted; or its mean place in the window. Encoders see NaN as
        it is and give NaN, so plans for training need one of the others.
    p : float
        Probability that the step is applied.
    """

    max_joints: int
    fill: str = "nan"
