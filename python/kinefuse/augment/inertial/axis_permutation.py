"""A sensor mounted another way round."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["AxisPermutation"]


@register("inertial", "axis_permutation")
@dataclass(frozen=True)
class AxisPermutation(Step):
    """Exchange the axes of the sensor and turn some round: mounted in another of 24 orientations.

    One orientation for all triplets of the sensor, all of them alike. It is a rotation by quarter
    turns, so lengths, angles and handedness are kept; gravity turns with the rest. Valid for
    channels in triplets with a common frame.

    Parameters
    ----------
    signs : bool
        Turn axes round; without, the order changes only.
    keep_handedness : bool
        Leave out the orientations of a mirror image, which no mounting gives, and after which
        acceleration and angular rate no longer fit together.
    sensors : int
        Number of sensors that are mounted independently; each has an equal run of the channels.
    p : float
        Probability that the step is applied.
    """

    signs: bool = True
    keep_handedness: bool = True
    sensors: int = 1
