"""Hostile values for every argument: a result or one of our errors, never a panic."""

import contextlib

import numpy as np
import pytest

from kinefuse import errors, skeleton, window_index, windows

HOSTILE = {
    "none": None,
    "number": 3,
    "nan": float("nan"),
    "text": "abc",
    "bytes": b"xx",
    "empty list": [],
    "list of nothing": [[]],
    "list of None": [None] * 3,
    "dict": {},
    "no row": np.zeros((0, 20, 3)),
    "no frame": np.zeros((2, 0, 20, 3)),
    "no window": np.zeros((0, 5, 20, 3)),
    "infinite": np.full((4, 20, 3), np.inf),
    "huge": np.full((4, 20, 3), 1e308) * np.linspace(-1, 1, 3),
    "tiny": np.full((4, 20, 3), -1e-320),
    "dates": np.zeros((4, 20, 3), "M8[s]"),
    "objects": np.zeros((4, 20, 3), object),
    "long double": np.zeros((4, 20, 3), np.longdouble),
    "records": np.array([("a", 1)], dtype=[("x", "U1"), ("y", "i4")]),
    "a large integer": 2**80,
    "large integers": [2**80],
    "a complex number": 1j,
}
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
    "windows x": lambda v: windows(v, length=2),
    "windows length": lambda v: windows(np.zeros(5), length=v),
    "windows stride": lambda v: windows(np.zeros(5), length=2, stride=v),
    "windows starts": lambda v: windows(np.zeros(5), length=2, starts=v),
    "windows out": lambda v: windows(np.zeros(5), length=2, out=v),
    "window_index n_rows": lambda v: window_index(v, rate_hz=1, length_s=2),
    "window_index rate_hz": lambda v: window_index(5, rate_hz=v, length_s=2),
    "window_index length_s": lambda v: window_index(5, rate_hz=1, length_s=v),
    "window_index stride_s": lambda v: window_index(5, rate_hz=1, length_s=2, stride_s=v),
    "window_index gaps": lambda v: window_index(5, rate_hz=1, gaps=v),
    "window_index labels": lambda v: window_index(5, rate_hz=1, labels=v),
    "window_index label_rule": lambda v: window_index(5, rate_hz=1, label_rule=v),
    "window_index min_share": lambda v: window_index(5, rate_hz=1, labels=[0] * 5, min_share=v),
}


@pytest.mark.filterwarnings("ignore::kinefuse.errors.KinefuseWarning")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call](HOSTILE[value])
