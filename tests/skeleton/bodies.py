"""Bodies to test with."""

import numpy as np

from kinefuse.skeleton import KINECT_V1, SkeletonLayout

J = len(KINECT_V1.joints)


def body(t, seed=0):
    """A person who stands, faces the camera and moves a little."""
    rng = np.random.default_rng(seed)
    x = np.zeros((J, 3))
    height = {"head": 0.8, "shoulder": 0.5, "elbow": 0.3, "wrist": 0.1, "hand": 0.0, "spine": 0.1}
    height |= {"hip": 0.0, "knee": -0.4, "ankle": -0.8, "foot": -0.9}
    for i, name in enumerate(KINECT_V1.joints):
        part = name.removeprefix("left_").removeprefix("right_").removesuffix("_center")
        side = {"l": -1, "r": 1}.get(name[0], 0) * (name[:5] in ("left_", "right"))
        x[i] = side * 0.2, height[part], 3.0
    return x + rng.uniform(-0.04, 0.04, (t, J, 3))


def rotation(axis, degrees):
    a, b = [(1, 2), (2, 0), (0, 1)][axis]
    m = np.eye(3)
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    m[a, a], m[a, b], m[b, a], m[b, b] = c, -s, s, c
    return m


def stick(**changes):
    return SkeletonLayout(
        **{
            "name": "stick",
            "joints": ("hip_l", "hip_r", "neck", "arm_l", "arm_r"),
            "parents": ("neck", "neck", None, "neck", "neck"),
            "pairs": (("hip_l", "hip_r"), ("arm_l", "arm_r")),
            "spine": (("hip_l", "hip_r"), "neck"),
            "shoulders": ("arm_l", "arm_r"),
            "hips": ("hip_l", "hip_r"),
            **changes,
        }
    )
