"""Steps that inertial and skeleton windows have in common: defined once, registered for each.

A kind's own class inherits the parameters from here and says what the step keeps valid there.
"""

from kinefuse.augment.common.crop_resize import CropResize
from kinefuse.augment.common.jitter import Jitter
from kinefuse.augment.common.scaling import Scaling
from kinefuse.augment.common.speed import Speed
from kinefuse.augment.common.time_reverse import TimeReverse
from kinefuse.augment.common.time_warp import TimeWarp

__all__ = [
    "CropResize",
    "Jitter",
    "Scaling",
    "Speed",
    "TimeReverse",
    "TimeWarp",
]
