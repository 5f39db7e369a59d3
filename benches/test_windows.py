"""Windows written out and indexed, beside NumPy on the same data."""

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from kinefuse import window_index, windows

LENGTH, STRIDE = 128, 64


@pytest.fixture
def signal(size):
    return np.random.default_rng(0).standard_normal((size(1_000_000), 6)).astype(np.float32)


def by_numpy(x, out=None):
    view = sliding_window_view(x, LENGTH, axis=0)[::STRIDE].transpose(0, 2, 1)
    if out is None:
        return np.ascontiguousarray(view)
    out[:] = view
    return out


@pytest.mark.parametrize("fresh", [False, True], ids=["out", "fresh"])
def test_windows_kinefuse(benchmark, threads, signal, fresh):
    benchmark.group = f"windows 128/64 of ({len(signal):,}, 6), {'fresh' if fresh else 'out='}"
    out = None if fresh else np.empty_like(by_numpy(signal))
    got = windows(signal, length=LENGTH, stride=STRIDE, out=out)
    np.testing.assert_array_equal(got, by_numpy(signal))
    benchmark.extra_info["bytes"] = 2 * got.nbytes
    benchmark(windows, signal, length=LENGTH, stride=STRIDE, out=out)


@pytest.mark.parametrize("fresh", [False, True], ids=["out", "fresh"])
def test_windows_numpy(benchmark, signal, fresh):
    benchmark.group = f"windows 128/64 of ({len(signal):,}, 6), {'fresh' if fresh else 'out='}"
    benchmark.extra_info["by"] = "NumPy"
    benchmark(by_numpy, signal, None if fresh else np.empty_like(by_numpy(signal)))


@pytest.fixture
def labels(size):
    """Annotations of some 200 rows each, six activities and none."""
    rng = np.random.default_rng(0)
    return np.resize(
        np.repeat(rng.integers(-1, 6, 6000), rng.integers(50, 350, 6000)), size(1_000_000)
    )


def vote_by_numpy(labels):
    view = sliding_window_view(labels, LENGTH)[::STRIDE]
    counts = np.stack([(view == activity).sum(axis=1) for activity in range(6)], axis=1)
    most = counts.max(axis=1)
    single = (counts == most[:, None]).sum(axis=1) == 1
    return np.where(single & (most > 0), counts.argmax(axis=1), -1), most / LENGTH


@pytest.mark.usefixtures("one_thread")
def test_index_kinefuse(benchmark, labels):
    benchmark.group = f"majority label of windows 128/64 of {len(labels):,} rows"
    times = {"rate_hz": 50, "length_s": LENGTH / 50, "stride_s": STRIDE / 50}
    table, _ = window_index(len(labels), **times, labels=labels)
    label, share = vote_by_numpy(labels)
    np.testing.assert_array_equal(table["label"].fill_null(-1), label)
    np.testing.assert_array_equal(table["share"], share)
    benchmark(window_index, len(labels), **times, labels=labels)


def test_index_numpy(benchmark, labels):
    benchmark.group = f"majority label of windows 128/64 of {len(labels):,} rows"
    benchmark.extra_info["by"] = "NumPy"
    benchmark(vote_by_numpy, labels)
