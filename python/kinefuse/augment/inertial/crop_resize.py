"""A part of an inertial window, stretched to its length."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["CropResize"]


@register("inertial", "crop_resize")
class CropResize(common.CropResize):
    """Frequencies fall by up to the share: valid while the activity is still told by the part."""
