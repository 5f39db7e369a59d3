"""Magnitude warp: curves read off ones, against SciPy's spline."""

import numpy as np
import pytest
from scipy import stats
from scipy.interpolate import CubicSpline

from kinefuse.augment import inertial

N = 1500


@pytest.mark.parametrize(("knots", "time"), [(2, 61), (4, 61), (7, 61), (16, 151), (5, 50)])
def test_the_curve_is_the_natural_spline_through_its_knots(knots, time):
    per = time - 1
    y = inertial.MagnitudeWarp(0.2, knots)(np.ones((200, time, 3)), seed=1).astype(float)
    at = np.linspace(0, per, knots)
    if per % (knots - 1) == 0:
        values = y[:, at.astype(int)]
    else:  # Knots between samples: solve for them.
        basis = CubicSpline(at, np.eye(knots), bc_type="natural")(np.arange(time))
        values = np.einsum("kt,ntc->nkc", np.linalg.pinv(basis), y)
    expected = CubicSpline(at, values, axis=1, bc_type="natural")(np.arange(time))
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_knots_are_independent_normals():
    y = inertial.MagnitudeWarp(0.2)(np.ones((N, 61, 6)), seed=0).astype(float)
    values = (y[:, ::20] - 1) / 0.2
    assert stats.kstest(values.ravel(), "norm").pvalue > 1e-3
    flat = values.reshape(N, -1)
    assert np.abs(np.corrcoef(flat.T) - np.eye(flat.shape[1])).max() < 0.12


def test_a_triplet_can_share_its_curve(windows):
    x = windows()
    f = inertial.MagnitudeWarp(0.2, per="triplet")(x, seed=0) / x
    np.testing.assert_allclose(f[..., 1], f[..., 0], rtol=1e-5)
    assert np.abs(f[..., 3] - f[..., 0]).mean() > 0.1


@pytest.mark.parametrize("time", [1, 2, 3])
def test_fewer_samples_than_knots(time):
    y = inertial.MagnitudeWarp(0.2, 16)(np.ones((100, time, 1)), seed=0)
    assert stats.kstest((y[:, 0, 0] - 1) / 0.2, "norm").pvalue > 1e-3


def test_a_missing_value_stays_alone(windows):
    x = windows(2)
    x[1, 3, 2] = np.nan
    assert np.isnan(inertial.MagnitudeWarp(0.2)(x)).sum() == 1
