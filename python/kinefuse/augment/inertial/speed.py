"""An inertial window of a faster or slower movement."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["Speed"]


@register("inertial", "speed")
class Speed(common.Speed):
    """Values are kept, not rescaled as those of a faster movement: keep to 0.8 to 1.25."""
