"""A noisier sensor."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["Jitter"]


@register("inertial", "jitter")
class Jitter(common.Jitter):
    """Valid for channels of comparable size; after standardisation, that is all."""
