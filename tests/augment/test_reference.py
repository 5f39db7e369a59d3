"""Steps that reproduce what the published code does, against what the specification says."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.transform import Rotation as Turn

from kinefuse.augment import inertial, skeleton
from kinefuse.errors import ShapeError

N = 4000


def test_inertial_scaling_has_a_factor_for_every_value():
    x = np.random.default_rng(0).uniform(1, 2, (100, 50, 6)).astype(np.float32)
    f = inertial.ReferenceScaling(0.5)(x, seed=0).astype(float) / x
    assert stats.kstest((f.ravel() - 1) / 0.5, "norm").pvalue > 1e-3


def test_inertial_rotation_flips_the_sign_of_every_other_value():
    x = np.random.default_rng(0).uniform(1, 2, (300, 50, 6)).astype(np.float32)
    y = inertial.ReferenceRotation()(x, seed=0)
    np.testing.assert_array_equal(np.abs(y), x)
    minus = (y < 0).astype(float)
    assert abs(minus.mean() - 0.5) < 0.01
    for other in (minus[:, 1:] * minus[:, :-1], minus[..., 1:] * minus[..., :-1]):
        assert abs(other.mean() - 0.25) < 0.01


def test_inertial_time_shuffle_orders_samples_anew():
    x = np.stack([np.arange(5.0), 100 + np.arange(5.0)], axis=1)
    y = inertial.ReferenceTimeShuffle()(np.broadcast_to(x, (12000, 5, 2)), seed=0)
    np.testing.assert_array_equal(y[..., 1], y[..., 0] + 100)
    orders, counts = np.unique(y[..., 0], axis=0, return_counts=True)
    assert len(orders) == 120
    assert stats.chisquare(counts).pvalue > 1e-3


def test_inertial_permutation_swaps_the_sensors_a_quarter_of_the_time():
    x = np.broadcast_to(np.arange(6.0), (N, 50, 6))
    y = inertial.ReferenceChannelPermutation(3)(x, seed=0)
    swapped = (y == [3, 4, 5, 0, 1, 2]).all(axis=(1, 2))
    kept = (y == x).all(axis=(1, 2))
    assert (swapped | kept).all()
    assert abs(swapped.mean() - 0.25) < 0.025


def test_inertial_permutation_splits_as_numpy_does():
    x = np.broadcast_to(np.arange(7.0), (N, 3, 7))
    orders = {tuple(o) for o in inertial.ReferenceChannelPermutation(4)(x, seed=1)[:, 0].tolist()}
    expected = set()
    for n in (1, 2, 3):
        groups = np.array_split(np.arange(7.0), n)
        for order in np.unique(np.array(np.meshgrid(*[range(n)] * n)).reshape(n, -1).T, axis=0):
            if len(set(order)) == n:
                expected.add(tuple(np.concatenate([groups[k] for k in order])))
    assert orders == expected


def about_joint_0(step, dims):
    """The matrix by which each skeleton is mapped about joint 0 of each frame."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((15, 6, dims))
    x[:, 1 : 1 + dims] = x[:, :1] + np.eye(dims)
    y = step(np.broadcast_to(x, (N, *x.shape)), seed=3).astype(float)
    np.testing.assert_allclose(y[:, :, 0], np.broadcast_to(x[:, 0], y[:, :, 0].shape), atol=1e-5)
    m = (y[:, 0, 1 : 1 + dims] - y[:, 0, :1]).transpose(0, 2, 1)
    centered = x - x[:, :1]
    expected = np.einsum("nij,tkj->ntki", m, centered) + x[:, :1]
    np.testing.assert_allclose(y, expected, atol=1e-4)
    return m


def test_skeleton_scaling_is_about_the_head_of_each_frame():
    m = about_joint_0(skeleton.ReferenceScaling(0.7, 1.2), 3)
    f = np.diagonal(m, axis1=1, axis2=2)
    np.testing.assert_allclose(m - f[:, None] * np.eye(3), 0, atol=1e-5)
    assert stats.kstest(f.ravel(), stats.uniform(0.7, 0.5).cdf).pvalue > 1e-3


@pytest.mark.parametrize("limits", [(-10, 10, 2), (-15, 15, 2)])
def test_skeleton_rotation_takes_angles_from_the_list(limits):
    start, end, step = limits
    m = about_joint_0(skeleton.ReferenceRotation(start, end, step), 3)
    angles = Turn.from_matrix(m).as_euler("XYZ", degrees=True)
    allowed = np.arange(start, end + 1, step)
    for axis in angles.T:
        drawn, counts = np.unique(np.round(axis), return_counts=True)
        np.testing.assert_array_equal(drawn, allowed)
        np.testing.assert_allclose(axis, np.round(axis), atol=0.01)
        assert stats.chisquare(counts).pvalue > 1e-3


def test_skeleton_rotation_in_the_plane_has_one_angle():
    m = about_joint_0(skeleton.ReferenceRotation(-15, 15, 2), 2)
    angle = np.degrees(np.arctan2(m[:, 1, 0], m[:, 0, 0]))
    np.testing.assert_array_equal(np.unique(np.round(angle)), np.arange(-15, 16, 2))


@pytest.mark.parametrize("dims", [2, 3])
def test_skeleton_recenter_is_by_the_first_frame(dims):
    x = np.random.default_rng(0).standard_normal((4, 15, 6, dims))
    y = skeleton.ReferenceRecenter(center=2, end=1)(x, seed=0)
    length = np.linalg.norm(x[:, 0, 1] - x[:, 0, 2], axis=-1)
    expected = (x - x[:, :1, 2:3]) / length[:, None, None, None]
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_skeleton_recenter_passes_over_frames_in_which_a_joint_is_missing():
    x = np.random.default_rng(0).standard_normal((15, 6, 3))
    x[0, 2], x[1, 1] = np.nan, np.nan
    x[2, 1] = x[2, 2]
    y = skeleton.ReferenceRecenter(center=2, end=1)(x, seed=0)
    np.testing.assert_allclose(y[3, 2], 0, atol=1e-6)
    assert np.linalg.norm(y[3, 1]) == pytest.approx(1, rel=1e-5)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(x))
    still = np.zeros((15, 6, 3))
    np.testing.assert_array_equal(skeleton.ReferenceRecenter(2, 1)(still, seed=0), still)


def test_skeleton_recenter_refuses_joints_that_are_not_there():
    with pytest.raises(ShapeError, match="expected two of the 6 joints, got 2 and 6"):
        skeleton.ReferenceRecenter(center=2, end=6)(np.zeros((15, 6, 3)), seed=0)
