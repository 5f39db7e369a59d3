"""Window slice: what is left stands where it stood."""

import numpy as np
import pytest

from kinefuse.augment import inertial


def test_a_part_is_kept_in_its_place(windows):
    x = windows(4000)
    y = inertial.WindowSlice(0.3, 0.7)(x, seed=0)
    kept = ~np.isnan(y)
    np.testing.assert_array_equal(y[kept], x[kept])
    kept = kept.all(axis=2)
    assert (np.isnan(y).all(axis=2) == ~kept).all()
    edges = np.diff(kept.astype(int), axis=1, prepend=0, append=0)
    assert ((edges == 1).sum(axis=1) == 1).all()
    share = kept.mean(axis=1)
    assert share.min() >= 0.3 - 1 / 60
    assert share.max() <= 0.7 + 1 / 60
    assert abs(share.mean() - 0.5) < 0.02
    place = kept.argmax(axis=1) / (60 - kept.sum(axis=1))
    assert abs(place.mean() - 0.5) < 0.03
    assert abs(np.corrcoef(place, share)[0, 1]) < 0.06


def test_hold_continues_the_ends(windows):
    x = windows(100)
    missing = inertial.WindowSlice(0.3)(x, seed=2)
    held = inertial.WindowSlice(0.3, fill="hold")(x, seed=2)
    for m, h in zip(missing, held, strict=True):
        there = np.flatnonzero(~np.isnan(m[:, 0]))
        np.testing.assert_array_equal(h, m[np.clip(np.arange(60), there[0], there[-1])])


@pytest.mark.parametrize("time", [1, 2])
def test_one_sample_is_kept(time):
    y = inertial.WindowSlice(0.001, 0.002)(np.ones((50, time, 2)))
    assert (np.isfinite(y).any(axis=1)).all()
