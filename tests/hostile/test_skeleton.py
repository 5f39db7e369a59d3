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
    "normalize x, each frame on the ground": lambda v: skeleton.normalize(
        v, "kinect_v1", center="each", align="yaw", align_over="each", ground="feet"
    ),
    "normalize align_over": lambda v: skeleton.normalize(
        BODY, "kinect_v1", align="body", align_over=v
    ),
    "normalize ground": lambda v: skeleton.normalize(BODY, "kinect_v1", ground=v),
    "find_ground x": lambda v: skeleton.find_ground(v, "kinect_v1"),
    "find_ground layout": lambda v: skeleton.find_ground(BODY, v),
    "find_ground up": lambda v: skeleton.find_ground(BODY, "kinect_v1", up=v),
    "fill_missing x": lambda v: skeleton.fill_missing(v, "kinect_v1"),
    "fill_missing x, joints": lambda v: skeleton.fill_missing(v, "kinect_v1", zeros="joints"),
    "fill_missing layout": lambda v: skeleton.fill_missing(BODY, v),
    "fill_missing max_gap": lambda v: skeleton.fill_missing(BODY, "kinect_v1", max_gap=v),
    "fill_missing max_gap_s": lambda v: skeleton.fill_missing(
        BODY, "kinect_v1", max_gap_s=v, rate_hz=30
    ),
    "fill_missing rate_hz": lambda v: skeleton.fill_missing(
        BODY, "kinect_v1", max_gap_s=1, rate_hz=v
    ),
    "fill_missing zeros": lambda v: skeleton.fill_missing(BODY, "kinect_v1", zeros=v),
    "fill_missing confidence": lambda v: skeleton.fill_missing(
        BODY, "kinect_v1", confidence=v, min_confidence=0.5
    ),
    "fill_missing min_confidence": lambda v: skeleton.fill_missing(
        BODY, "kinect_v1", confidence=BODY[..., 0], min_confidence=v
    ),
    "fill_missing out": lambda v: skeleton.fill_missing(BODY, "kinect_v1", out=v),
    "streams x": lambda v: skeleton.streams(v, "kinect_v1"),
    "streams layout": lambda v: skeleton.streams(BODY, v),
    "streams names": lambda v: skeleton.streams(BODY, "kinect_v1", v),
    "streams a name": lambda v: skeleton.streams(BODY, "kinect_v1", [v]),
    "streams angles": lambda v: skeleton.streams(BODY, "kinect_v1", angles=v),
    "streams an angle": lambda v: skeleton.streams(BODY, "kinect_v1", angles=[(0, v, 1)]),
    "streams out": lambda v: skeleton.streams(BODY, "kinect_v1", out=v),
    "streams an out": lambda v: skeleton.streams(BODY, "kinect_v1", out={"bone": v}),
    "select_persons x": lambda v: skeleton.select_persons(v),
    "select_persons x, ntu": lambda v: skeleton.select_persons(v, rule="ntu"),
    "select_persons rule": lambda v: skeleton.select_persons(BODY[None], rule=v),
    "select_persons n": lambda v: skeleton.select_persons(BODY[None], n=v),
    "select_persons confidence": lambda v: skeleton.select_persons(
        BODY[None], rule="confident", confidence=v
    ),
    "select_persons order": lambda v: skeleton.select_persons(BODY[None], order=v),
    "select_persons out": lambda v: skeleton.select_persons(BODY[None], out=v),
}


@pytest.mark.filterwarnings("ignore::kinefuse.errors.KinefuseWarning")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call](HOSTILE[value])
