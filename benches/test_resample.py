"""Resampling and regridding beside SciPy and NumPy, on the same data, float32.

Ours writes to ``out=`` where it can; SciPy and NumPy have no such argument.
"""

import numpy as np
import pytest
import scipy.signal

import kinefuse

RATIOS = ["1/2", "1/4", "3/10", "2/1", "20/41"]
SIZES = {"one recording": (1, 1_000_000, 6), "windows": (64, 200, 6)}


def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def terms(ratio):
    return [int(term) for term in ratio.split("/")]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_resample_kinefuse(benchmark, threads, ratio, size):
    benchmark.group = f"resample {ratio}, {size}"
    up, down = terms(ratio)
    x = noise(*SIZES[size])
    out = kinefuse.resample(x, from_hz=down, to_hz=up)
    benchmark(kinefuse.resample, x, from_hz=down, to_hz=up, out=out)
    np.testing.assert_allclose(
        out[0, :100], scipy.signal.resample_poly(x[0, :1000], up, down)[:100], atol=5e-6
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_resample_scipy(benchmark, ratio, size):
    benchmark.group = f"resample {ratio}, {size}"
    up, down = terms(ratio)
    benchmark(scipy.signal.resample_poly, noise(*SIZES[size]), up, down, axis=1)


LENGTHS = (400, 180, 6), 50


def test_to_length_kinefuse(benchmark, threads):
    benchmark.group = "resample to length, 400 recordings of 180 to 50"
    x = noise(*LENGTHS[0])
    out = kinefuse.resample_to_length(x, LENGTHS[1])
    benchmark(kinefuse.resample_to_length, x, LENGTHS[1], out=out)
    np.testing.assert_allclose(out, scipy.signal.resample(x, LENGTHS[1], axis=1), atol=5e-6)


def test_to_length_scipy(benchmark):
    benchmark.group = "resample to length, 400 recordings of 180 to 50"
    benchmark(scipy.signal.resample, noise(*LENGTHS[0]), LENGTHS[1], axis=1)


def clock(n):
    return (np.arange(n) + np.random.default_rng(1).uniform(-0.3, 0.3, n)) / 100


@pytest.mark.parametrize("rate_hz", [100, 50])
def test_regrid_kinefuse(benchmark, threads, rate_hz):
    benchmark.group = f"regrid 100 to {rate_hz} Hz, 1,000,000 stamps"
    time, x = clock(1_000_000), noise(1_000_000, 6)
    grid = benchmark(kinefuse.regrid, time, x, rate_hz=rate_hz, max_gap_s=1)
    np.testing.assert_allclose(
        grid.data[:-100], by_numpy(time, x, rate_hz)[: len(grid.data) - 100], atol=1e-2
    )


@pytest.mark.parametrize("rate_hz", [100, 50])
def test_regrid_numpy(benchmark, rate_hz):
    benchmark.group = f"regrid 100 to {rate_hz} Hz, 1,000,000 stamps"
    benchmark(by_numpy, clock(1_000_000), noise(1_000_000, 6), rate_hz)


def by_numpy(time, x, rate_hz):
    """What regrid does, without the repair of the clock."""
    grid = np.arange(time[0], time[-1], 0.01)
    even = np.stack([np.interp(grid, time, x[:, c]) for c in range(6)], axis=1)
    down = round(100 / rate_hz)
    if down == 1:
        return even.astype(np.float32)
    even = np.pad(even.astype(np.float32), ((10 * down, 0), (0, 0)), mode="reflect")
    return scipy.signal.resample_poly(even, 1, down)[10:]
