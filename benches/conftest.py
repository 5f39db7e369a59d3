"""What the benchmarks share: threads, sizes, peers that may be absent, what the table needs.

A benchmark names its group (what is computed, on what); in a group are kinefuse and its peers on
the same data, checked to agree before anything is timed. ``benchmark.extra_info`` tells the table
(``report.py``) the rest:

by
    Who computes: ``"kinefuse"`` (set by the fixture `threads`) or the peer's name.
bytes
    Bytes that must be read and written, where a share of the memory's bandwidth says something.
items
    What one timed call gets through, where calls of a group differ in that: times are then for
    one item.
context
    True for a peer that does something else to the same end: it is listed, not compared with.
"""

import importlib
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import kinefuse
from kinefuse.machine import describe_run, installed_versions

COPIED = 15_000_000  # float64 values: far more than any cache holds
ABSENT = pytest.StashKey[list]()


@pytest.fixture(params=[1, None], ids=["one thread", "all threads"])
def threads(request, benchmark):
    """Time kinefuse on one thread and on all."""
    before = kinefuse.num_threads()
    if request.param:
        kinefuse.set_num_threads(request.param)
    benchmark.extra_info |= {"by": "kinefuse", "threads": kinefuse.num_threads()}
    yield kinefuse.num_threads()
    kinefuse.set_num_threads(before)


@pytest.fixture
def one_thread(benchmark):
    """Time kinefuse on one thread only: the same work takes no more of them, or no peer has any."""
    before = kinefuse.num_threads()
    kinefuse.set_num_threads(1)
    benchmark.extra_info |= {"by": "kinefuse", "threads": 1}
    yield
    kinefuse.set_num_threads(before)


@pytest.fixture(scope="session")
def size(pytestconfig):
    """``size(n)`` is ``n``, or a fiftieth of it where nothing is timed (``make bench-quick``)."""
    quick = pytestconfig.getoption("benchmark_disable")
    return lambda n: max(1, n // 50) if quick else n


@pytest.fixture
def peer(benchmark, pytestconfig):
    """``peer("soxr")`` imports it, or skips the benchmark and has the table say so."""

    def load(module):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return importlib.import_module(module)
        except ImportError as error:
            absent = pytestconfig.stash.setdefault(ABSENT, [])
            absent.append({"group": benchmark.group, "peer": module, "reason": str(error)})
            pytest.skip(f"{module}: {error}")

    return load


@pytest.fixture
def torch_alone(peer):
    """Torch with one thread."""
    torch = peer("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(before)


def copy_bandwidth(n_threads):
    """Bytes a second, read and written, of a plain copy in memory."""
    source = np.ones(COPIED)
    target = np.empty_like(source)
    parts = list(
        zip(np.array_split(target, n_threads), np.array_split(source, n_threads), strict=True)
    )
    best = np.inf
    with ThreadPoolExecutor(n_threads) as pool:
        for _ in range(12):
            start = time.perf_counter()
            list(pool.map(lambda pair: np.copyto(*pair), parts))
            best = min(best, time.perf_counter() - start)
    return 2 * source.nbytes / best


def pytest_benchmark_update_json(config, benchmarks, output_json):
    """Add what no single benchmark knows."""
    peers = ("pandas", "actipy", "soxr", "tsaug", "audiomentations")
    output_json["kinefuse"] = {
        "run": describe_run(["make", "bench"]) | installed_versions(peers),
        "copy_bandwidth": {str(n): copy_bandwidth(n) for n in {1, kinefuse.num_threads()}},
        "absent": config.stash.get(ABSENT, []),
    }
