"""``torchrun -m kinefuse pretrain``: as many processes as asked, one voice, one end."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytest.importorskip("torch")

TORCHRUN = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def words(*more):
    return [*TORCHRUN, "-m", "kinefuse", *map(str, more)]


def test_two_processes_train_one_model_and_one_speaks(store, recipe, tmp_path):
    out = tmp_path / "run"
    batch = ("--set", "pretrain.batch_size=4")
    done = subprocess.run(
        words("pretrain", store, "-r", recipe, *batch, "-o", out, "--history", 1),
        capture_output=True, text=True, timeout=500, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["checkpoint:", str(out)]
    assert done.stderr.count("2/2") == 1
    run = json.loads((out / "run.json").read_text())
    assert run["asked"]["ranks"] == 2
    assert [row["epoch"] for row in run["result"]["fitted"]["history"]] == [1, 2]


def children(of):
    """Return the processes that one started, with their states."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            number, rest = path.read_text().split(" (", 1)
        except OSError:
            continue
        state, parent = rest.rsplit(") ", 1)[1].split()[:2]
        if int(parent) == of:
            found[int(number)] = state
    return found


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads Linux's /proc")
def test_ctrl_c_ends_all_processes(store, recipe, tmp_path):
    out, log = tmp_path / "run", tmp_path / "log"
    long = ("--set", "pretrain.batch_size=4", "--set", "pretrain.epochs=100000")
    with log.open("wb") as file:
        started = subprocess.Popen(
            words("pretrain", store, "-r", recipe, *long, "-o", out), stdout=file, stderr=file
        )
    try:
        until = time.monotonic() + 300
        while not (out / "run.json").exists():
            assert started.poll() is None, log.read_text()
            assert time.monotonic() < until
            time.sleep(0.2)
        time.sleep(3)  # into the epochs
        ranks = children(started.pid)
        assert len(ranks) == 2
        os.kill(started.pid, signal.SIGINT)
        started.wait(25)  # after 30 s torchrun would kill what has not ended by itself
    finally:
        started.kill()
    assert started.returncode != 0
    for number in ranks:
        assert not Path(f"/proc/{number}").exists()
    assert "kinefuse/methods" not in log.read_text()
    assert json.loads((out / "run.json").read_text())["asked"]["ranks"] == 2
    assert not (out / "model.safetensors").exists()
