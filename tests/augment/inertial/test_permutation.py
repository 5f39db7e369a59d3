"""Permutation: segments, read off counting samples."""

import numpy as np

from kinefuse.augment import inertial

N = 4000


def test_permutation_reorders_nearly_equal_segments_of_time():
    t = 50
    x = np.stack([np.arange(t), 1000 + np.arange(t)], axis=1).astype(np.float32)
    y = inertial.Permutation(4)(np.broadcast_to(x, (N, t, 2)), seed=0)
    np.testing.assert_array_equal(np.sort(y, axis=1), np.broadcast_to(x, y.shape))
    np.testing.assert_array_equal(y[..., 1], y[..., 0] + 1000)
    orders = {2: set(), 3: set(), 4: set()}
    for order in np.unique(y[..., 0], axis=0):
        cuts = np.flatnonzero(np.diff(order) != 1) + 1
        pieces = np.split(order, cuts)
        # Neighbours that stayed together make a longer piece; every piece begins on a cut.
        n = next(
            n for n in (1, 2, 3, 4) if {int(p[0]) for p in pieces} <= {k * t // n for k in range(n)}
        )
        if n > 1:
            orders[n].add(tuple(order))
    assert len(orders[2]) == 1
    assert len(orders[3]) == 5
    # Of the 23 real reorderings of four segments one is that of two halves.
    assert len(orders[4]) == 22
    same = (y[..., 0] == x[:, 0]).all(axis=1).mean()
    assert abs(same - (1 / 2 + 1 / 6 + 1 / 24) / 3) < 0.03
