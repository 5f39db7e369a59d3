"""The rotation of the published CMC-CMKM code, for reproducing it only."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["ReferenceRotation"]


@register("inertial", "reference_rotation")
@dataclass(frozen=True)
class ReferenceRotation(Step):
    """Change the sign of every single value with probability one half. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "rotation".
    :class:`Rotation` turns the sensor.

    Parameters
    ----------
    p : float
        Probability that the step is applied.
    """
