"""Rate jitter: instants read off a ramp."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial

T = 61


def ramp(n, channels=1):
    return np.broadcast_to(np.arange(float(T))[:, None], (n, T, channels))


def test_instants_are_off_by_normal_parts_of_a_step():
    y = inertial.RateJitter(0.1)(ramp(500), seed=0)[..., 0].astype(float)
    off = (y - np.arange(T))[:, 1:-1]
    assert stats.kstest(off.ravel() / 0.1, "norm").pvalue > 1e-3
    assert np.abs(np.corrcoef(off[:, 5], off[:, 6])[0, 1]) < 0.15


def test_time_never_runs_backward():
    y = inertial.RateJitter(0.5, rate=0.3)(ramp(500), seed=0)[..., 0]
    assert (np.diff(y, axis=1) >= -1e-5).all()
    assert y.min() >= 0
    assert y.max() <= T - 1


def test_the_rate_is_off_about_the_middle():
    y = inertial.RateJitter(0, rate=0.1)(ramp(1000), seed=0)[..., 0].astype(float)
    np.testing.assert_allclose(y[:, T // 2], T // 2, atol=1e-5)
    pace = (y[:, 40] - y[:, 20]) / 20
    assert stats.kstest(pace, stats.uniform(0.9, 0.2).cdf).pvalue > 1e-3
    middle = (T - 1) / 2
    expected = np.clip(middle + pace[:, None] * (np.arange(T) - middle), 0, T - 1)
    np.testing.assert_allclose(y, expected, atol=1e-4)


def test_all_channels_are_interpolated_at_the_same_instants(windows):
    x = windows(20, time=T)
    x[..., 0] = np.arange(T)
    y = inertial.RateJitter(0.3, rate=0.05)(x, seed=3)
    for before, after in zip(x, y, strict=True):
        for c in range(x.shape[2]):
            expected = np.interp(after[:, 0], np.arange(T), before[:, c])
            np.testing.assert_allclose(after[:, c], expected, atol=2e-4)


@pytest.mark.parametrize("time", [1, 2])
def test_short_windows(time):
    y = inertial.RateJitter(0.5)(np.ones((time, 3)))
    np.testing.assert_array_equal(y, 1)


def test_a_missing_value_spreads_to_its_neighbours_only():
    x = np.zeros((T, 2))
    x[30, 1] = np.nan
    y = inertial.RateJitter(0.2)(x)
    assert not np.isnan(y[:, 0]).any()
    assert set(np.flatnonzero(np.isnan(y[:, 1]))) <= {29, 30, 31}
