"""Sources come in order, some but not too many ahead of who takes them."""

import threading
import time
from contextlib import closing
from types import SimpleNamespace

import numpy as np
import pytest

import kinefuse
from kinefuse.data import prepared
from kinefuse.data.entries import Gridding
from kinefuse.data.prepared import prepare_ahead
from kinefuse.errors import FormatError, StoreError


class Sources:
    """Stands for reading: the results are so large, and are noted when they are begun."""

    def __init__(self, nbytes):
        self.nbytes = nbytes
        self.begun, self.discarded = [], []
        self.lock = threading.Lock()

    def prepare(self, reader, source, number, identity, how):
        with self.lock:
            self.begun.append(number)
        time.sleep(0.002 * (number % 3))  # so that they are not finished in order
        if source == "unreadable":
            return FormatError(source)
        if source == "hopeless":
            raise StoreError(source)
        data = SimpleNamespace(data=np.empty(self.nbytes, np.uint8))
        entry = SimpleNamespace(
            samples={"m": data}, discard=lambda: self.discarded.append(number), number=number
        )
        return entry, {}


@pytest.fixture(params=[1, 2, 5])
def threads(request):
    before = kinefuse.num_threads()
    kinefuse.set_num_threads(request.param)
    yield request.param
    kinefuse.set_num_threads(before)


@pytest.fixture
def run(monkeypatch, threads):
    """Begin to read sources with these names; return the results to come, and what happened."""

    def begin(names, nbytes=1, done=0):
        fake = Sources(nbytes)
        monkeypatch.setattr(prepared, "prepare", fake.prepare)
        how = Gridding(rate_hz={})
        return prepare_ahead(None, names, [None] * len(names), done, how), fake

    return begin


def test_they_come_in_order_and_failures_among_them(run):
    names = [f"s{number}" for number in range(40)]
    names[7] = names[31] = "unreadable"
    results, fake = run(names, done=5)
    with closing(results):
        found = list(results)
    assert [name for name, _ in found] == names[5:]
    for number, (name, result) in enumerate(found, start=5):
        if name == "unreadable":
            assert isinstance(result, FormatError)
        else:
            assert result[0].number == number
    assert sorted(fake.begun) == list(range(5, 40))
    assert fake.discarded == []


def test_what_no_other_source_would_survive_is_raised_in_its_turn(run):
    results, fake = run(["a", "b", "c", "hopeless", "e", "f"])
    taken = []
    with closing(results), pytest.raises(StoreError, match="hopeless"):
        taken.extend(result[0].number for _, result in results)
    assert taken == [0, 1, 2]
    assert set(fake.discarded) == set(fake.begun) - {0, 1, 2, 3}


def at_rest(fake):
    before = -1
    while before != len(fake.begun):
        before = len(fake.begun)
        time.sleep(0.1)
    return before


def test_large_results_wait_few_at_a_time(run, threads):
    results, fake = run(["s"] * 200, nbytes=prepared._AHEAD_BYTES)
    with closing(results):
        next(results)
        # Those that were being read when there were enough, besides.
        assert at_rest(fake) <= 2 * threads + 1 + threads + 1
    assert set(fake.discarded) == set(fake.begun) - {0}


def test_of_small_ones_many_may_wait(run):
    results, fake = run(["s"] * 200, nbytes=prepared._AHEAD_BYTES // 150)
    with closing(results):
        next(results)
        assert 150 < at_rest(fake) < 200


def test_nothing_is_left_running(run):
    results, _ = run(["s"] * 50)
    next(results)
    results.close()
    assert not [t for t in threading.enumerate() if t.name == "kinefuse-ingest"]
