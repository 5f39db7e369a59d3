"""Scaling: factors, read off ones."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial
from kinefuse.errors import ShapeError

N = 4000


def factors(step, channels=6):
    """The factor of each channel of many windows, after checking that it is constant in time."""
    y = step(np.ones((N, 20, channels)), seed=2)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    return y[:, 0].astype(float)


def test_scaling_draws_a_normal_factor_for_each_channel():
    f = factors(inertial.Scaling(0.2))
    assert stats.kstest((f.ravel() - 1) / 0.2, "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(f.T) - np.eye(6)).max() < 0.08


def test_scaling_draws_a_uniform_factor():
    f = factors(inertial.Scaling(low=0.7, high=1.2))
    assert stats.kstest(f.ravel(), stats.uniform(0.7, 0.5).cdf).pvalue > 1e-3


def test_scaling_per_triplet_and_of_all_channels():
    f = factors(inertial.Scaling(0.2, per="triplet"))
    assert (f[:, :3] == f[:, :1]).all()
    assert (f[:, 3:] == f[:, 3:4]).all()
    assert (f[:, 0] != f[:, 3]).mean() > 0.99
    assert (factors(inertial.Scaling(0.2, per="all")).std(axis=1) == 0).all()


@pytest.mark.parametrize(("step", "channels"), [(inertial.Scaling(0.1, per="triplet"), 5)])
def test_channels_that_are_not_triplets_are_refused(step, channels):
    with pytest.raises(ShapeError, match=f"triplets.*got {channels}"):
        step(np.zeros((10, channels)))
