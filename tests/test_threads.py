"""How many threads kernels use, here and in other processes."""

import multiprocessing
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import kinefuse
from kinefuse.errors import InputError

LONG = np.random.default_rng(0).normal(size=(70_000, 3))


@pytest.fixture(autouse=True)
def as_before():
    before = kinefuse.num_threads()
    yield
    kinefuse.set_num_threads(before)


@pytest.fixture
def run_python():
    def run(script, *arguments, **environment):
        # Only what was asked for may say how many threads there are.
        inherited = {k: v for k, v in os.environ.items() if k != "KINEFUSE_NUM_THREADS"}
        done = subprocess.run(
            [sys.executable, str(script), *arguments],
            env={**inherited, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def halve(x=LONG):
    return kinefuse.resample(x, from_hz=2, to_hz=1)


@pytest.mark.parametrize("n", [0, 1025, 2**80, 1.5, None])
def test_numbers_out_of_range_are_refused(n):
    with pytest.raises(InputError, match="n:"):
        kinefuse.set_num_threads(n)


def test_a_number_that_was_set_stays():
    for n in (3, 1, 3, 2):
        kinefuse.set_num_threads(n)
        assert kinefuse.num_threads() == n
        assert halve().shape == (35_000, 3)


def test_many_python_threads_at_once():
    expected, found = halve(), []

    def work(n):
        kinefuse.set_num_threads(n)
        found.append(halve())

    threads = [threading.Thread(target=work, args=(1 + i % 3,)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert all(np.array_equal(expected, other) for other in found)


def in_child(n, queue):
    kinefuse.set_num_threads(n)
    queue.put(halve())


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize("before", [1, 2])
@pytest.mark.parametrize("after", [1, 2])
def test_a_forked_child_computes_on(before, after):
    kinefuse.set_num_threads(before)
    expected = halve()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    child = context.Process(target=in_child, args=(after, queue))
    child.start()
    np.testing.assert_array_equal(queue.get(timeout=60), expected)
    child.join(60)
    assert child.exitcode == 0


ASK = """
import sys
import torch.utils.data
import kinefuse

class Threads(torch.utils.data.Dataset):
    def __len__(self):
        return 2

    def __getitem__(self, i):
        return kinefuse.num_threads()

def told(worker):
    kinefuse.set_num_threads(3)

if __name__ == "__main__":
    here = kinefuse.num_threads()
    for init in (None, told):
        loader = torch.utils.data.DataLoader(
            Threads(), num_workers=1, worker_init_fn=init, multiprocessing_context=sys.argv[1]
        )
        print([int(n) for n in loader])
    print(kinefuse.num_threads() == here)
"""


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_a_worker_of_torch_takes_one_thread_unless_told(start, tmp_path, run_python):
    pytest.importorskip("torch")
    script = tmp_path / "ask.py"
    script.write_text(ASK)
    assert run_python(script, start) == "[1, 1]\n[3, 3]\nTrue\n"


def test_the_environment_is_asked(tmp_path, run_python):
    script = tmp_path / "ask.py"
    script.write_text("import kinefuse\nprint(kinefuse.num_threads())\n")
    assert run_python(script, KINEFUSE_NUM_THREADS="5") == "5\n"
    for odd in ("0", "many", "1e9", "100000"):
        assert int(run_python(script, KINEFUSE_NUM_THREADS=odd)) >= 1
