"""A noisier body tracker."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["Jitter"]


@register("skeleton", "jitter")
class Jitter(common.Jitter):
    """Every coordinate of every joint and frame; bone lengths are kept up to the noise."""
