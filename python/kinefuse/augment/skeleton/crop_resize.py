"""A part of a skeleton window, stretched to its length."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["CropResize"]


@register("skeleton", "crop_resize")
class CropResize(common.CropResize):
    """Poses are kept up to the interpolation."""
