"""Rotation: matrices, read off joints that hold the basis."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.transform import Rotation as Turn

from kinefuse.augment import skeleton
from kinefuse.errors import ShapeError


def test_rotation_is_rx_ry_rz_within_each_axis_limit(maps):
    m = maps(skeleton.Rotation((8, 25, 4)))
    angles = Turn.from_matrix(m).as_euler("XYZ", degrees=True)
    for k, limit in enumerate((8, 25, 4)):
        assert np.abs(angles[:, k]).max() <= limit + 0.01
        assert stats.kstest(angles[:, k], stats.uniform(-limit, 2 * limit).cdf).pvalue > 1e-3
    assert np.abs(np.corrcoef(angles.T) - np.eye(3)).max() < 0.08


def test_one_limit_serves_all_axes(maps):
    angles = Turn.from_matrix(maps(skeleton.Rotation(10))).as_euler("XYZ", degrees=True)
    assert (angles.std(axis=0) > 5).all()


def test_rotation_in_the_plane(maps):
    m = maps(skeleton.Rotation(30), dims=2)
    angle = np.degrees(np.arctan2(m[:, 1, 0], m[:, 0, 0]))
    np.testing.assert_allclose(np.linalg.det(m), 1, atol=1e-5)
    assert stats.kstest(angle, stats.uniform(-30, 60).cdf).pvalue > 1e-3


def test_three_limits_in_the_plane_are_refused():
    with pytest.raises(ShapeError, match="one angle"):
        skeleton.Rotation((8, 25, 8))(np.zeros((5, 17, 2)))


def test_other_numbers_of_coordinates_are_refused():
    with pytest.raises(ShapeError, match="2 or 3 coordinates, got 4"):
        skeleton.Rotation(5)(np.zeros((5, 17, 4)))
