"""Skeleton layouts: which joint is which."""

from kinefuse.skeleton.layouts.coco17 import COCO17
from kinefuse.skeleton.layouts.h36m17 import H36M17
from kinefuse.skeleton.layouts.kinect_v1 import KINECT_V1
from kinefuse.skeleton.layouts.kinect_v2 import KINECT_V2
from kinefuse.skeleton.layouts.layout import Point, SkeletonLayout
from kinefuse.skeleton.layouts.mediapipe33 import MEDIAPIPE33
from kinefuse.skeleton.layouts.openpose18 import OPENPOSE18
from kinefuse.skeleton.layouts.registry import layout, layouts, register
from kinefuse.skeleton.layouts.smpl24 import SMPL24

__all__ = [
    "COCO17",
    "H36M17",
    "KINECT_V1",
    "KINECT_V2",
    "MEDIAPIPE33",
    "OPENPOSE18",
    "SMPL24",
    "Point",
    "SkeletonLayout",
    "layout",
    "layouts",
    "register",
]
