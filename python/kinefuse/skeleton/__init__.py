"""Skeletons: layouts, and normalisation of joint positions ``(T, J, D)``."""

from kinefuse.skeleton.layouts import (
    KINECT_V1,
    Point,
    SkeletonLayout,
    layout,
    layouts,
    register,
)
from kinefuse.skeleton.normalization import normalization, normalize

__all__ = [
    "KINECT_V1",
    "Point",
    "SkeletonLayout",
    "layout",
    "layouts",
    "normalization",
    "normalize",
    "register",
]
