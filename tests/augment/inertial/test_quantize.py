"""Quantize: against NumPy's rounding."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.augment import inertial


@given(step=st.floats(2**-7, 2, width=32), seed=st.integers(0, 100))
def test_equals_rounding_to_multiples(step, seed):
    x = np.random.default_rng(seed).standard_normal((20, 3)).astype(np.float32)
    y = inertial.Quantize(step, step)(x)
    np.testing.assert_array_equal(y, np.round(x / np.float32(step)) * np.float32(step))


def test_the_step_is_drawn_for_each_channel():
    x = np.broadcast_to(np.linspace(0, 1, 2001)[:, None], (300, 2001, 2))
    y = inertial.Quantize(0.05, 0.2)(x, seed=0)
    first = np.where(y > 0, y, np.inf).min(axis=1)
    assert first.min() >= 0.05
    assert first.max() <= 0.2
    assert abs(first.mean() - 0.125) < 0.006
    assert abs(np.corrcoef(first.T)[0, 1]) < 0.2


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_stays(value):
    y = inertial.Quantize(0.1, 0.1)(np.full((3, 1), value))
    np.testing.assert_array_equal(y, np.float32(value))
