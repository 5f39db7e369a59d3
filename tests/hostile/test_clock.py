"""Hostile values for every argument of :mod:`kinefuse.clock`."""

import contextlib

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

from kinefuse import clock, errors

# Rows, as a clock's columns are; the shared values are mostly blocks.
ROWS = {
    "one stamp": [1.0],
    "not a number": np.full(20, np.nan),
    "infinities": np.array([-np.inf, 0.0, 1.0, np.inf] * 5),
    "denormals": np.arange(20) * 5e-324,
    "far apart": np.linspace(-1.0, 1.0, 20) * 1.7e308,
    "equal": np.ones(20),
    "falling": np.arange(20.0)[::-1],
    "every other": np.arange(40.0)[::2],
    "big-endian": np.arange(20.0).astype(">f8"),
    "read-only": np.broadcast_to(1.0, 20),
    "half": np.arange(20).astype(np.float16),
    "largest integers": np.full(20, np.iinfo(np.int64).max),
    "smallest integers": np.full(20, np.iinfo(np.int64).min),
    "largest unsigned": np.full(20, np.iinfo(np.uint64).max),
    "missing dates": np.full(20, "NaT", "M8[ns]"),
    "no dates": np.zeros(20, "m8"),
    "years": np.arange(20).astype("M8[Y]"),
    "attoseconds": np.arange(20).astype("M8[as]"),
    "lone surrogate": ["\ud800"] * 3,
    "null byte": ["2022-01-01\0"] * 3,
}
TIME = np.arange(60) / 8
X = np.random.default_rng(0).normal(size=(60, 3))

CALLS = {
    "to_seconds time": clock.to_seconds,
    "to_seconds unit": lambda v: clock.to_seconds(TIME, unit=v),
    "to_seconds origin_ns": lambda v: clock.to_seconds(TIME, origin_ns=v),
    "infer_rate time": clock.infer_rate,
    "infer_rate unit": lambda v: clock.infer_rate(TIME, unit=v),
    "estimate_rate time": clock.estimate_rate,
    "estimate_rate nominal_hz": lambda v: clock.estimate_rate(TIME, nominal_hz=v),
    "estimate_rate max_gap_s": lambda v: clock.estimate_rate(TIME, max_gap_s=v),
    "repair time_s": clock.repair,
    "repair time_s, spread": lambda v: clock.repair(v, repeats="spread"),
    "repair max_gap_s": lambda v: clock.repair(TIME, max_gap_s=v),
    "repair repeats": lambda v: clock.repair(TIME, repeats=v),
    "find_gaps time_s": lambda v: clock.find_gaps(v, max_gap_s=1.0),
    "find_gaps max_gap_s": lambda v: clock.find_gaps(TIME, max_gap_s=v),
    "segments time_s": lambda v: clock.segments(v, max_gap_s=1.0),
    "segments max_gap_s": lambda v: clock.segments(clock.repair(TIME), max_gap_s=v),
    "segments min_rows": lambda v: clock.segments(TIME, max_gap_s=1.0, min_rows=v),
    "unwrap counter": lambda v: clock.unwrap(v, modulus=256),
    "unwrap modulus": lambda v: clock.unwrap([1, 2], modulus=v),
    "unwrap modulus of fractions": lambda v: clock.unwrap([0.1, 0.2], modulus=v),
    "align time_a_s": lambda v: clock.align(v, X[:20], TIME, X),
    "align a": lambda v: clock.align(TIME[:20], v, TIME, X),
    "align time_b_s": lambda v: clock.align(TIME, X, v, X[:20]),
    "align b": lambda v: clock.align(TIME, X, TIME[:20], v),
    "align max_offset_s": lambda v: clock.align(TIME, X, TIME, X, max_offset_s=v),
    "align window_s": lambda v: clock.align(TIME, X, TIME, X, window_s=v),
    "align max_gap_s": lambda v: clock.align(TIME, X, TIME, X, max_gap_s=v),
    "align drift": lambda v: clock.align(TIME, X, TIME, X, drift=v),
    "align_events a": lambda v: clock.align_events(v, TIME),
    "align_events b": lambda v: clock.align_events(TIME, v),
    "align_events tolerance_s": lambda v: clock.align_events(TIME, TIME, tolerance_s=v),
    "to_a time_b_s": lambda v: clock.align_events(TIME, TIME).to_a(v),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE | ROWS)
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call]((HOSTILE | ROWS)[value])
