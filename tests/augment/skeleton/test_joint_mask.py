"""Lost joints: how many, which, and what becomes of them."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import skeleton
from kinefuse.errors import ShapeError

N, J = 3000, 6


def body(n, missing=()):
    x = np.random.default_rng(0).standard_normal((n, 9, J, 3)).astype(np.float32)
    x[:, missing] = np.nan
    return x


def test_numbers_and_sets_are_uniform():
    lost = np.isnan(skeleton.JointMask(3)(body(N), seed=0))
    assert (lost == lost[:, :1, :, :1]).all()
    lost = lost[:, 0, :, 0]
    _, counts = np.unique(lost.sum(1), return_counts=True)
    assert len(counts) == 3
    assert stats.chisquare(counts).pvalue > 1e-3
    for k, sets in ((1, 6), (2, 15), (3, 20)):
        of_k, counts = np.unique(lost[lost.sum(1) == k], axis=0, return_counts=True)
        assert len(of_k) == sets
        assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("fill", ["nan", "zero", "mean"])
def test_the_others_are_kept_and_the_lost_are_filled(fill):
    x = body(200, missing=(2, 3))
    lost = np.isnan(skeleton.JointMask(2)(np.ones_like(x), seed=4))
    y = skeleton.JointMask(2, fill)(x, seed=4)
    value = {"nan": np.nan, "zero": 0.0, "mean": np.nanmean(x, axis=1, keepdims=True)}[fill]
    np.testing.assert_allclose(y, np.where(lost, value, x), atol=1e-6)


def test_the_mean_of_nothing_is_missing():
    x = np.full((1, 9, J, 3), np.nan, np.float32)
    np.testing.assert_array_equal(skeleton.JointMask(2, "mean")(x), x)


def test_all_joints_cannot_be_lost():
    with pytest.raises(ShapeError, match="fewer than the 6 joints, got 6"):
        skeleton.JointMask(6)(body(1))
