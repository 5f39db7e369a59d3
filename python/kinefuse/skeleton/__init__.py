"""Skeletons: layouts, missing joints, persons, normalisation and streams of ``(T, J, D)``."""

from kinefuse.skeleton.conversion import Conversion, conversion, convert
from kinefuse.skeleton.filling import Filled, FillReport, fill_missing
from kinefuse.skeleton.ground import Ground, find_ground
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
from kinefuse.skeleton.persons import Selected, select_persons
from kinefuse.skeleton.streams import streams

__all__ = [
    "COCO17",
    "H36M17",
    "KINECT_V1",
    "KINECT_V2",
    "MEDIAPIPE33",
    "OPENPOSE18",
    "SMPL24",
    "Conversion",
    "FillReport",
    "Filled",
    "Ground",
    "Point",
    "Selected",
    "SkeletonLayout",
    "conversion",
    "convert",
    "fill_missing",
    "find_ground",
    "layout",
    "layouts",
    "normalization",
    "normalize",
    "register",
    "select_persons",
    "streams",
]
