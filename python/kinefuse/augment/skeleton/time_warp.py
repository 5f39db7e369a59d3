"""A change of tempo of a skeleton window."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["TimeWarp"]


@register("skeleton", "time_warp")
class TimeWarp(common.TimeWarp):
    """Poses are kept."""
