"""Resampling and regridding beside SciPy and NumPy, on the same data, float32.

Ours writes to ``out=`` where it can; SciPy and NumPy have no such argument.
"""

import numpy as np
import pytest
import scipy.signal

import kinefuse

RATIOS = ["1/2", "1/4", "3/10", "2/1", "20/41"]
SIZES = ["one recording", "windows"]


def noise(*shape):
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


@pytest.fixture
def signal(size, request):
    """One recording of a million rows, or 64 windows of 200."""
    long = request.node.callspec.params["of"] == "one recording"
    return noise(1, size(1_000_000), 6) if long else noise(64, 200, 6)


def terms(ratio):
    return [int(term) for term in ratio.split("/")]


def group_of(signal, ratio):
    n, rows, _ = signal.shape
    return f"resample {ratio}, {f'({rows:,}, 6)' if n == 1 else f'{n} windows ({rows}, 6)'}"


@pytest.mark.parametrize("of", SIZES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_resample_kinefuse(benchmark, threads, ratio, of, signal):
    benchmark.group = group_of(signal, ratio)
    up, down = terms(ratio)
    out = kinefuse.resample(signal, from_hz=down, to_hz=up)
    np.testing.assert_allclose(
        out[0, :100], scipy.signal.resample_poly(signal[0, :1000], up, down)[:100], atol=5e-6
    )
    benchmark.extra_info["bytes"] = signal.nbytes + out.nbytes
    benchmark(kinefuse.resample, signal, from_hz=down, to_hz=up, out=out)


@pytest.mark.parametrize("of", SIZES)
@pytest.mark.parametrize("ratio", RATIOS)
def test_resample_scipy(benchmark, ratio, of, signal):
    benchmark.group = group_of(signal, ratio)
    benchmark.extra_info["by"] = "SciPy"
    benchmark(scipy.signal.resample_poly, signal, *terms(ratio), axis=1)


@pytest.mark.parametrize("ratio", ["1/2"])
def test_resample_soxr(benchmark, size, ratio, peer):
    """Another, steeper filter: for context."""
    x = noise(1, size(1_000_000), 6)
    benchmark.group = group_of(x, ratio)
    benchmark.extra_info |= {"by": "soxr HQ, a steeper filter", "context": True}
    soxr = peer("soxr")
    up, down = terms(ratio)
    benchmark(soxr.resample, x[0], down, up)


LENGTHS = (400, 180, 6), 50


def test_to_length_kinefuse(benchmark, threads):
    benchmark.group = "resample to length, 400 recordings of 180 to 50"
    x = noise(*LENGTHS[0])
    out = kinefuse.resample_to_length(x, LENGTHS[1])
    np.testing.assert_allclose(out, scipy.signal.resample(x, LENGTHS[1], axis=1), atol=5e-6)
    benchmark(kinefuse.resample_to_length, x, LENGTHS[1], out=out)


def test_to_length_scipy(benchmark):
    benchmark.group = "resample to length, 400 recordings of 180 to 50"
    benchmark.extra_info["by"] = "SciPy"
    benchmark(scipy.signal.resample, noise(*LENGTHS[0]), LENGTHS[1], axis=1)


def clock(n):
    return (np.arange(n) + np.random.default_rng(1).uniform(-0.3, 0.3, n)) / 100


@pytest.mark.parametrize("rate_hz", [100, 50])
def test_regrid_kinefuse(benchmark, threads, rate_hz, size):
    n = size(1_000_000)
    benchmark.group = f"regrid jittered 100 to {rate_hz} Hz, ({n:,}, 6)"
    time, x = clock(n), noise(n, 6)
    grid = kinefuse.regrid(time, x, rate_hz=rate_hz, max_gap_s=1)
    np.testing.assert_allclose(
        grid.data[:-100], by_numpy(time, x, rate_hz)[: len(grid.data) - 100], atol=1e-2
    )
    benchmark.extra_info["bytes"] = time.nbytes + x.nbytes + grid.data.nbytes
    benchmark(kinefuse.regrid, time, x, rate_hz=rate_hz, max_gap_s=1)


@pytest.mark.parametrize("rate_hz", [100, 50])
def test_regrid_numpy(benchmark, rate_hz, size):
    n = size(1_000_000)
    benchmark.group = f"regrid jittered 100 to {rate_hz} Hz, ({n:,}, 6)"
    benchmark.extra_info["by"] = "np.interp, then SciPy" if rate_hz < 100 else "np.interp"
    benchmark(by_numpy, clock(n), noise(n, 6), rate_hz)


def test_regrid_pandas(benchmark, size, peer):
    """Means of bins and straight lines over empty ones: what many run, and what aliases."""
    n = size(1_000_000)
    benchmark.group = f"regrid jittered 100 to 50 Hz, ({n:,}, 6)"
    benchmark.extra_info |= {"by": "pandas resample().mean()", "context": True}
    pandas = peer("pandas")
    stamps = pandas.to_datetime((clock(n) * 1e9).astype(np.int64))
    frame = pandas.DataFrame(noise(n, 6), index=stamps)
    benchmark(lambda: frame.resample("20ms").mean().interpolate())


def by_numpy(time, x, rate_hz):
    """What regrid does, without the repair of the clock."""
    grid = np.arange(time[0], time[-1], 0.01)
    even = np.stack([np.interp(grid, time, x[:, c]) for c in range(6)], axis=1)
    down = round(100 / rate_hz)
    if down == 1:
        return even.astype(np.float32)
    even = np.pad(even.astype(np.float32), ((10 * down, 0), (0, 0)), mode="reflect")
    return scipy.signal.resample_poly(even, 1, down)[10:]
