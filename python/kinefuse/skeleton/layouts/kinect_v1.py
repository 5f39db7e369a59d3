"""Microsoft Kinect for Windows SDK 1."""

from kinefuse.skeleton.layouts.layout import SkeletonLayout

__all__ = ["KINECT_V1"]

#: 20 joints, y up. Joints and hierarchy are those of the SDK's ``NuiSkeleton.h``; the order is that
#: of UTD-MHAD (Chen, Jafari and Kehtarnavaz, ICIP 2015).
KINECT_V1 = SkeletonLayout(
    name="kinect_v1",
    joints=(
        "head",
        "shoulder_center",
        "spine",
        "hip_center",
        *("left_shoulder", "left_elbow", "left_wrist", "left_hand"),
        *("right_shoulder", "right_elbow", "right_wrist", "right_hand"),
        *("left_hip", "left_knee", "left_ankle", "left_foot"),
        *("right_hip", "right_knee", "right_ankle", "right_foot"),
    ),
    parents=(
        "shoulder_center",
        "spine",
        "hip_center",
        None,
        *("shoulder_center", "left_shoulder", "left_elbow", "left_wrist"),
        *("shoulder_center", "right_shoulder", "right_elbow", "right_wrist"),
        *("hip_center", "left_hip", "left_knee", "left_ankle"),
        *("hip_center", "right_hip", "right_knee", "right_ankle"),
    ),
    pairs=tuple(
        (f"left_{part}", f"right_{part}")
        for part in ("shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "foot")
    ),
    spine=("spine", "shoulder_center"),
    shoulders=("left_shoulder", "right_shoulder"),
    hips=("left_hip", "right_hip"),
    feet=("left_foot", "right_foot"),
)
