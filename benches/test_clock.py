"""Clocks repaired, read and aligned, beside NumPy, Polars and SciPy on the same data."""

import numpy as np
import polars as pl
import pytest

from kinefuse import clock


@pytest.fixture
def jittered(size):
    n = size(1_000_000)
    time = 1.7e9 + np.arange(n) / 100 + np.random.default_rng(0).uniform(-0.003, 0.003, n)
    time[n // 2 :] += 3600
    return time


def checked_by_numpy(time, max_gap_s):
    """What repair says of a clock that needs none."""
    assert np.isfinite(time).all()
    steps = np.diff(time)
    assert (steps > 0).all()
    step = np.median(steps)
    usual = steps[(steps >= 0.5 * step) & (steps <= 1.5 * step)]
    return 1 / usual.mean(), np.flatnonzero(steps > max_gap_s) + 1


@pytest.mark.usefixtures("one_thread")
def test_repair_kinefuse(benchmark, jittered):
    benchmark.group = f"repair of a clock that needs none, {len(jittered):,} stamps"
    found = clock.repair(jittered, max_gap_s=1.0)
    rate, gaps = checked_by_numpy(jittered, 1.0)
    # Steps this uneven are cut at half the typical one, which each side estimates for itself.
    assert found.report.rate_hz == pytest.approx(rate, rel=1e-3)
    np.testing.assert_array_equal(found.gaps, gaps)
    benchmark(clock.repair, jittered, max_gap_s=1.0)


def test_repair_numpy(benchmark, jittered):
    benchmark.group = f"repair of a clock that needs none, {len(jittered):,} stamps"
    benchmark.extra_info["by"] = "NumPy"
    benchmark(checked_by_numpy, jittered, 1.0)


@pytest.fixture
def texts(size):
    ns = 1_648_531_522_143_000_000 + np.arange(size(200_000)) * 10_000_000
    return pl.Series(ns).cast(pl.Datetime("ns", "UTC")).dt.strftime("%Y-%m-%dT%H:%M:%S%.3f%:z")


def by_polars(texts):
    parsed = texts.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="ns")
    ns = parsed.dt.epoch("ns").to_numpy()
    return (ns - ns[0] // 10**9 * 10**9) / 1e9


@pytest.mark.usefixtures("one_thread")
def test_iso_kinefuse(benchmark, texts):
    benchmark.group = f"{len(texts):,} ISO texts to seconds"
    np.testing.assert_allclose(clock.to_seconds(texts).time_s, by_polars(texts), rtol=1e-15)
    benchmark(clock.to_seconds, texts)


def test_iso_polars(benchmark, texts):
    benchmark.group = f"{len(texts):,} ISO texts to seconds"
    benchmark.extra_info["by"] = "Polars"
    benchmark(by_polars, texts)


@pytest.fixture
def devices(size):
    """Two devices at 50 Hz that feel the same, the second 3.16 s ahead."""
    n = size(90_000)
    x = np.random.default_rng(0).standard_normal((n + 163, 3))
    x = np.cumsum(x, axis=0)
    x = x[5:] - x[:-5]
    time = np.arange(n) / 50
    return time, x[158 : n + 158], x[:n]


def by_scipy(time, a, b):
    """One offset of all, to a sample; no drift, no gaps, no own rates."""
    from scipy import signal

    a, b = (np.linalg.norm(v, axis=1) for v in (a, b))
    both = signal.correlate(a - a.mean(), b - b.mean(), method="fft")
    lags = signal.correlation_lags(len(a), len(b))
    near = np.abs(lags) <= 30 * 50
    return lags[near][np.argmax(both[near])] / 50


@pytest.mark.usefixtures("one_thread")
def test_align_kinefuse(benchmark, devices):
    time, a, b = devices
    benchmark.group = f"offset of two devices, ({len(a):,}, 3) each"
    found = clock.align(time, a, time, b)
    assert found.offset_s == pytest.approx(by_scipy(time, a, b), abs=0.02)
    benchmark(clock.align, time, a, time, b)


def test_align_scipy(benchmark, devices):
    time, a, b = devices
    benchmark.group = f"offset of two devices, ({len(a):,}, 3) each"
    benchmark.extra_info["by"] = "SciPy"
    benchmark(by_scipy, time, a, b)
