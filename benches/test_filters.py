"""Zero-phase and causal filters beside SciPy, on the same data, float32.

Ours writes to ``out=``; SciPy has no such argument. The state is float64 in ours and, for float32
data, float32 in SciPy, which is why agreement is checked against SciPy's result in float64.
"""

import numpy as np
import pytest
import scipy.signal

from kinefuse import filters

SIZES = ["one recording", "two recordings"]
SOS = scipy.signal.butter(4, 20, fs=100, output="sos")


@pytest.fixture
def signal(size, request):
    n = 1 if request.node.callspec.params["of"] == "one recording" else 2
    return np.random.default_rng(0).standard_normal((n, size(1_000_000), 6), dtype=np.float32)


def group_of(what, signal):
    n, rows, channels = signal.shape
    return f"{what}, order 4, {f'{n} x ' if n > 1 else ''}({rows:,}, {channels})"


@pytest.mark.parametrize("of", SIZES)
def test_zero_phase_kinefuse(benchmark, threads, of, signal):
    benchmark.group = group_of("zero-phase Butterworth", signal)
    out = filters.filter_zero_phase(signal, SOS)
    expected = scipy.signal.sosfiltfilt(SOS, signal[:, :2000].astype(float), axis=1)
    np.testing.assert_allclose(out[:, :1900], expected[:, :1900], atol=1e-5)
    # Read and written once in each direction.
    benchmark.extra_info["bytes"] = 2 * (signal.nbytes + out.nbytes)
    benchmark(filters.filter_zero_phase, signal, SOS, out=out)


@pytest.mark.parametrize("of", SIZES)
def test_zero_phase_scipy(benchmark, of, signal):
    benchmark.group = group_of("zero-phase Butterworth", signal)
    benchmark.extra_info["by"] = "SciPy"
    benchmark(scipy.signal.sosfiltfilt, SOS, signal, axis=1)


@pytest.mark.parametrize("of", SIZES)
def test_causal_kinefuse(benchmark, threads, of, signal):
    benchmark.group = group_of("causal Butterworth", signal)
    out = filters.filter_sos(signal, SOS)
    expected = scipy.signal.sosfilt(SOS, signal[:, :2000].astype(float), axis=1)
    np.testing.assert_allclose(out[:, :2000], expected, atol=1e-5)
    benchmark.extra_info["bytes"] = signal.nbytes + out.nbytes
    benchmark(filters.filter_sos, signal, SOS, out=out)


@pytest.mark.parametrize("of", SIZES)
def test_causal_scipy(benchmark, of, signal):
    benchmark.group = group_of("causal Butterworth", signal)
    benchmark.extra_info["by"] = "SciPy"
    benchmark(scipy.signal.sosfilt, SOS, signal, axis=1)
