"""Hostile values for every argument of :mod:`kinefuse.filters`."""

import contextlib

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

from kinefuse import errors, filters

SOS = filters.design_butterworth(4, 5, rate_hz=50)
X = np.random.default_rng(0).normal(size=(40, 3))


def steady():
    return filters.make_state(SOS, 3)


CALLS = {
    "design order": lambda v: filters.design_butterworth(v, 5, rate_hz=50),
    "design cutoff_hz": lambda v: filters.design_butterworth(4, v, rate_hz=50),
    "design a band": lambda v: filters.design_butterworth(4, (1, v), rate_hz=50, kind="bandpass"),
    "design rate_hz": lambda v: filters.design_butterworth(4, 5, rate_hz=v),
    "design kind": lambda v: filters.design_butterworth(4, 5, rate_hz=50, kind=v),
    "make_state sos": lambda v: filters.make_state(v, 3),
    "make_state n_channels": lambda v: filters.make_state(SOS, v),
    "make_state start": lambda v: filters.make_state(SOS, 3, start=v),
    "filter_sos x": lambda v: filters.filter_sos(v, SOS),
    "filter_sos sos": lambda v: filters.filter_sos(X, v),
    "filter_sos state": lambda v: filters.filter_sos(X, SOS, state=v),
    "filter_sos gaps": lambda v: filters.filter_sos(X, SOS, gaps=v),
    "filter_sos out": lambda v: filters.filter_sos(X, SOS, out=v),
    "filter_sos steady x": lambda v: filters.filter_sos(v, SOS, state=steady()),
    "filter_zero_phase x": lambda v: filters.filter_zero_phase(v, SOS),
    "filter_zero_phase sos": lambda v: filters.filter_zero_phase(X, v),
    "filter_zero_phase gaps": lambda v: filters.filter_zero_phase(X, SOS, gaps=v),
    "filter_zero_phase out": lambda v: filters.filter_zero_phase(X, SOS, out=v),
    "separate_gravity acc": lambda v: filters.separate_gravity(v, rate_hz=50),
    "separate_gravity rate_hz": lambda v: filters.separate_gravity(X, rate_hz=v),
    "separate_gravity cutoff_hz": lambda v: filters.separate_gravity(X, rate_hz=50, cutoff_hz=v),
    "separate_gravity order": lambda v: filters.separate_gravity(X, rate_hz=50, order=v),
    "separate_gravity gaps": lambda v: filters.separate_gravity(X, rate_hz=50, gaps=v),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call](HOSTILE[value])
