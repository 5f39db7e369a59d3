"""Hostile values for every argument of :class:`kinefuse.StreamingWindows`."""

import contextlib

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

from kinefuse import StreamingWindows, errors


def make(**arguments):
    return StreamingWindows(**{"sample_shape": (20, 3), "rate_hz": 50, "length": 4, **arguments})


def push_twice(stream, *arguments):
    stream.push(*arguments)
    stream.push(*arguments)
    stream.flush()


STATE = make(max_gap_s=0.5, from_hz=100).state()
CALLS = {
    "sample_shape": lambda v: make(sample_shape=v),
    "rate_hz": lambda v: make(rate_hz=v),
    "length_s": lambda v: make(length=None, length_s=v),
    "length": lambda v: make(length=v),
    "stride": lambda v: make(stride=v),
    "from_hz": lambda v: make(from_hz=v),
    "max_gap_s": lambda v: make(max_gap_s=v),
    "origin_s": lambda v: make(max_gap_s=0.5, origin_s=v),
    "start_s": lambda v: make(start_s=v),
    "dtype": lambda v: make(dtype=v),
    "push": lambda v: push_twice(make(), v),
    "push through the filter": lambda v: push_twice(make(from_hz=100), v),
    "push with stamps": lambda v: push_twice(make(max_gap_s=0.5), v, [0.1, 0.12, 0.13, 0.16]),
    "push stamps": lambda v: push_twice(make(max_gap_s=0.5), np.zeros((4, 20, 3)), v),
    "state": lambda v: StreamingWindows.from_state(v),
    "state settings": lambda v: StreamingWindows.from_state({**STATE, "settings": v}),
    "state integers": lambda v: StreamingWindows.from_state({**STATE, "integers": v}),
    "state reals": lambda v: StreamingWindows.from_state({**STATE, "reals": v}),
    "state samples": lambda v: StreamingWindows.from_state({**STATE, "samples": v}),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call](HOSTILE[value])
