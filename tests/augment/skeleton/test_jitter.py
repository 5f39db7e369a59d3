"""Jitter: independent normals, read off zeros."""

import numpy as np
from scipy import stats

from kinefuse.augment import skeleton


def test_jitter_is_independent_for_every_coordinate():
    y = skeleton.Jitter(0.1)(np.zeros((100, 30, 20, 3)), seed=0)
    assert stats.kstest(y.ravel().astype(float) / 0.1, "norm").pvalue > 1e-3
