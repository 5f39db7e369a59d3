"""Hostile values for the skeleton steps, their mirror of inertial windows, and their windows."""

import contextlib

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

from kinefuse import errors
from kinefuse.augment import inertial, skeleton

BODY = np.zeros((4, 20, 3), np.float32)
IMU = np.zeros((4, 6), np.float32)
STEPS = (
    skeleton.Mirror("kinect_v1")
    | skeleton.BoneLength("kinect_v1", 0.1)
    | skeleton.BodyPartMask("kinect_v1")
    | skeleton.JointMask(2, "mean")
    | skeleton.FrameMask(0.5, fill="hold")
    | skeleton.Speed(0.5, 2)
)
CALLS = {
    "windows": STEPS,
    "batches": lambda v: STEPS(np.stack([v, v])),
    "out": lambda v: STEPS(BODY, out=v),
    "mirror layout": lambda v: skeleton.Mirror(v)(BODY),
    "mirror plane": lambda v: skeleton.Mirror("kinect_v1", v)(BODY),
    "mirror up": lambda v: skeleton.Mirror("kinect_v1", up=v)(BODY),
    "mirror shared": lambda v: skeleton.Mirror("kinect_v1", shared=v)(BODY),
    "bone_length sigma": lambda v: skeleton.BoneLength("kinect_v1", v)(BODY),
    "bone_length symmetric": lambda v: skeleton.BoneLength("kinect_v1", 0.1, symmetric=v)(BODY),
    "joint_mask max_joints": lambda v: skeleton.JointMask(v)(BODY),
    "joint_mask fill": lambda v: skeleton.JointMask(2, v)(BODY),
    "body_part_mask parts": lambda v: skeleton.BodyPartMask("kinect_v1", v)(BODY),
    "body_part_mask max_parts": lambda v: skeleton.BodyPartMask("kinect_v1", max_parts=v)(BODY),
    "frame_mask max_share": lambda v: skeleton.FrameMask(v)(BODY),
    "frame_mask run": lambda v: skeleton.FrameMask(0.5, v)(BODY),
    "speed min": lambda v: skeleton.Speed(v, 2)(BODY),
    "speed max": lambda v: skeleton.Speed(0.5, v)(BODY),
    "inertial mirror kinds": lambda v: inertial.Mirror(v)(IMU),
    "inertial mirror axis": lambda v: inertial.Mirror(("acc", "gyro"), v)(IMU),
    "inertial mirror swap": lambda v: inertial.Mirror(("acc",), swap=v)(IMU),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call](HOSTILE[value])
