"""Hostile values for every argument of :mod:`kinefuse.resample`."""

import contextlib

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

import kinefuse
from kinefuse import errors

TIME = np.arange(9) / 10
X = np.random.default_rng(0).normal(size=(9, 3))
Q = np.random.default_rng(0).normal(size=(9, 4))
LABELS = np.arange(9)

CALLS = {
    "resample x": lambda v: kinefuse.resample(v, from_hz=3, to_hz=2),
    "resample x, any ratio": lambda v: kinefuse.resample(v, from_hz=3, to_hz=2.0001),
    "resample x, precise": lambda v: kinefuse.resample(v, from_hz=3, to_hz=2, precise=True),
    "resample from_hz": lambda v: kinefuse.resample(X, from_hz=v, to_hz=2),
    "resample to_hz": lambda v: kinefuse.resample(X, from_hz=2, to_hz=v),
    "resample out": lambda v: kinefuse.resample(X, from_hz=2, to_hz=1, out=v),
    "resample_at x": lambda v: kinefuse.resample_at(v, TIME, rate_hz=10),
    "resample_at time_s": lambda v: kinefuse.resample_at(X, v, rate_hz=10),
    "resample_at rate_hz": lambda v: kinefuse.resample_at(X, TIME, rate_hz=v),
    "resample_at start_s": lambda v: kinefuse.resample_at(X, TIME, rate_hz=10, start_s=v),
    "resample_at to_hz": lambda v: kinefuse.resample_at(X, TIME, rate_hz=10, to_hz=v),
    "resample_at out": lambda v: kinefuse.resample_at(X, TIME, rate_hz=10, out=v),
    "resample_to_length x": lambda v: kinefuse.resample_to_length(v, 5),
    "resample_to_length out": lambda v: kinefuse.resample_to_length(X, 5, out=v),
    "regrid time_s": lambda v: kinefuse.regrid(v, X, rate_hz=10, max_gap_s=1),
    "regrid x": lambda v: kinefuse.regrid(TIME, v, rate_hz=10, max_gap_s=1),
    "regrid rate_hz": lambda v: kinefuse.regrid(TIME, X, rate_hz=v, max_gap_s=1),
    "regrid max_gap_s": lambda v: kinefuse.regrid(TIME, X, rate_hz=10, max_gap_s=v),
    "regrid origin_s": lambda v: kinefuse.regrid(TIME, X, rate_hz=10, max_gap_s=1, origin_s=v),
    "regrid interpolation": lambda v: kinefuse.regrid(
        TIME, X, rate_hz=10, max_gap_s=1, interpolation=v
    ),
    "resample_labels time_s": lambda v: kinefuse.resample_labels(v, LABELS, TIME),
    "resample_labels labels": lambda v: kinefuse.resample_labels(TIME, v, TIME),
    "resample_labels when_s": lambda v: kinefuse.resample_labels(TIME, LABELS, v),
    "resample_labels rule": lambda v: kinefuse.resample_labels(TIME, LABELS, TIME, rule=v),
    "resample_labels width_s": lambda v: kinefuse.resample_labels(
        TIME, LABELS, TIME, rule="majority", width_s=v
    ),
    "resample_labels max_distance_s": lambda v: kinefuse.resample_labels(
        TIME, LABELS, TIME, max_distance_s=v
    ),
    "interpolate_quaternions time_s": lambda v: kinefuse.interpolate_quaternions(v, Q, TIME),
    "interpolate_quaternions q": lambda v: kinefuse.interpolate_quaternions(TIME, v, TIME),
    "interpolate_quaternions when_s": lambda v: kinefuse.interpolate_quaternions(TIME, Q, v),
    "interpolate_quaternions max_gap_s": lambda v: kinefuse.interpolate_quaternions(
        TIME, Q, TIME, max_gap_s=v
    ),
    "interpolate_quaternions out": lambda v: kinefuse.interpolate_quaternions(TIME, Q, TIME, out=v),
    "set_num_threads n": kinefuse.set_num_threads,
}


@pytest.fixture(autouse=True)
def threads_as_before():
    before = kinefuse.num_threads()
    yield
    kinefuse.set_num_threads(before)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call](HOSTILE[value])


@pytest.mark.parametrize("values", [[np.inf, -np.inf], [1e308, -1e308], [5e-324, 0], [np.nan] * 2])
def test_rows_of_values_that_fit_no_float(values):
    x = np.resize(np.array(values), (50, 2))
    with np.errstate(over="ignore"):
        single = x.astype(np.float32)
    settings = {"rate_hz": 1, "to_hz": 1}
    for signal in (x, single):
        assert kinefuse.resample(signal, from_hz=2, to_hz=1).shape == (25, 2)
        assert kinefuse.resample_at(signal, [0.0, 3.3, 1e300], **settings).shape == (3, 2)
