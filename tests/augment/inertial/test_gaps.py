"""Gaps: runs read off windows without zeros, against the chain's own law."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial
from kinefuse.errors import ConfigError


def runs(lost):
    """Lengths of the lost runs that begin and end inside their window."""
    edges = np.diff(lost.astype(int), axis=1)
    lengths = []
    for row in edges:
        begins, ends = np.flatnonzero(row == 1), np.flatnonzero(row == -1)
        ends = ends[ends > begins[0]] if len(begins) else ends[:0]
        lengths += list(ends - begins[: len(ends)])
    return np.array(lengths)


def test_share_and_run_lengths_are_those_of_the_chain(windows):
    x = windows(400, time=1500, channels=2)
    y = inertial.Gaps(0.1, 4)(x, seed=0)
    lost = np.isnan(y).all(axis=2)
    assert (np.isnan(y).any(axis=2) == lost).all()
    np.testing.assert_array_equal(y[~lost], x[~lost])
    assert abs(lost.mean() - 0.1) < 0.005
    assert abs(lost[:, 0].mean() - 0.1) < 0.06
    length = runs(lost)
    counts = np.bincount(length, minlength=15)[1:15]
    expected = stats.geom(1 / 4).pmf(np.arange(1, 15))
    assert stats.chisquare(counts, expected / expected.sum() * counts.sum()).pvalue > 1e-3


def test_sensors_lose_independently(windows):
    y = np.isnan(inertial.Gaps(0.3, 3, sensors=2)(windows(300), seed=0))
    assert (y[..., :3] == y[..., :1]).all()
    assert (y[..., 3:] == y[..., 3:4]).all()
    both = (y[..., 0] & y[..., 3]).mean()
    assert abs(both - 0.09) < 0.02


def test_hold_repeats_the_last_value(windows):
    x = windows(100)
    lost = np.isnan(inertial.Gaps(0.3, 3)(x, seed=1)[..., 0])
    y = inertial.Gaps(0.3, 3, fill="hold")(x, seed=1)
    for before, after, mask in zip(x, y, lost, strict=True):
        expected = before.copy()
        for t in np.flatnonzero(mask):
            expected[t] = expected[t - 1] if t > 0 else before[np.flatnonzero(~mask)[0]]
        np.testing.assert_array_equal(after, expected)


def test_shares_that_the_runs_cannot_reach_are_refused():
    inertial.Gaps(0.5, 1)
    with pytest.raises(ConfigError, match="need longer runs"):
        inertial.Gaps(0.9, 2)
