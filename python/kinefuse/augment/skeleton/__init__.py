"""Augmentations of skeleton windows ``(T, J, D)``, D = 2 or 3.

Centres are the origin, so normalise first (:func:`kinefuse.skeleton.normalize`). A missing joint
is NaN and stays NaN.
"""

from kinefuse.augment.skeleton.body_part_mask import BodyPartMask
from kinefuse.augment.skeleton.bone_length import BoneLength
from kinefuse.augment.skeleton.crop_resize import CropResize
from kinefuse.augment.skeleton.frame_mask import FrameMask
from kinefuse.augment.skeleton.jitter import Jitter
from kinefuse.augment.skeleton.joint_mask import JointMask
from kinefuse.augment.skeleton.mirror import Mirror
from kinefuse.augment.skeleton.reference_recenter import ReferenceRecenter
from kinefuse.augment.skeleton.reference_rotation import ReferenceRotation
from kinefuse.augment.skeleton.reference_scaling import ReferenceScaling
from kinefuse.augment.skeleton.rotation import Rotation
from kinefuse.augment.skeleton.scaling import Scaling
from kinefuse.augment.skeleton.shear import Shear
from kinefuse.augment.skeleton.speed import Speed
from kinefuse.augment.skeleton.time_reverse import TimeReverse
from kinefuse.augment.skeleton.time_warp import TimeWarp

__all__ = [
    "BodyPartMask",
    "BoneLength",
    "CropResize",
    "FrameMask",
    "Jitter",
    "JointMask",
    "Mirror",
    "ReferenceRecenter",
    "ReferenceRotation",
    "ReferenceScaling",
    "Rotation",
    "Scaling",
    "Shear",
    "Speed",
    "TimeReverse",
    "TimeWarp",
]
