"""MediaPipe Pose."""

from kinefuse.skeleton.layouts.layout import SkeletonLayout

__all__ = ["MEDIAPIPE33"]

#: 33 joints in the order of MediaPipe Pose (BlazePose; Bazarevsky et al., 2020), y down in its own
#: coordinates. They have no joint in the middle of the body: the tree follows MediaPipe's
#: connections within face, arms and legs, which hang on the nose over shoulders and hips as in
#: ``coco17``.
MEDIAPIPE33 = SkeletonLayout(
    name="mediapipe33",
    joints=(
        "nose",
        *("left_eye_inner", "left_eye", "left_eye_outer"),
        *("right_eye_inner", "right_eye", "right_eye_outer"),
        *("left_ear", "right_ear", "mouth_left", "mouth_right"),
        *("left_shoulder", "right_shoulder", "left_elbow", "right_elbow"),
        *("left_wrist", "right_wrist", "left_pinky", "right_pinky"),
        *("left_index", "right_index", "left_thumb", "right_thumb"),
        *("left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle"),
        *("left_heel", "right_heel", "left_foot_index", "right_foot_index"),
    ),
    parents=(
        None,
        *("nose", "left_eye_inner", "left_eye"),
        *("nose", "right_eye_inner", "right_eye"),
        *("left_eye_outer", "right_eye_outer", "nose", "nose"),
        *("nose", "nose", "left_shoulder", "right_shoulder"),
        *("left_elbow", "right_elbow", "left_wrist", "right_wrist"),
        *("left_wrist", "right_wrist", "left_wrist", "right_wrist"),
        *("left_shoulder", "right_shoulder", "left_hip", "right_hip", "left_knee", "right_knee"),
        *("left_ankle", "right_ankle", "left_heel", "right_heel"),
    ),
    pairs=(
        ("mouth_left", "mouth_right"),
        *(
            (f"left_{part}", f"right_{part}")
            for part in (
                "eye_inner",
                "eye",
                "eye_outer",
                "ear",
                "shoulder",
                "elbow",
                "wrist",
                "pinky",
                "index",
                "thumb",
                "hip",
                "knee",
                "ankle",
                "heel",
                "foot_index",
            )
        ),
    ),
    spine=(("left_hip", "right_hip"), ("left_shoulder", "right_shoulder")),
    shoulders=("left_shoulder", "right_shoulder"),
    hips=("left_hip", "right_hip"),
    feet=("left_heel", "right_heel", "left_foot_index", "right_foot_index"),
)
