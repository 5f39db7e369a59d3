"""Hostile values for every argument of :mod:`kinefuse.skeleton`."""

import contextlib

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

from kinefuse import errors, skeleton

BODY = np.random.default_rng(0).normal(size=(3, 20, 3))

CALLS = {
    "normalize x": lambda v: skeleton.normalize(v, "kinect_v1"),
    "normalize x, everything": lambda v: skeleton.normalize(
        v, "kinect_v1", center="each", scale_over="mean", align="body"
    ),
    "normalize layout": lambda v: skeleton.normalize(BODY, v),
    "normalize center": lambda v: skeleton.normalize(BODY, "kinect_v1", center=v),
    "normalize center_joint": lambda v: skeleton.normalize(BODY, "kinect_v1", center_joint=v),
    "normalize scale": lambda v: skeleton.normalize(BODY, "kinect_v1", scale=v),
    "normalize bone": lambda v: skeleton.normalize(BODY, "kinect_v1", scale="bone", bone=v),
    "normalize align_frames": lambda v: skeleton.normalize(
        BODY, "kinect_v1", align="yaw", align_frames=v
    ),
    "normalize up": lambda v: skeleton.normalize(BODY, "kinect_v1", align="yaw", up=v),
    "normalize out": lambda v: skeleton.normalize(BODY, "kinect_v1", out=v),
    "convert x": lambda v: skeleton.convert(v, "kinect_v1", "smpl24"),
    "convert from_layout": lambda v: skeleton.convert(BODY, v, "smpl24"),
    "convert to_layout": lambda v: skeleton.convert(BODY, "kinect_v1", v),
    "convert sources": lambda v: skeleton.convert(BODY, "kinect_v1", "coco17", sources=v),
    "convert a source": lambda v: skeleton.convert(
        BODY, "kinect_v1", "coco17", sources={"nose": v}
    ),
    "convert missing": lambda v: skeleton.convert(BODY, "kinect_v1", "coco17", missing=v),
    "convert out": lambda v: skeleton.convert(BODY, "kinect_v1", "coco17", out=v),
    "layout": skeleton.layout,
}


@pytest.mark.filterwarnings("ignore::kinefuse.errors.KinefuseWarning")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call](HOSTILE[value])
