"""Skeleton steps: what each draws, read off skeletons that show it."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.transform import Rotation as Turn

from kinefuse.augment import skeleton
from kinefuse.errors import ShapeError

N, T, J = 3000, 6, 4


def maps(step, dims=3):
    """The matrix that each of many skeletons is mapped by: joints 0.. hold the basis."""
    x = np.zeros((T, J, dims))
    x[:, :dims] = np.eye(dims)
    x[:, -1] = np.arange(1, dims + 1)
    y = step(np.broadcast_to(x, (N, *x.shape)), seed=7).astype(float)
    m = y[:, 0, :dims].transpose(0, 2, 1)
    expected = np.einsum("nij,tkj->ntki", m, x)
    np.testing.assert_allclose(y, expected, atol=1e-5)
    return m


def test_rotation_is_rx_ry_rz_within_each_axis_limit():
    m = maps(skeleton.Rotation((8, 25, 4)))
    angles = Turn.from_matrix(m).as_euler("XYZ", degrees=True)
    for k, limit in enumerate((8, 25, 4)):
        assert np.abs(angles[:, k]).max() <= limit + 0.01
        assert stats.kstest(angles[:, k], stats.uniform(-limit, 2 * limit).cdf).pvalue > 1e-3
    assert np.abs(np.corrcoef(angles.T) - np.eye(3)).max() < 0.08


def test_one_limit_serves_all_axes():
    angles = Turn.from_matrix(maps(skeleton.Rotation(10))).as_euler("XYZ", degrees=True)
    assert (angles.std(axis=0) > 5).all()


def test_rotation_in_the_plane():
    m = maps(skeleton.Rotation(30), dims=2)
    angle = np.degrees(np.arctan2(m[:, 1, 0], m[:, 0, 0]))
    np.testing.assert_allclose(np.linalg.det(m), 1, atol=1e-5)
    assert stats.kstest(angle, stats.uniform(-30, 60).cdf).pvalue > 1e-3


def test_three_limits_in_the_plane_are_refused():
    with pytest.raises(ShapeError, match="one angle"):
        skeleton.Rotation((8, 25, 8))(np.zeros((5, 17, 2)))


@pytest.mark.parametrize("step", [skeleton.Rotation(5), skeleton.Shear(0.1)])
def test_other_numbers_of_coordinates_are_refused(step):
    with pytest.raises(ShapeError, match="2 or 3 coordinates, got 4"):
        step(np.zeros((5, 17, 4)))


@pytest.mark.parametrize("dims", [2, 3])
def test_shear(dims):
    m = maps(skeleton.Shear(0.2), dims)
    s = m[:, np.arange(dims), (np.arange(dims) + 1) % dims]
    for i in range(dims):
        for j in range(dims):
            np.testing.assert_allclose(m[:, i, j], 1 if i == j else s[:, i], atol=1e-6)
    assert stats.kstest(s.ravel() / 0.2, "norm").pvalue > 1e-3


def test_scaling_draws_a_factor_for_each_axis_or_one_for_all():
    m = maps(skeleton.Scaling(low=0.7, high=1.2))
    f = np.diagonal(m, axis1=1, axis2=2)
    np.testing.assert_allclose(m - f[:, None] * np.eye(3), 0, atol=1e-6)
    assert stats.kstest(f.ravel(), stats.uniform(0.7, 0.5).cdf).pvalue > 1e-3
    assert np.abs(np.corrcoef(f.T) - np.eye(3)).max() < 0.08
    one = np.diagonal(maps(skeleton.Scaling(0.1, per="all")), axis1=1, axis2=2)
    assert (one == one[:, :1]).all()
    assert stats.kstest((one[:, 0] - 1) / 0.1, "norm").pvalue > 1e-3


def test_jitter_is_independent_for_every_coordinate():
    y = skeleton.Jitter(0.1)(np.zeros((100, 30, 20, 3)), seed=0)
    assert stats.kstest(y.ravel().astype(float) / 0.1, "norm").pvalue > 1e-3


def test_a_missing_joint_stays_missing_and_alone():
    x = np.random.default_rng(0).standard_normal((30, 20, 3)).astype(np.float32)
    x[:, 7] = np.nan
    plan = skeleton.CropResize(0.7) | skeleton.TimeWarp(0.2) | skeleton.Rotation((8, 25, 8))
    plan |= skeleton.Scaling(0.1) | skeleton.Shear(0.1) | skeleton.Jitter(0.02)
    y = plan(x, seed=1)
    assert np.isnan(y[:, 7]).all()
    assert not np.isnan(np.delete(y, 7, axis=1)).any()
