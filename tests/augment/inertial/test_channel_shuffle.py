"""Channel shuffle: orders, read off counting channels."""

import numpy as np
from scipy import stats

from kinefuse.augment import inertial

N = 4000


def test_channel_shuffle_draws_every_order_alike():
    x = np.tile(np.arange(3.0), (10, 1))
    y = inertial.ChannelShuffle()(np.broadcast_to(x, (N, 10, 3)), seed=0)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    orders, counts = np.unique(y[:, 0], axis=0, return_counts=True)
    assert len(orders) == 6
    assert stats.chisquare(counts).pvalue > 1e-3
