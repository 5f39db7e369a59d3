"""Microsoft Kinect for Windows SDK 2."""

from kinefuse.skeleton.layouts.layout import SkeletonLayout

__all__ = ["KINECT_V2"]

#: 25 joints, y up, in the order of the SDK's ``JointType`` and of NTU RGB+D (Shahroudy et al., CVPR
#: 2016). The bones are those of the SDK's example BodyBasics.
KINECT_V2 = SkeletonLayout(
    name="kinect_v2",
    joints=(
        "spine_base",
        "spine_mid",
        "neck",
        "head",
        *("left_shoulder", "left_elbow", "left_wrist", "left_hand"),
        *("right_shoulder", "right_elbow", "right_wrist", "right_hand"),
        *("left_hip", "left_knee", "left_ankle", "left_foot"),
        *("right_hip", "right_knee", "right_ankle", "right_foot"),
        "spine_shoulder",
        *("left_hand_tip", "left_thumb", "right_hand_tip", "right_thumb"),
    ),
    parents=(
        None,
        "spine_base",
        "spine_shoulder",
        "neck",
        *("spine_shoulder", "left_shoulder", "left_elbow", "left_wrist"),
        *("spine_shoulder", "right_shoulder", "right_elbow", "right_wrist"),
        *("spine_base", "left_hip", "left_knee", "left_ankle"),
        *("spine_base", "right_hip", "right_knee", "right_ankle"),
        "spine_mid",
        *("left_hand", "left_wrist", "right_hand", "right_wrist"),
    ),
    pairs=tuple(
        (f"left_{part}", f"right_{part}")
        for part in (
            "shoulder",
            "elbow",
            "wrist",
            "hand",
            "hand_tip",
            "thumb",
            "hip",
            "knee",
            "ankle",
            "foot",
        )
    ),
    spine=("spine_base", "spine_shoulder"),
    shoulders=("left_shoulder", "right_shoulder"),
    hips=("left_hip", "right_hip"),
    feet=("left_foot", "right_foot"),
)
