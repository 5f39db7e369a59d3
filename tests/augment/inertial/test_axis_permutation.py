"""Axis permutation: orientations, read off windows that hold the basis."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial
from kinefuse.errors import ShapeError

N = 6000


def orientations(step, triplets=2):
    """The matrix of each triplet of many windows: T = 3 holds the basis."""
    x = np.tile(np.eye(3), (1, triplets))
    y = step(np.broadcast_to(x, (N, *x.shape)), seed=4).astype(float)
    return y.reshape(N, 3, triplets, 3).transpose(2, 0, 3, 1)


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({}, 24),
        ({"keep_handedness": False}, 48),
        ({"signs": False}, 3),
        ({"signs": False, "keep_handedness": False}, 6),
    ],
)
def test_every_orientation_is_as_likely(parameters, count):
    first, second = orientations(inertial.AxisPermutation(**parameters))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(np.abs(first).sum(axis=1), 1)
    np.testing.assert_array_equal(np.abs(first).sum(axis=2), 1)
    if parameters.get("keep_handedness", True):
        np.testing.assert_allclose(np.linalg.det(first), 1)
    if not parameters.get("signs", True):
        assert first.min() == 0
    _, counts = np.unique(first.reshape(N, 9), axis=0, return_counts=True)
    assert len(counts) == count
    assert stats.chisquare(counts).pvalue > 1e-3


def test_sensors_turn_independently():
    first, second = orientations(inertial.AxisPermutation(sensors=2))
    assert abs((first == second).all(axis=(1, 2)).mean() - 1 / 24) < 0.01


def test_missing_values_move_along():
    x = np.ones((5, 6))
    x[2, 1] = np.nan
    y = inertial.AxisPermutation()(x)
    assert np.isnan(y).sum() == 1
    assert np.isnan(y[2, :3]).sum() == 1


def test_channels_that_are_not_triplets_are_refused():
    with pytest.raises(ShapeError, match=r"triplets.*got 4"):
        inertial.AxisPermutation()(np.zeros((10, 4)))
