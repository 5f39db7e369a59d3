"""Resampling with the instructions that every x86-64 CPU has, beside SciPy, float32.

SciPy's own loop is compiled for those instructions too.
"""

import numpy as np
import pytest
import scipy.signal

import kinefuse
from kinefuse import _native

RATIOS = ["1/2", "1/4", "3/10", "2/1", "20/41"]


@pytest.fixture
def baseline():
    _native.set_cpu_level("baseline")
    yield
    _native.set_cpu_level("avx512")


@pytest.fixture
def signal(size):
    return np.random.default_rng(0).standard_normal((size(1_000_000), 6), dtype=np.float32)


def group_of(signal, ratio):
    return f"resample {ratio}, ({len(signal):,}, 6), SSE2 only"


@pytest.mark.usefixtures("baseline", "threads")
@pytest.mark.parametrize("ratio", RATIOS)
def test_baseline_kinefuse(benchmark, signal, ratio):
    benchmark.group = group_of(signal, ratio)
    up, down = map(int, ratio.split("/"))
    out = kinefuse.resample(signal, from_hz=down, to_hz=up)
    expected = scipy.signal.resample_poly(signal[:1000], up, down)
    np.testing.assert_allclose(out[:100], expected[:100], atol=5e-6)
    benchmark.extra_info["bytes"] = signal.nbytes + out.nbytes
    benchmark(kinefuse.resample, signal, from_hz=down, to_hz=up, out=out)


@pytest.mark.parametrize("ratio", RATIOS)
def test_baseline_scipy(benchmark, signal, ratio):
    benchmark.group = group_of(signal, ratio)
    benchmark.extra_info["by"] = "SciPy"
    benchmark(scipy.signal.resample_poly, signal, *map(int, ratio.split("/")), axis=0)
