"""Jitter: independent normals, read off a constant."""

import numpy as np
from scipy import stats

from kinefuse.augment import inertial


def test_jitter_adds_independent_normals():
    y = inertial.Jitter(0.5)(np.full((400, 50, 6), 3.0), seed=0).astype(float) - 3
    assert stats.kstest(y.ravel() / 0.5, "norm").pvalue > 1e-3
    flat = y.reshape(-1)
    for lag in (1, 6, 300):
        assert abs(np.corrcoef(flat[:-lag], flat[lag:])[0, 1]) < 0.015
