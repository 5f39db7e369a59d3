"""Scaling: matrices, read off joints that hold the basis."""

import numpy as np
from scipy import stats

from kinefuse.augment import skeleton


def test_scaling_draws_a_factor_for_each_axis_or_one_for_all(maps):
    m = maps(skeleton.Scaling(low=0.7, high=1.2))
    f = np.diagonal(m, axis1=1, axis2=2)
    np.testing.assert_allclose(m - f[:, None] * np.eye(3), 0, atol=1e-6)
    assert stats.kstest(f.ravel(), stats.uniform(0.7, 0.5).cdf).pvalue > 1e-3
    assert np.abs(np.corrcoef(f.T) - np.eye(3)).max() < 0.08
    one = np.diagonal(maps(skeleton.Scaling(0.1, per="all")), axis1=1, axis2=2)
    assert (one == one[:, :1]).all()
    assert stats.kstest((one[:, 0] - 1) / 0.1, "norm").pvalue > 1e-3
