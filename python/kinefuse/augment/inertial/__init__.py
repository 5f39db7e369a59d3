"""Augmentations of inertial windows ``(T, C)``.

Channels are expected in triplets x, y, z wherever a step speaks of directions, as in
``acc_x, acc_y, acc_z, gyro_x, gyro_y, gyro_z``.
"""

from kinefuse.augment.inertial.amplitude_perturbation import AmplitudePerturbation
from kinefuse.augment.inertial.axis_permutation import AxisPermutation
from kinefuse.augment.inertial.channel_mask import ChannelMask
from kinefuse.augment.inertial.channel_shuffle import ChannelShuffle
from kinefuse.augment.inertial.crop_resize import CropResize
from kinefuse.augment.inertial.drift import Drift
from kinefuse.augment.inertial.frequency_mask import FrequencyMask
from kinefuse.augment.inertial.gaps import Gaps
from kinefuse.augment.inertial.jitter import Jitter
from kinefuse.augment.inertial.low_pass import LowPass
from kinefuse.augment.inertial.magnitude_warp import MagnitudeWarp
from kinefuse.augment.inertial.mirror import Mirror
from kinefuse.augment.inertial.permutation import Permutation
from kinefuse.augment.inertial.phase_perturbation import PhasePerturbation
from kinefuse.augment.inertial.phase_shift import PhaseShift
from kinefuse.augment.inertial.quantize import Quantize
from kinefuse.augment.inertial.rate_jitter import RateJitter
from kinefuse.augment.inertial.reference_channel_permutation import ReferenceChannelPermutation
from kinefuse.augment.inertial.reference_rotation import ReferenceRotation
from kinefuse.augment.inertial.reference_scaling import ReferenceScaling
from kinefuse.augment.inertial.reference_time_shuffle import ReferenceTimeShuffle
from kinefuse.augment.inertial.rotation import Rotation
from kinefuse.augment.inertial.saturation import Saturation
from kinefuse.augment.inertial.scaling import Scaling
from kinefuse.augment.inertial.sensor_dropout import SensorDropout
from kinefuse.augment.inertial.speed import Speed
from kinefuse.augment.inertial.time_mask import TimeMask
from kinefuse.augment.inertial.time_reverse import TimeReverse
from kinefuse.augment.inertial.time_warp import TimeWarp
from kinefuse.augment.inertial.window_slice import WindowSlice

__all__ = [
    "AmplitudePerturbation",
    "AxisPermutation",
    "ChannelMask",
    "ChannelShuffle",
    "CropResize",
    "Drift",
    "FrequencyMask",
    "Gaps",
    "Jitter",
    "LowPass",
    "MagnitudeWarp",
    "Mirror",
    "Permutation",
    "PhasePerturbation",
    "PhaseShift",
    "Quantize",
    "RateJitter",
    "ReferenceChannelPermutation",
    "ReferenceRotation",
    "ReferenceScaling",
    "ReferenceTimeShuffle",
    "Rotation",
    "Saturation",
    "Scaling",
    "SensorDropout",
    "Speed",
    "TimeMask",
    "TimeReverse",
    "TimeWarp",
    "WindowSlice",
]
