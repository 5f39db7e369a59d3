"""Saturation: against NumPy's clipping."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.augment import inertial


@given(limit=st.floats(2**-7, 3, width=32), seed=st.integers(0, 100))
def test_equals_clipping(limit, seed):
    x = np.random.default_rng(seed).standard_normal((20, 3)).astype(np.float32)
    x[3, 1] = np.nan
    x[4, 0], x[5, 0] = np.inf, -np.inf
    y = inertial.Saturation(limit, limit)(x)
    np.testing.assert_array_equal(y, np.clip(x, -np.float32(limit), np.float32(limit)))


def test_the_limit_is_drawn_for_each_channel_or_triplet():
    x = np.full((2000, 3, 6), 10.0)
    limit = inertial.Saturation(0.5, 1.5)(x, seed=0)[:, 0]
    assert limit.min() >= 0.5
    assert limit.max() <= 1.5
    assert abs(limit.mean() - 1) < 0.02
    assert np.abs(np.corrcoef(limit.T) - np.eye(6)).max() < 0.1
    limit = inertial.Saturation(0.5, 1.5, per="triplet")(x, seed=0)[:, 0]
    assert (limit[:, :3] == limit[:, :1]).all()
    assert (limit[:, 0] != limit[:, 3]).mean() > 0.99
