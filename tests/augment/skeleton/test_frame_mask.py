"""Lost frames: how many, in runs, and what becomes of them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.augment import skeleton


def lost_frames(step, n=2000, time=50):
    """Which frames of many windows are lost, after checking that all joints are."""
    lost = np.isnan(step(np.ones((n, time, 4, 2), np.float32), seed=0))
    assert (lost == lost[:, :, :1, :1]).all()
    return lost[:, :, 0, 0]


def test_the_share_is_uniform_and_every_frame_is_lost_as_often():
    lost = lost_frames(skeleton.FrameMask(0.4))
    share = lost.mean(axis=1)
    assert share.min() == 0.02
    assert 0.3 < share.max() <= 0.4
    # Of n uniform places some coincide; the mean share over n = 1, 1, 2 .. 19 is known.
    n = np.maximum(np.arange(20), 1)
    assert abs(share.mean() - (1 - (1 - 1 / 50) ** n).mean()) < 0.006
    often = lost.mean(axis=0)
    assert np.abs(often - often.mean()).max() < 0.05


def test_frames_are_lost_in_runs():
    lost = lost_frames(skeleton.FrameMask(0.3, run=5))
    edges = np.diff(np.pad(lost, ((0, 0), (1, 1))).astype(int), axis=1)
    lengths = np.nonzero(edges.T == -1)[0].size, (edges == 1).sum()
    assert lengths[0] == lengths[1]
    for row in edges[:200]:
        runs = np.flatnonzero(row == -1) - np.flatnonzero(row == 1)
        assert (runs >= 5).all()
        assert runs.sum() <= 15


@pytest.mark.parametrize("fill", ["zero", "hold"])
def test_the_other_frames_are_kept_and_the_lost_are_filled(fill):
    x = np.random.default_rng(0).standard_normal((300, 30, 4, 3)).astype(np.float32)
    step = {"max_share": 0.05}
    lost = np.isnan(skeleton.FrameMask(**step)(np.ones_like(x), seed=7))[:, :, 0, 0]
    assert (lost.sum(1) == 1).all()
    y = skeleton.FrameMask(**step, fill=fill)(x, seed=7)
    expected = x.copy()
    for i, t in zip(*np.nonzero(lost), strict=True):
        expected[i, t] = 0 if fill == "zero" else x[i, t - 1 if t else 1]
    np.testing.assert_array_equal(y, expected)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 40), st.floats(0.01, 0.9), st.integers(1, 50),
    st.sampled_from(["nan", "zero", "hold"]), st.integers(0, 1000),
)  # fmt: skip
def test_one_frame_at_least_is_kept(time, max_share, run, fill, seed):
    x = np.arange(1, time + 1, dtype=np.float32)[:, None, None] * np.ones((3, 2), np.float32)
    y = skeleton.FrameMask(max_share, run, fill)(x, seed=seed)
    kept = (y == x).all(axis=(1, 2))
    assert kept.any()
    if fill == "hold":
        assert np.isin(y, x).all()
