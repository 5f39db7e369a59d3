"""Microsoft COCO, keypoints."""

from kinefuse.skeleton.layouts.layout import SkeletonLayout

__all__ = ["COCO17"]

#: 17 joints in the order of the COCO keypoint annotations (Lin et al., ECCV 2014). They have no
#: joint in the middle of the body: the tree is that of PYSKL (Duan et al., ACM MM 2022), from the
#: nose over shoulders and hips.
COCO17 = SkeletonLayout(
    name="coco17",
    joints=(
        "nose",
        *("left_eye", "right_eye", "left_ear", "right_ear"),
        *("left_shoulder", "right_shoulder", "left_elbow", "right_elbow"),
        *("left_wrist", "right_wrist", "left_hip", "right_hip"),
        *("left_knee", "right_knee", "left_ankle", "right_ankle"),
    ),
    parents=(
        None,
        *("nose", "nose", "left_eye", "right_eye"),
        *("nose", "nose", "left_shoulder", "right_shoulder"),
        *("left_elbow", "right_elbow", "left_shoulder", "right_shoulder"),
        *("left_hip", "right_hip", "left_knee", "right_knee"),
    ),
    pairs=tuple(
        (f"left_{part}", f"right_{part}")
        for part in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    ),
    spine=(("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")),
    shoulders=("left_shoulder", "right_shoulder"),
    hips=("left_hip", "right_hip"),
    feet=("left_ankle", "right_ankle"),
)
