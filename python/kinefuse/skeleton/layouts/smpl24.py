"""The body model SMPL."""

from kinefuse.skeleton.layouts.layout import SkeletonLayout

__all__ = ["SMPL24"]

#: 24 joints in the order and with the tree of SMPL (Loper et al., SIGGRAPH Asia 2015). ``neck`` is
#: at its base; ``left_foot`` and ``right_foot`` are the balls of the feet.
SMPL24 = SkeletonLayout(
    name="smpl24",
    joints=(
        *("pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee"),
        *("spine2", "left_ankle", "right_ankle", "spine3", "left_foot", "right_foot"),
        *("neck", "left_collar", "right_collar", "head", "left_shoulder", "right_shoulder"),
        *("left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hand", "right_hand"),
    ),
    parents=(
        *(None, "pelvis", "pelvis", "pelvis", "left_hip", "right_hip"),
        *("spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle"),
        *("spine3", "spine3", "spine3", "neck", "left_collar", "right_collar"),
        *("left_shoulder", "right_shoulder", "left_elbow", "right_elbow"),
        *("left_wrist", "right_wrist"),
    ),
    pairs=tuple(
        (f"left_{part}", f"right_{part}")
        for part in ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist", "hand")
    ),
    spine=("pelvis", "neck"),
    shoulders=("left_shoulder", "right_shoulder"),
    hips=("left_hip", "right_hip"),
    feet=("left_foot", "right_foot"),
)
