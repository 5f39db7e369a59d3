"""Windows of a filtered stream, beside SciPy's filter with its state carried on."""

import numpy as np
import pytest
from scipy.signal import firwin, lfilter

from kinefuse import StreamingWindows

LENGTH, STRIDE, CHUNK = 128, 64, 100


@pytest.fixture
def chunks(size):
    signal = np.random.default_rng(0).standard_normal((size(100_000), 6)).astype(np.float32)
    return [signal[at : at + CHUNK] for at in range(0, len(signal), CHUNK)]


def by_kinefuse(chunks):
    stream = StreamingWindows(6, rate_hz=50, from_hz=100, length=LENGTH, stride=STRIDE)
    return [window for chunk in chunks for window in stream.push(chunk).data]


def by_scipy(chunks):
    """The filter of ``resample_poly`` on each chunk, every second row kept, a list of rows cut."""
    taps = firwin(41, 0.5, window=("kaiser", 5.0)).astype(np.float32)
    state = np.zeros((40, 6), np.float32)
    rows, windows, delay = np.empty((0, 6), np.float32), [], 10
    for chunk in chunks:
        filtered, state = lfilter(taps, np.float32([1.0]), chunk, axis=0, zi=state)
        kept = filtered[::2]
        skipped = min(delay, len(kept))
        delay -= skipped
        rows = np.concatenate([rows, kept[skipped:]])
        while len(rows) >= LENGTH:
            windows.append(rows[:LENGTH].copy())
            rows = rows[STRIDE:]
    return windows


def name(benchmark, chunks):
    rows = len(chunks) * CHUNK
    benchmark.group = f"windows 128/64 of a stream 100 to 50 Hz, ({rows:,}, 6) in chunks of {CHUNK}"


@pytest.mark.usefixtures("one_thread")
def test_streaming_kinefuse(benchmark, chunks):
    name(benchmark, chunks)
    np.testing.assert_allclose(by_kinefuse(chunks), by_scipy(chunks), atol=2e-5)
    benchmark(by_kinefuse, chunks)


def test_streaming_scipy(benchmark, chunks):
    name(benchmark, chunks)
    benchmark.extra_info["by"] = "SciPy"
    benchmark(by_scipy, chunks)
