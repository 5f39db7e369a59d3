"""The mirror, against a reflection worked out in NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.augment import skeleton
from kinefuse.errors import ConfigError, ShapeError
from kinefuse.skeleton import KINECT_V1

LINES = [
    (KINECT_V1.index(left), KINECT_V1.index(right))
    for left, right in (KINECT_V1.shoulders, KINECT_V1.hips)
]


def body(seed=0, frames=12, dims=3):
    return np.random.default_rng(seed).standard_normal((frames, 20, dims)).astype(np.float32)


def reflected(x, up):
    """Across the body's plane, left and right exchanged, in float64."""
    lines = np.concatenate([x[:, right] - x[:, left] for left, right in LINES]).astype(float)
    normal = np.nansum(lines[~np.isnan(lines).any(axis=1)], axis=0)
    if up is not None:
        normal[up] = 0
    normal /= np.linalg.norm(normal)
    y = x.astype(float)
    return (y - 2 * (y @ normal)[..., None] * normal)[:, KINECT_V1.mirror]


@pytest.mark.parametrize(("up", "axis"), [("y", 1), ("z", 2), ("none", None)])
def test_the_bodys_plane(up, axis):
    x = body()
    y = skeleton.Mirror("kinect_v1", up=up)(x)
    np.testing.assert_allclose(y, reflected(x, axis), atol=2e-6)
    if axis is not None:
        np.testing.assert_array_equal(y[..., axis], x[:, KINECT_V1.mirror, axis])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_coordinate_plane(axis):
    x = body()
    expected = x[:, KINECT_V1.mirror].copy()
    expected[..., axis] *= -1
    np.testing.assert_array_equal(skeleton.Mirror("kinect_v1", plane="xyz"[axis])(x), expected)


def test_in_the_plane_a_body_is_mirrored_along_x():
    x = body(dims=2)
    expected = x[:, KINECT_V1.mirror] * np.float32([-1, 1])
    np.testing.assert_array_equal(skeleton.Mirror("kinect_v1", plane="x")(x), expected)
    np.testing.assert_allclose(skeleton.Mirror("kinect_v1")(x), expected, atol=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["body", "x", "y", "z"]), st.sampled_from("yz"))
def test_twice_is_once_around(seed, plane, up):
    x = body(seed)
    step = skeleton.Mirror(KINECT_V1, plane, up)
    np.testing.assert_allclose(step(step(x)), x, atol=1e-5)


def test_bone_lengths_are_kept_and_change_sides():
    x, parents = body(), np.array(KINECT_V1.parent_indices)
    bones = np.linalg.norm(x - x[:, parents], axis=-1)
    y = skeleton.Mirror("kinect_v1")(x)
    np.testing.assert_allclose(
        np.linalg.norm(y - y[:, parents], axis=-1), bones[:, KINECT_V1.mirror], atol=1e-5
    )


def test_a_missing_joint_changes_sides_and_is_left_out_of_the_plane():
    x = body()
    x[:5, KINECT_V1.index("left_shoulder")] = np.nan
    y = skeleton.Mirror("kinect_v1")(x)
    np.testing.assert_allclose(y, reflected(x, 1), atol=2e-6)
    assert np.isnan(y[:5, KINECT_V1.index("right_shoulder")]).all()
    assert np.isnan(y).sum() == 5 * 3


@pytest.mark.parametrize("value", [np.nan, 1.0])
def test_a_body_without_a_plane_stays_as_it_is(value):
    x = np.full((4, 20, 3), value, np.float32)
    np.testing.assert_array_equal(skeleton.Mirror("kinect_v1")(x), x)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match="20 joints of the step's layout, got 17"):
        skeleton.Mirror("kinect_v1")(np.zeros((5, 17, 3)))
    with pytest.raises(ShapeError, match="body, x or y"):
        skeleton.Mirror("kinect_v1", plane="z")(np.zeros((5, 20, 2)))
    with pytest.raises(ConfigError, match="up: expected"):
        skeleton.Mirror("kinect_v1", up="x")
    with pytest.raises(ConfigError, match="unknown variant `w`"):
        skeleton.Mirror("kinect_v1", plane="w")
    with pytest.raises(ConfigError, match="no skeleton layout 'kinect'; did you mean"):
        skeleton.Mirror("kinect")
