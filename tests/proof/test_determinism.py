"""The same bytes on any number of threads and in any kind of process.

Batch sizes and orders are held in `tests/data/test_loader.py`.
"""

import json
import multiprocessing
import runpy

import pytest

import kinefuse


@pytest.fixture(scope="module")
def expected(kernels):
    return {name: kernels.digest(name) for name in kernels.KERNELS}


@pytest.fixture
def set_threads():
    before = kinefuse.num_threads()
    yield kinefuse.set_num_threads
    kinefuse.set_num_threads(before)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_bytes_do_not_depend_on_threads(kernels, expected, set_threads, threads):
    set_threads(threads)
    assert [n for n in expected if kernels.digest(n) != expected[n]] == []


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_bytes_do_not_depend_on_how_a_process_began(
    kernels, expected, set_threads, tmp_path, method
):
    """The parent has used its threads already, which a fork does not inherit."""
    set_threads(2)
    kernels.digest("resample 1/2, 997 of float32")
    out = tmp_path / "digests.json"
    child = multiprocessing.get_context(method).Process(
        target=runpy.run_path, args=(kernels.__file__, {"OUT": str(out)}, "__main__")
    )
    child.start()
    child.join(120)
    if child.is_alive():
        child.kill()
        pytest.fail("the child hangs")
    assert child.exitcode == 0
    assert json.loads(out.read_text()) == expected
