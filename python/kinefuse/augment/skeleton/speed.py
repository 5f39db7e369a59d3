"""A skeleton window of a faster or slower movement."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["Speed"]


@register("skeleton", "speed")
class Speed(common.Speed):
    """Poses are kept; the body stands still where a pose is held."""
