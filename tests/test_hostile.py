"""Hostile values for every argument: a result or one of our errors, never a panic."""

import contextlib

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

from kinefuse import errors, window_index, windows

CALLS = {
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
