"""What the benchmarks share."""

import pytest

import kinefuse


@pytest.fixture(params=[1, None], ids=["one thread", "all threads"])
def threads(request):
    before = kinefuse.num_threads()
    if request.param:
        kinefuse.set_num_threads(request.param)
    yield
    kinefuse.set_num_threads(before)
