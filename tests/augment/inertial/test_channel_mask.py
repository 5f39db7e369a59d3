"""Channel mask: which channels go, read off windows without zeros."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial
from kinefuse.errors import ConfigError, ShapeError


def test_any_set_of_channels_is_as_likely(windows):
    x = windows(6000, time=3, channels=4)
    y = inertial.ChannelMask(2)(x, seed=0)
    gone = np.isnan(y).all(axis=1)
    np.testing.assert_array_equal(np.isnan(y).any(axis=1), gone)
    kept = np.broadcast_to(~gone[:, None], y.shape)
    np.testing.assert_array_equal(y[kept], x[kept])
    counts = np.bincount(gone.sum(axis=1), minlength=3)
    assert counts[0] == 0
    assert stats.chisquare(counts[1:]).pvalue > 1e-3
    for n, sets in ((1, 4), (2, 6)):
        drawn = gone[gone.sum(axis=1) == n]
        _, counts = np.unique(drawn, axis=0, return_counts=True)
        assert len(counts) == sets
        assert stats.chisquare(counts).pvalue > 1e-3


@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_fills(windows, fill):
    x = windows(50)
    gone = np.isnan(inertial.ChannelMask(3)(x, seed=1))
    y = inertial.ChannelMask(3, fill=fill)(x, seed=1)
    value = np.zeros_like(x) if fill == "zero" else x.mean(axis=1, keepdims=True, dtype=float)
    np.testing.assert_allclose(y, np.where(gone, value, x), rtol=1e-6)


def test_one_channel_is_kept():
    with pytest.raises(ShapeError, match="fewer than the 3 channels, got 3"):
        inertial.ChannelMask(3)(np.zeros((10, 3)))


def test_nothing_can_be_held():
    with pytest.raises(ConfigError, match="nothing is left to hold"):
        inertial.ChannelMask(fill="hold")
