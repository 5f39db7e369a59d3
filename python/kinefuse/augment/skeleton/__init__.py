"""Augmentations of skeleton windows ``(T, J, D)``, D = 2 or 3.

Centres are the origin, so normalise first (:func:`kinefuse.skeleton.normalize`). A missing joint
is NaN and stays NaN.
"""

from kinefuse.augment.skeleton.crop_resize import CropResize
from kinefuse.augment.skeleton.jitter import Jitter
from kinefuse.augment.skeleton.reference_rotation import ReferenceRotation
from kinefuse.augment.skeleton.reference_scaling import ReferenceScaling
from kinefuse.augment.skeleton.rotation import Rotation
from kinefuse.augment.skeleton.scaling import Scaling
from kinefuse.augment.skeleton.shear import Shear
from kinefuse.augment.skeleton.time_reverse import TimeReverse
from kinefuse.augment.skeleton.time_warp import TimeWarp

__all__ = [
    "CropResize",
    "Jitter",
    "ReferenceRotation",
    "ReferenceScaling",
    "Rotation",
    "Scaling",
    "Shear",
    "TimeReverse",
    "TimeWarp",
]
