"""A missing joint stays missing and alone."""

import numpy as np

from kinefuse.augment import skeleton


def test_a_missing_joint_stays_missing_and_alone():
    x = np.random.default_rng(0).standard_normal((30, 20, 3)).astype(np.float32)
    x[:, 7] = np.nan
    plan = skeleton.CropResize(0.7) | skeleton.TimeWarp(0.2) | skeleton.Rotation((8, 25, 8))
    plan |= skeleton.Scaling(0.1) | skeleton.Shear(0.1) | skeleton.Jitter(0.02)
    y = plan(x, seed=1)
    assert np.isnan(y[:, 7]).all()
    assert not np.isnan(np.delete(y, 7, axis=1)).any()
