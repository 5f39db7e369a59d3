"""Augmentations of inertial windows ``(T, C)``.

Channels are expected in triplets x, y, z wherever a step speaks of directions, as in
``acc_x, acc_y, acc_z, gyro_x, gyro_y, gyro_z``.
"""

from kinefuse.augment.inertial.channel_shuffle import ChannelShuffle
from kinefuse.augment.inertial.crop_resize import CropResize
from kinefuse.augment.inertial.jitter import Jitter
from kinefuse.augment.inertial.permutation import Permutation
from kinefuse.augment.inertial.reference_channel_permutation import ReferenceChannelPermutation
from kinefuse.augment.inertial.reference_rotation import ReferenceRotation
from kinefuse.augment.inertial.reference_scaling import ReferenceScaling
from kinefuse.augment.inertial.reference_time_shuffle import ReferenceTimeShuffle
from kinefuse.augment.inertial.rotation import Rotation
from kinefuse.augment.inertial.scaling import Scaling
from kinefuse.augment.inertial.time_warp import TimeWarp

__all__ = [
    "ChannelShuffle",
    "CropResize",
    "Jitter",
    "Permutation",
    "ReferenceChannelPermutation",
    "ReferenceRotation",
    "ReferenceScaling",
    "ReferenceTimeShuffle",
    "Rotation",
    "Scaling",
    "TimeWarp",
]
