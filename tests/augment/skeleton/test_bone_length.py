"""Bone lengths, against the tree walked in NumPy."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kinefuse.augment import skeleton
from kinefuse.skeleton import KINECT_V1

PARENTS = np.array(KINECT_V1.parent_indices)
BONES = np.flatnonzero(np.arange(20) != PARENTS)


def body(n=1, frames=5):
    return np.random.default_rng(0).standard_normal((n, frames, 20, 3)).astype(np.float32)


def factors(x, y):
    """The factor of each bone, after checking that it is the same in every frame and coordinate."""
    before, after = (a[..., BONES, :].astype(float) - a[..., PARENTS[BONES], :] for a in (x, y))
    f = (before * after).sum((1, 3)) / (before**2).sum((1, 3))
    np.testing.assert_allclose(after, f[:, None, :, None] * before, atol=2e-5)
    return f


def test_each_bone_is_stretched_and_the_root_stays():
    x = body(2000)
    y = skeleton.BoneLength("kinect_v1", 0.1, symmetric=False)(x, seed=1)
    root = KINECT_V1.index(KINECT_V1.root)
    np.testing.assert_array_equal(y[:, :, root], x[:, :, root])
    f = factors(x, y)
    assert stats.kstest((f.ravel() - 1) / 0.1, "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(f.T) - np.eye(len(BONES))).max() < 0.1


def test_left_and_right_have_one_factor():
    x = body(500)
    f = np.full((500, 20), np.nan)
    f[:, BONES] = factors(x, skeleton.BoneLength("kinect_v1", low=0.8, high=1.1)(x, seed=2))
    np.testing.assert_allclose(f, f[:, KINECT_V1.mirror], atol=1e-4)
    f = f[:, BONES]
    assert 0.8 - 1e-5 <= f.min() < 0.81
    assert 1.09 < f.max() <= 1.1 + 1e-5
    one = f[:, np.unique(np.minimum(BONES, KINECT_V1.mirror[BONES]), return_index=True)[1]]
    assert np.abs(np.corrcoef(one.T) - np.eye(one.shape[1])).max() < 0.2


def test_no_bone_turns_round():
    x = body(500, frames=1)
    f = factors(x, skeleton.BoneLength("kinect_v1", 0.8)(x, seed=0))
    assert 0.09 < f.min() < 0.11


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.sets(st.integers(0, 19), max_size=6))
def test_a_missing_joint_stays_missing_and_alone(seed, missing):
    x = np.random.default_rng(seed).standard_normal((3, 20, 3)).astype(np.float32)
    x[:, list(missing)] = np.nan
    y = skeleton.BoneLength("kinect_v1", 0.2)(x, seed=seed)
    np.testing.assert_array_equal(np.isnan(y), np.isnan(x))


def test_what_hangs_on_a_missing_joint_moves_with_the_one_above():
    x = body()[0]
    hip, spine, neck = (KINECT_V1.index(j) for j in ("hip_center", "spine", "shoulder_center"))
    x[:, spine] = np.nan
    y = skeleton.BoneLength("kinect_v1", low=2, high=2)(x)
    np.testing.assert_array_equal(y[:, [hip, neck]], x[:, [hip, neck]])
    head = KINECT_V1.index("head")
    np.testing.assert_allclose(y[:, head], 2 * x[:, head] - x[:, neck], atol=1e-6)
