"""A change of tempo of an inertial window."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["TimeWarp"]


@register("inertial", "time_warp")
class TimeWarp(common.TimeWarp):
    """Values are kept: angular rate and acceleration do not grow with the speed.

    So keep ``sigma`` small (0.1 to 0.2).
    """
