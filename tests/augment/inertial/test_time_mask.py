"""Time mask: runs read off windows without zeros."""

import numpy as np
import pytest

from kinefuse.augment import inertial


def lost(y):
    gone = np.isnan(y).all(axis=2)
    assert (np.isnan(y).any(axis=2) == gone).all()
    return gone


def test_one_run_of_the_drawn_length_at_any_place(windows):
    x = windows(4000)
    y = inertial.TimeMask(0.5, min=0.2)(x, seed=0)
    gone = lost(y)
    np.testing.assert_array_equal(y[~gone], x[~gone])
    edges = np.diff(gone.astype(int), axis=1, prepend=0, append=0)
    assert ((edges == 1).sum(axis=1) == 1).all()
    length = gone.sum(axis=1)
    assert length.min() >= 11
    assert length.max() <= 31
    assert abs(length.mean() - 0.35 * 60) < 0.4
    place = gone.argmax(axis=1) / (60 - length)
    assert abs(place.mean() - 0.5) < 0.02
    assert place.min() == 0
    assert place.max() == 1


def test_several_runs(windows):
    gone = lost(inertial.TimeMask(0.1, min=0.1, count=3)(windows(500), seed=0))
    edges = np.diff(gone.astype(int), axis=1, prepend=0, append=0)
    runs = (edges == 1).sum(axis=1)
    assert runs.max() == 3
    assert gone.sum(axis=1).max() == 18


@pytest.mark.parametrize("fill", ["zero", "mean", "hold"])
def test_fills(windows, fill):
    x = windows(300)
    gone = lost(inertial.TimeMask(0.4, count=2)(x, seed=1))
    y = inertial.TimeMask(0.4, count=2, fill=fill)(x, seed=1)
    for before, after, mask in zip(x, y, gone, strict=True):
        expected = before.copy()
        for t in np.flatnonzero(mask):
            if fill == "zero":
                expected[t] = 0
            elif fill == "mean":
                expected[t] = before.mean(axis=0, dtype=float)
            else:
                expected[t] = expected[t - 1] if t > 0 else before[np.flatnonzero(~mask)[0]]
        np.testing.assert_allclose(after, expected, rtol=1e-6)


def test_shared_masks_cover_the_same_time():
    fast, slow = np.ones((200, 3), np.float32), np.ones((50, 3), np.float32)
    step = inertial.TimeMask(0.4, min=0.1, shared=True)
    for seed in range(30):
        a = np.flatnonzero(np.isnan(step(fast, seed=seed, modality=0)[:, 0])) / 200
        b = np.flatnonzero(np.isnan(step(slow, seed=seed, modality=1)[:, 0])) / 50
        assert abs(a[0] - b[0]) <= 0.02
        assert abs(a[-1] - b[-1]) <= 0.03
