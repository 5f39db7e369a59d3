"""Rotation: turns, read off windows that hold the basis."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial
from kinefuse.errors import ShapeError

N = 4000


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
    ],
)
def test_channels_that_are_not_triplets_are_refused(step, channels):
    with pytest.raises(ShapeError, match=f"triplets.*got {channels}"):
        step(np.zeros((10, channels)))


def test_without_an_angle_every_rotation_is_as_likely():
    (m,) = turns(inertial.Rotation(), triplets=1)
    np.testing.assert_allclose(m @ m.transpose(0, 2, 1) - np.eye(3), 0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.det(m), 1, atol=1e-6)
    # Haar measure: each entry is uniform, and the angle has the density (1 - cos) / pi.
    for entry in m.reshape(N, 9).T:
        assert stats.kstest(entry, stats.uniform(-1, 2).cdf).pvalue > 1e-3
    angle = np.arccos(np.clip((np.trace(m, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert stats.kstest(angle, lambda a: (a - np.sin(a)) / np.pi).pvalue > 1e-3
