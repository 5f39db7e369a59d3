"""Skeletons: layouts, conversion between them, normalisation of joints ``(T, J, D)``."""

from kinefuse.skeleton.conversion import Conversion, conversion, convert
from kinefuse.skeleton.layouts import (
    COCO17,
    H36M17,
    KINECT_V1,
    KINECT_V2,
    MEDIAPIPE33,
    OPENPOSE18,
    SMPL24,
    Point,
    SkeletonLayout,
    layout,
    layouts,
    register,
)
from kinefuse.skeleton.normalization import normalization, normalize

__all__ = [
    "COCO17",
    "H36M17",
    "KINECT_V1",
    "KINECT_V2",
    "MEDIAPIPE33",
    "OPENPOSE18",
    "SMPL24",
    "Conversion",
    "Point",
    "SkeletonLayout",
    "conversion",
    "convert",
    "layout",
    "layouts",
    "normalization",
    "normalize",
    "register",
]
