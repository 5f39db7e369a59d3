"""Speed, read off a ramp."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial, skeleton
from kinefuse.errors import ConfigError

T, N = 97, 3000


def shown(step):
    """The instant that each sample of many windows shows, in samples."""
    return step(np.tile(np.arange(T, dtype=np.float32)[:, None], (N, 1, 1)), seed=3)[..., 0]


def test_slow_shows_a_part():
    y = shown(inertial.Speed(0.4, 0.8))
    share = (y[:, -1] - y[:, 0]) / (T - 1)
    straight = y[:, :1] + np.linspace(0, 1, T) * (y[:, -1:] - y[:, :1])
    np.testing.assert_allclose(y, straight, atol=1e-4)
    assert stats.kstest(share, stats.uniform(0.4, 0.4).cdf).pvalue > 1e-3
    place = y[:, 0] / (T - 1) / (1 - share)
    assert stats.kstest(place, "uniform").pvalue > 1e-3


def test_fast_shows_all_and_holds_the_ends():
    y = shown(inertial.Speed(1.5, 3))
    assert (y[:, 0] == 0).all()
    np.testing.assert_allclose(y[:, -1], T - 1, rtol=1e-6)
    steps = np.diff(y, axis=1)
    speed = steps.max(axis=1)
    assert stats.kstest(speed, stats.uniform(1.5, 1.5).cdf).pvalue > 1e-3
    # Away from the two samples at which it begins and ends, it is played at one speed or held.
    played = np.abs(steps - speed[:, None]) < 1e-3
    assert (played | (steps == 0)).sum(axis=1).min() >= T - 3
    held = (y == 0).sum(axis=1) - 1
    free = (T - 1) * (1 - 1 / speed)
    assert abs((held / free).mean() - 0.5) < 0.03


def test_speed_one_changes_nothing():
    x = np.random.default_rng(0).standard_normal((T, 4)).astype(np.float32)
    np.testing.assert_allclose(inertial.Speed(1, 1)(x), x, atol=1e-6)


def test_a_warp_of_a_fast_window_holds_its_ends_too():
    x = np.tile(np.arange(T, dtype=np.float32)[:, None], (200, 1, 1))
    for plan in (
        inertial.TimeWarp(0.5) | inertial.Speed(2, 3),
        inertial.Speed(2, 3) | inertial.TimeWarp(0.5),
        inertial.Speed(2, 3) | inertial.CropResize(0.5),
    ):
        y = plan(x, seed=0)[..., 0]
        assert (np.diff(y, axis=1) >= 0).all()
        assert y.min() >= 0
        assert y.max() <= T - 1


def test_shared_speed_keeps_modalities_synchronous():
    fast = np.linspace(0, 1, 200, dtype=np.float32)[:, None]
    slow = np.linspace(0, 1, 64, dtype=np.float32)[:, None, None] * np.ones((20, 3), np.float32)
    for seed in range(20):
        a = inertial.Speed(0.5, 2, shared=True)(fast, seed=seed, modality=0)[:, 0]
        b = skeleton.Speed(0.5, 2, shared=True)(slow, seed=seed, modality=1)[:, 3, 2]
        there = np.interp(np.linspace(0, 1, 64), np.linspace(0, 1, 200), a)
        np.testing.assert_allclose(there, b, atol=1e-2)


@pytest.mark.parametrize(("low", "high"), [(0.05, 1), (2, 1), (1, 11)])
def test_speeds_beyond_reason_are_refused(low, high):
    with pytest.raises(ConfigError, match=r"0\.1 <= min <= max <= 10"):
        inertial.Speed(low, high)
