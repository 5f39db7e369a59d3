"""OpenPose with its COCO model."""

from kinefuse.skeleton.layouts.layout import SkeletonLayout

__all__ = ["OPENPOSE18"]

#: 18 joints in the order of OpenPose's ``POSE_COCO_BODY_PARTS`` (Cao et al., TPAMI 2021); the tree
#: is that of its ``POSE_COCO_PAIRS``. ``neck`` is the middle of the shoulders.
OPENPOSE18 = SkeletonLayout(
    name="openpose18",
    joints=(
        *("nose", "neck"),
        *("right_shoulder", "right_elbow", "right_wrist"),
        *("left_shoulder", "left_elbow", "left_wrist"),
        *("right_hip", "right_knee", "right_ankle"),
        *("left_hip", "left_knee", "left_ankle"),
        *("right_eye", "left_eye", "right_ear", "left_ear"),
    ),
    parents=(
        *("neck", None),
        *("neck", "right_shoulder", "right_elbow"),
        *("neck", "left_shoulder", "left_elbow"),
        *("neck", "right_hip", "right_knee"),
        *("neck", "left_hip", "left_knee"),
        *("nose", "nose", "right_eye", "left_eye"),
    ),
    pairs=tuple(
        (f"left_{part}", f"right_{part}")
        for part in ("shoulder", "elbow", "wrist", "hip", "knee", "ankle", "eye", "ear")
    ),
    spine=(("left_hip", "right_hip"), "neck"),
    shoulders=("left_shoulder", "right_shoulder"),
    hips=("left_hip", "right_hip"),
    feet=("left_ankle", "right_ankle"),
)
