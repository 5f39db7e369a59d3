"""Interpolation of irregular samples, and values at any times, beside NumPy and SciPy; float32."""

import numpy as np
import pytest
import scipy.interpolate
import scipy.signal

import kinefuse

HZ = 50  # of the grid; the clock has 100


def samples(n):
    rng = np.random.default_rng(0)
    time = (np.arange(n) + rng.uniform(-0.3, 0.3, n)) / 100
    return time, rng.standard_normal((n, 6), dtype=np.float32)


def by_numpy(time, x, when):
    """Straight lines, a channel at a time."""
    return np.stack([np.interp(when, time, x[:, c]) for c in range(x.shape[1])], axis=1)


PEERS = {
    "linear": ("np.interp", by_numpy),
    "nearest": (
        "SciPy",
        lambda t, x, when: scipy.interpolate.interp1d(t, x, kind="nearest", axis=0)(when),
    ),
    "cubic": ("SciPy", lambda t, x, when: scipy.interpolate.CubicSpline(t, x)(when)),
    "pchip": ("SciPy", lambda t, x, when: scipy.interpolate.PchipInterpolator(t, x)(when)),
}


def group_of(method, n):
    return f"interpolate {method}, jittered 100 to {HZ} Hz, ({n:,}, 6)"


def rows_of(method, size):
    return size(1_000_000 if method == "linear" else 200_000)


@pytest.mark.parametrize("method", PEERS)
def test_interpolate_kinefuse(benchmark, threads, method, size):
    n = rows_of(method, size)
    benchmark.group = group_of(method, n)
    time, x = samples(n)
    settings = {"rate_hz": HZ, "max_gap_s": 1, "interpolation": method, "antialias": False}
    grid = kinefuse.regrid(time, x, **settings)
    expected = PEERS[method][1](time, x, grid.time_s)
    np.testing.assert_allclose(grid.data, expected, atol=1e-5)
    benchmark.extra_info["bytes"] = time.nbytes + x.nbytes + grid.data.nbytes
    benchmark(kinefuse.regrid, time, x, **settings)


@pytest.mark.parametrize("method", PEERS)
def test_interpolate_peer(benchmark, method, size):
    n = rows_of(method, size)
    benchmark.group = group_of(method, n)
    benchmark.extra_info["by"], run = PEERS[method]
    time, x = samples(n)
    benchmark(run, time, x, np.arange(time[0], time[-1], 1 / HZ))


def test_precise_kinefuse(benchmark, threads, size):
    x = samples(size(1_000_000))[1]
    benchmark.group = f"resample 1/2 in float64, ({len(x):,}, 6)"
    out = kinefuse.resample(x, from_hz=2, to_hz=1, precise=True)
    expected = scipy.signal.resample_poly(x.astype(np.float64), 1, 2)
    np.testing.assert_array_equal(out, expected.astype(np.float32))
    benchmark(kinefuse.resample, x, from_hz=2, to_hz=1, precise=True, out=out)


def test_precise_scipy(benchmark, size):
    x = samples(size(1_000_000))[1]
    benchmark.group = f"resample 1/2 in float64, ({len(x):,}, 6)"
    benchmark.extra_info["by"] = "SciPy"
    benchmark(lambda: scipy.signal.resample_poly(x.astype(np.float64), 1, 2).astype(np.float32))


def test_any_ratio_kinefuse(benchmark, threads, size):
    """No peer filters between its taps: SciPy's nearest ratio of whole numbers drifts."""
    x = samples(size(1_000_000))[1]
    benchmark.group = f"resample 64 to 63.97 Hz, ({len(x):,}, 6)"
    out = kinefuse.resample(x, from_hz=64, to_hz=63.97)
    benchmark(kinefuse.resample, x, from_hz=64, to_hz=63.97, out=out)


def test_any_ratio_scipy(benchmark, size):
    x = samples(size(1_000_000))[1]
    benchmark.group = f"resample 64 to 63.97 Hz, ({len(x):,}, 6)"
    benchmark.extra_info["by"] = "SciPy, at 6397/6400"
    benchmark(scipy.signal.resample_poly, x, 6397, 6400)
