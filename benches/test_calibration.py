"""Calibration beside NumPy, on a day of acceleration at 50 Hz, float32."""

import numpy as np
import pytest

from kinefuse.calibration import autocalibrate, find_flat_lines

RATE, WINDOW = 50, 500


@pytest.fixture
def day(size):
    """A third of the windows still, in many postures."""
    n = size(8640)
    rng = np.random.default_rng(0)
    postures = rng.normal(size=(n, 3))
    postures /= np.linalg.norm(postures, axis=1, keepdims=True)
    motion = np.where(np.arange(n) % 3 == 0, 0.004, 0.3)[:, None, None]
    acc = postures[:, None] * 1.02 + motion * rng.standard_normal((n, WINDOW, 3))
    return acc.reshape(-1, 3).astype(np.float32)


def by_numpy(acc):
    """Means of the still windows: all but the fit, which takes a few milliseconds in either."""
    windows = acc.reshape(-1, WINDOW, 3)
    still = (windows.std(axis=1, ddof=1, dtype=np.float64) < 0.013).all(axis=1)
    return windows[still].mean(axis=1, dtype=np.float64)


def test_autocalibrate_kinefuse(benchmark, one_thread, day):
    benchmark.group = f"autocalibration, ({len(day):,}, 3) at 50 Hz"
    found = autocalibrate(day, rate_hz=RATE)
    still = by_numpy(day)
    assert found.still_windows == len(still)
    assert abs(found.error_before_g - np.abs(np.linalg.norm(still, axis=1) - 1).mean()) < 1e-9
    benchmark.extra_info["bytes"] = day.nbytes
    benchmark(autocalibrate, day, rate_hz=RATE)


def test_autocalibrate_numpy(benchmark, day):
    benchmark.group = f"autocalibration, ({len(day):,}, 3) at 50 Hz"
    benchmark.extra_info["by"] = "NumPy, still windows only"
    benchmark(by_numpy, day)


def flat_by_numpy(x, rows):
    """Lengths of the flat stretches of each channel."""
    found = []
    for channel in x.T:
        ends = np.flatnonzero(np.r_[True, channel[1:] != channel[:-1], True])
        lengths = np.diff(ends)
        found.append(lengths[lengths >= rows])
    return found


@pytest.fixture
def holding(day):
    """Every thousand rows a value held for a second and a half."""
    x = day.copy()
    x[: len(x) // 1000 * 1000].reshape(-1, 1000, 3)[:, 100:175] = 0.5
    return x


def test_flat_lines_kinefuse(benchmark, one_thread, holding):
    benchmark.group = f"flat lines, ({len(holding):,}, 3)"
    found = find_flat_lines(holding, rate_hz=RATE)
    assert found.height == sum(map(len, flat_by_numpy(holding, RATE)))
    benchmark.extra_info["bytes"] = holding.nbytes
    benchmark(find_flat_lines, holding, rate_hz=RATE)


def test_flat_lines_numpy(benchmark, holding):
    benchmark.group = f"flat lines, ({len(holding):,}, 3)"
    benchmark.extra_info["by"] = "NumPy"
    benchmark(flat_by_numpy, holding, RATE)
