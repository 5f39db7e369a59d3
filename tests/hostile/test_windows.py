"""Hostile values for every argument of :mod:`kinefuse.windows`."""

import contextlib

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

from kinefuse import Timeline, errors, event_index, window_index, window_table, windows

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
    "window_index length": lambda v: window_index(5, length=v),
    "window_index stride": lambda v: window_index(5, length=2, stride=v),
    "window_index gaps": lambda v: window_index(5, rate_hz=1, gaps=v),
    "window_index labels": lambda v: window_index(5, rate_hz=1, labels=v),
    "window_index label_rule": lambda v: window_index(5, rate_hz=1, label_rule=v),
    "window_index min_share": lambda v: window_index(5, rate_hz=1, labels=[0] * 5, min_share=v),
    "event_index events_s": lambda v: event_index(5, v, rate_hz=1, before_s=1, after_s=1),
    "event_index before_s": lambda v: event_index(5, [2.0], rate_hz=1, before_s=v, after_s=1),
    "event_index start_s": lambda v: event_index(
        5, [2.0], rate_hz=1, before_s=1, after_s=1, start_s=v
    ),
    "event_index gaps": lambda v: event_index(5, [2.0], rate_hz=1, before_s=1, after_s=1, gaps=v),
    "window_table modalities": lambda v: window_table(v, length_s=2),
    "window_table line": lambda v: window_table({"a": v}, length_s=2),
    "window_table n_rows": lambda v: window_table({"a": Timeline(v, 1.0)}, length_s=2),
    "window_table rate_hz": lambda v: window_table({"a": Timeline(5, v)}, length_s=2),
    "window_table start_s": lambda v: window_table({"a": Timeline(5, 1.0, v)}, length_s=2),
    "window_table labels": lambda v: window_table({"a": Timeline(5, 1.0, labels=v)}, length_s=2),
    "window_table length_s": lambda v: window_table({"a": Timeline(5, 1.0)}, length_s=v),
    "window_table origin_s": lambda v: window_table(
        {"a": Timeline(5, 1.0)}, length_s=2, origin_s=v
    ),
    "window_table min_overlap": lambda v: window_table(
        {"a": Timeline(5, 1.0)}, length_s=2, min_overlap=v
    ),
    "window_table min_present": lambda v: window_table(
        {"a": Timeline(5, 1.0)}, length_s=2, min_present=v
    ),
}


@pytest.mark.filterwarnings("ignore::kinefuse.errors.KinefuseWarning")
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call](HOSTILE[value])
