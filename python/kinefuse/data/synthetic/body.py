"""A jointed body: from joint angles to joint positions and the orientation of its limbs.

The body's frame has x to its left, y up and z forward. An arm that hangs points down; angles lift
it. Joints are in the order of the ``kinect_v1`` layout.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["ANGLES", "Body", "Pose", "pose"]

Array = NDArray[np.float64]

ANGLES = (
    "left_arm_side", "left_arm_front", "left_arm_turn", "left_elbow",
    "right_arm_side", "right_arm_front", "right_arm_turn", "right_elbow",
    "left_leg_side", "left_leg_front", "left_knee",
    "right_leg_side", "right_leg_front", "right_knee",
    "lean", "lean_side", "twist", "nod", "right_hand_turn",
)  # fmt: skip
"""The joint angles, in degrees: ``side`` lifts a limb sideways, ``front`` forwards, ``turn`` rolls
the upper arm inwards, an elbow or knee bends; the trunk leans, twists, the head nods."""


@dataclass(frozen=True)
class Body:
    """Lengths in metres."""

    hip_to_spine: float = 0.22
    spine_to_shoulders: float = 0.28
    neck: float = 0.22
    shoulder_width: float = 0.19
    upper_arm: float = 0.29
    forearm: float = 0.25
    hand: float = 0.08
    hip_width: float = 0.09
    thigh: float = 0.42
    shank: float = 0.41
    foot: float = 0.12

    def scaled(self, height: float, arms: float, legs: float, width: float) -> "Body":
        """Return another body, by factors."""
        return Body(
            hip_to_spine=self.hip_to_spine * height,
            spine_to_shoulders=self.spine_to_shoulders * height,
            neck=self.neck * height,
            shoulder_width=self.shoulder_width * width,
            upper_arm=self.upper_arm * height * arms,
            forearm=self.forearm * height * arms,
            hand=self.hand * height * arms,
            hip_width=self.hip_width * width,
            thigh=self.thigh * height * legs,
            shank=self.shank * height * legs,
            foot=self.foot * height,
        )


@dataclass(frozen=True)
class Pose:
    """A body in motion: ``joints`` (T, 20, 3) in metres, orientations (T, 3, 3) into the world."""

    joints: Array
    right_forearm: Array
    right_thigh: Array


def pose(body: Body, angles: dict[str, Array], *, heading_deg: Array, jump_m: Array) -> Pose:
    """Compute where the joints are.

    Parameters
    ----------
    body : Body
    angles : dict of str to (T,) array
        Every name of :data:`ANGLES`, in degrees.
    heading_deg : (T,) array
        Which way the body faces, about the vertical; 0 is along z.
    jump_m : (T,) array
        Height of the lower foot above the ground.

    Returns
    -------
    Pose
        With the supporting foot at the origin of the ground, smoothly handed from foot to foot.
    """
    root = _about("y", heading_deg)
    trunk = (
        root
        @ _about("x", angles["lean"])
        @ _about("z", angles["lean_side"])
        @ _about("y", angles["twist"])
    )
    n = len(heading_deg)
    joints = np.zeros((n, 20, 3))
    joints[:, 2] = _along(trunk, (0, body.hip_to_spine, 0))
    joints[:, 1] = joints[:, 2] + _along(trunk, (0, body.spine_to_shoulders, 0))
    head = trunk @ _about("x", angles["nod"])
    joints[:, 0] = joints[:, 1] + _along(head, (0, body.neck, 0))
    _arm(joints, body, angles, trunk, "left", 4)
    forearm = _arm(joints, body, angles, trunk, "right", 8)
    _leg(joints, body, angles, root, "left", 12)
    thigh = _leg(joints, body, angles, root, "right", 16)
    joints += _ground(joints, jump_m)[:, None]
    turned = forearm @ _about("y", angles["right_hand_turn"])
    return Pose(joints, turned, thigh)


def _arm(
    joints: Array, body: Body, angles: dict[str, Array], trunk: Array, which: str, first: int
) -> Array:
    side = 1.0 if which == "left" else -1.0
    upper = (
        trunk
        @ _about("z", side * angles[f"{which}_arm_side"])
        @ _about("x", -angles[f"{which}_arm_front"])
        @ _about("y", -side * angles[f"{which}_arm_turn"])
    )
    lower = upper @ _about("x", -angles[f"{which}_elbow"])
    joints[:, first] = joints[:, 1] + _along(trunk, (side * body.shoulder_width, -0.04, 0))
    joints[:, first + 1] = joints[:, first] + _along(upper, (0, -body.upper_arm, 0))
    joints[:, first + 2] = joints[:, first + 1] + _along(lower, (0, -body.forearm, 0))
    joints[:, first + 3] = joints[:, first + 2] + _along(lower, (0, -body.hand, 0))
    return lower


def _leg(
    joints: Array, body: Body, angles: dict[str, Array], root: Array, which: str, first: int
) -> Array:
    side = 1.0 if which == "left" else -1.0
    thigh = (
        root
        @ _about("z", side * angles[f"{which}_leg_side"])
        @ _about("x", -angles[f"{which}_leg_front"])
    )
    shank = thigh @ _about("x", angles[f"{which}_knee"])
    joints[:, first] = _along(root, (side * body.hip_width, -0.07, 0))
    joints[:, first + 1] = joints[:, first] + _along(thigh, (0, -body.thigh, 0))
    joints[:, first + 2] = joints[:, first + 1] + _along(shank, (0, -body.shank, 0))
    joints[:, first + 3] = joints[:, first + 2] + _along(shank, (0, -0.05, body.foot))
    return thigh


def _ground(joints: Array, jump_m: Array) -> Array:
    # The lower foot carries the body; while both are about level they share it, so that the body's
    # path stays smooth and can be differentiated twice.
    ankles = joints[:, [14, 18]]
    weight = np.exp(-(ankles[..., 1] - ankles[..., 1].min(axis=1, keepdims=True)) / 0.05)
    weight /= weight.sum(axis=1, keepdims=True)
    support = np.einsum("tf,tfd->td", weight, ankles)
    shift: Array = -support
    shift[:, 1] += jump_m
    return shift


def _about(axis: str, degrees: Array) -> Array:
    angle = np.radians(degrees)
    cos, sin = np.cos(angle), np.sin(angle)
    i, j = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    matrix = np.zeros((len(angle), 3, 3))
    matrix[:, range(3), range(3)] = 1.0
    matrix[:, i, i] = matrix[:, j, j] = cos
    matrix[:, i, j], matrix[:, j, i] = -sin, sin
    return matrix


def _along(rotation: Array, offset: tuple[float, float, float]) -> Array:
    moved: Array = rotation @ np.array(offset, dtype=np.float64)
    return moved
