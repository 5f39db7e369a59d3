"""Human3.6M with the 17 joints of 3-D pose estimation."""

from kinefuse.skeleton.layouts.layout import SkeletonLayout

__all__ = ["H36M17"]

#: 17 joints in the order of VideoPose3D (Pavllo et al., CVPR 2019) from Human3.6M (Ionescu et al.,
#: TPAMI 2014). ``nose`` is the data set's "Neck/Nose", between chin and nose; ``head`` is the top
#: of the head; the data set's "Foot" is the ankle.
H36M17 = SkeletonLayout(
    name="h36m17",
    joints=(
        "pelvis",
        *("right_hip", "right_knee", "right_ankle"),
        *("left_hip", "left_knee", "left_ankle"),
        *("spine", "thorax", "nose", "head"),
        *("left_shoulder", "left_elbow", "left_wrist"),
        *("right_shoulder", "right_elbow", "right_wrist"),
    ),
    parents=(
        None,
        *("pelvis", "right_hip", "right_knee"),
        *("pelvis", "left_hip", "left_knee"),
        *("pelvis", "spine", "thorax", "nose"),
        *("thorax", "left_shoulder", "left_elbow"),
        *("thorax", "right_shoulder", "right_elbow"),
    ),
    pairs=tuple(
        (f"left_{part}", f"right_{part}")
        for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
    ),
    spine=("pelvis", "thorax"),
    shoulders=("left_shoulder", "right_shoulder"),
    hips=("left_hip", "right_hip"),
    feet=("left_ankle", "right_ankle"),
)
