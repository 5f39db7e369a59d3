"""A sensor worn a little differently."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["Rotation"]


@register("inertial", "rotation")
@dataclass(frozen=True)
class Rotation(Step):
    """Turn the sensor on the body: one rotation for all triplets of the sensor.

    The angle is drawn from ``U(-max_deg, max_deg)``, the axis uniformly from the sphere; without
    ``max_deg`` the rotation is uniform over all rotations (Shoemake, Graphics Gems III). Valid for
    channels in triplets with a common frame and a common scale; lengths are kept, gravity turns
    with the rest.

    Parameters
    ----------
    max_deg : float, optional
        Largest angle in degrees, 0 to 180. Without it the sensor may be mounted in any way.
    sensors : int
        Number of sensors that turn independently; each has an equal run of the channels.
    p : float
        Probability that the step is applied.
    """

    max_deg: float | None = None
    sensors: int = 1
