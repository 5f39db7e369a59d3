"""Noise, a change of tempo and a wandering offset on 256 windows, beside tsaug.

Both draw from their own generators, and tsaug's speed and drift follow other laws of the same size;
what is compared is the same three steps on the same windows.
"""

import numpy as np
import pytest

from kinefuse.augment import inertial

PLAN = inertial.Jitter(0.05) | inertial.TimeWarp(0.2) | inertial.Drift(0.3)


@pytest.fixture
def windows(size):
    """Waves, which hardly change when they are played a little faster or slower."""
    t = np.linspace(0, 4 * np.pi, 128)
    return np.sin(t[:, None] + np.arange(6) + np.zeros((size(256), 1, 1))).astype(np.float32)


def check_changed(windows, views):
    """The windows, with noise that does not hide them."""
    assert views.shape == windows.shape
    change = np.std(views - windows)
    assert 0.05 < change < 1.0


@pytest.mark.usefixtures("threads")
def test_noise_warp_drift_kinefuse(benchmark, windows):
    benchmark.group = f"noise, time warp, drift, {windows.shape}"
    check_changed(windows, PLAN(windows))
    benchmark(PLAN, windows, out=np.empty_like(windows))


def test_noise_warp_drift_tsaug(benchmark, windows, peer):
    benchmark.group = f"noise, time warp, drift, {windows.shape}"
    benchmark.extra_info["by"] = "tsaug"
    tsaug = peer("tsaug")
    steps = tsaug.AddNoise(scale=0.05) + tsaug.TimeWarp(n_speed_change=3, max_speed_ratio=1.5)
    steps += tsaug.Drift(max_drift=0.3, n_drift_points=3)
    windows = windows.astype(np.float64)
    check_changed(windows, steps.augment(windows))
    benchmark(steps.augment, windows)
