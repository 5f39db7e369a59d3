"""Inertial steps: what each draws, read off windows that show it."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial
from kinefuse.errors import ShapeError

N = 4000


def test_jitter_adds_independent_normals():
    y = inertial.Jitter(0.5)(np.full((400, 50, 6), 3.0), seed=0).astype(float) - 3
    assert stats.kstest(y.ravel() / 0.5, "norm").pvalue > 1e-3
    flat = y.reshape(-1)
    for lag in (1, 6, 300):
        assert abs(np.corrcoef(flat[:-lag], flat[lag:])[0, 1]) < 0.015


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


def turns(step, triplets=2):
    """The matrix by which each triplet of many windows is turned: T = 3 holds the basis."""
    x = np.tile(np.eye(3), (1, triplets))
    y = step(np.broadcast_to(x, (N, *x.shape)), seed=4).astype(float)
    return y.reshape(N, 3, triplets, 3).transpose(2, 0, 3, 1)


def test_rotation_turns_all_triplets_by_one_rotation():
    first, second = turns(inertial.Rotation(30))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_allclose(first @ first.transpose(0, 2, 1) - np.eye(3), 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.det(first), 1, atol=1e-6)


def test_rotation_draws_angle_and_axis_uniformly():
    (m,) = turns(inertial.Rotation(40), triplets=1)
    angle = np.degrees(np.arccos(np.clip((np.trace(m, axis1=1, axis2=2) - 1) / 2, -1, 1)))
    assert angle.max() <= 40.01
    assert stats.kstest(angle, stats.uniform(0, 40).cdf).pvalue > 1e-3
    skew = np.stack([m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]], 1)
    axis = skew / np.linalg.norm(skew, axis=1, keepdims=True)
    for k in range(3):  # Archimedes: each coordinate of a uniform direction is uniform.
        assert stats.kstest(axis[angle > 1, k], stats.uniform(-1, 2).cdf).pvalue > 1e-3


def test_sensors_turn_independently():
    first, second = turns(inertial.Rotation(40, sensors=2))
    assert np.abs(first - second).max(axis=(1, 2)).mean() > 0.1


@pytest.mark.parametrize(
    ("step", "channels"),
    [
        (inertial.Rotation(10), 4),
        (inertial.Rotation(10, sensors=2), 9),
        (inertial.Scaling(0.1, per="triplet"), 5),
    ],
)
def test_channels_that_are_not_triplets_are_refused(step, channels):
    with pytest.raises(ShapeError, match=f"triplets.*got {channels}"):
        step(np.zeros((10, channels)))


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


def test_channel_shuffle_draws_every_order_alike():
    x = np.tile(np.arange(3.0), (10, 1))
    y = inertial.ChannelShuffle()(np.broadcast_to(x, (N, 10, 3)), seed=0)
    np.testing.assert_array_equal(y, np.broadcast_to(y[:, :1], y.shape))
    orders, counts = np.unique(y[:, 0], axis=0, return_counts=True)
    assert len(orders) == 6
    assert stats.chisquare(counts).pvalue > 1e-3
