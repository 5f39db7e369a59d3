"""Where a joint is found in layouts that have no joint of its name."""

__all__ = ["PLACES"]

_HIPS = ("left_hip", "right_hip")
_SHOULDERS = ("left_shoulder", "right_shoulder")
_HEAD = (("left_ear", "right_ear"), ("left_eye", "right_eye"), ("nose",))

_MIDDLE = {
    # The middle of the hips.
    "hip_center": (("pelvis",), ("spine_base",), _HIPS),
    "pelvis": (("hip_center",), ("spine_base",), _HIPS),
    "spine_base": (("pelvis",), ("hip_center",), _HIPS),
    # The middle of the trunk.
    "spine": (("spine_mid",), ("spine2",)),
    "spine_mid": (("spine",), ("spine2",)),
    "spine2": (("spine_mid",), ("spine",)),
    # The base of the neck, between the shoulders.
    "shoulder_center": (("spine_shoulder",), ("thorax",), ("neck",), _SHOULDERS),
    "spine_shoulder": (("shoulder_center",), ("thorax",), ("neck",), _SHOULDERS),
    "thorax": (("spine_shoulder",), ("shoulder_center",), ("neck",), _SHOULDERS),
    "neck": (("spine_shoulder",), ("shoulder_center",), ("thorax",), _SHOULDERS),
    "head": _HEAD,
}

_OF_A_SIDE = {
    # The palm lies between the knuckles of index and little finger.
    "{}_hand": (("{}_index", "{}_pinky"),),
    # The toes.
    "{}_foot": (("{}_foot_index",),),
    "{}_foot_index": (("{}_foot",),),
}

#: For each joint, best first, the joints whose mean stands for it where it has no namesake.
PLACES: dict[str, tuple[tuple[str, ...], ...]] = _MIDDLE | {
    name.format(side): tuple(tuple(joint.format(side) for joint in mean) for mean in means)
    for side in ("left", "right")
    for name, means in _OF_A_SIDE.items()
}
