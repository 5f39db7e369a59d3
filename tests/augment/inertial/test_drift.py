"""Drift: walks read off zeros, against SciPy's spline."""

import numpy as np
from scipy import stats
from scipy.interpolate import CubicSpline

from kinefuse.augment import inertial

N = 1500


def test_a_walk_of_independent_normal_steps():
    y = inertial.Drift(0.6, 4)(np.zeros((N, 61, 6)), seed=0).astype(float)
    knots = y[:, ::20]
    np.testing.assert_array_equal(knots[:, 0], 0)
    steps = np.diff(knots, axis=1) / (0.6 / np.sqrt(3))
    assert stats.kstest(steps.ravel(), "norm").pvalue > 1e-3
    flat = steps.reshape(N, -1)
    assert np.abs(np.corrcoef(flat.T) - np.eye(flat.shape[1])).max() < 0.12
    assert stats.kstest(y[:, -1].ravel() / 0.6, "norm").pvalue > 1e-3


def test_the_walk_is_a_natural_spline():
    y = inertial.Drift(0.6, 6)(np.zeros((50, 101, 3)), seed=2).astype(float)
    spline = CubicSpline(np.arange(0, 101, 20), y[:, ::20], axis=1, bc_type="natural")
    np.testing.assert_allclose(y, spline(np.arange(101)), atol=1e-5)


def test_it_is_added(windows):
    x = windows(20)
    drift = inertial.Drift(0.6)(np.zeros_like(x), seed=5)
    np.testing.assert_allclose(inertial.Drift(0.6)(x, seed=5), x + drift, rtol=1e-6)


def test_all_channels_can_share_their_walk():
    y = inertial.Drift(0.6, per="all")(np.zeros((20, 30, 6)))
    np.testing.assert_array_equal(y, np.broadcast_to(y[..., :1], y.shape))
