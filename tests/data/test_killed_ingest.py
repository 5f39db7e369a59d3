"""An ingest that dies anywhere is resumed and leaves the bytes of one that did not."""

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import StoreError

SETTINGS = {
    "channels": ["x", "y"],
    "units": "g",
    "rate_hz": 50.0,
    "pattern": "{subject}_{trial}.csv",
}
CHILD = """
import json, sys
from kinefuse import readers
from kinefuse.data import ingest
raw, out, settings = sys.argv[1:]
ingest(readers.get("csv", **json.loads(settings)), raw, out, shard_bytes=3000,
       progress=lambda now: print(now.done, flush=True))
"""


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    folder = tmp_path_factory.mktemp("raw")
    rng = np.random.default_rng(1)
    for number in range(60):
        rows = rng.normal(size=(int(rng.integers(50, 200)), 2))
        text = "\n".join(["x,y", *(f"{x},{y}" for x, y in rows)])
        (folder / f"s{number % 5}_{number:02d}.csv").write_text(text)
    (folder / "s2_27.csv").write_text("x,y\n1,broken\n")
    return folder


@pytest.fixture(scope="module")
def expected(raw, tmp_path_factory):
    out = tmp_path_factory.mktemp("expected") / "store"
    run(raw, out)
    assert MotionStore(out).n_shards > 10
    return contents(out)


def run(raw, out):
    return ingest(readers.get("csv", **SETTINGS), raw, out, shard_bytes=3000)


def contents(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def test_killed_again_and_again(raw, expected, tmp_path):
    out = tmp_path / "store"
    moment = random.Random(3)
    kills = 0
    for _ in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(raw), str(out), json.dumps(SETTINGS)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(moment.randint(1, 18)):
            if not child.stdout.readline():
                break
        child.send_signal(signal.SIGKILL)
        child.stdout.close()
        kills += child.wait() == -signal.SIGKILL
    assert kills >= 3
    if not (out / "store.json").exists():
        with pytest.raises(StoreError, match="interrupted"):
            MotionStore(out)
    report = run(raw, out)
    assert contents(out) == expected
    assert [failure.source for failure in report.failed] == ["s2_27.csv"]


class PowerCut(BaseException):
    pass


@pytest.mark.parametrize("when", ["before", "after"])
def test_cut_at_every_rename(raw, expected, tmp_path, monkeypatch, when):
    out = tmp_path / "store"
    rename = Path.replace
    left = 0

    def replace(self, target):
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            raise PowerCut
        renamed = rename(self, target)
        if left == 0:
            raise PowerCut
        return renamed

    monkeypatch.setattr(Path, "replace", replace)
    cuts = 0
    while True:
        left = 2 + cuts % 3  # each run gets a little further
        try:
            run(raw, out)
            break
        except PowerCut:
            cuts += 1
            if not (out / "store.json").exists():
                (out / ".inertial-00099.npy.tmp").write_bytes(b"half")
    assert cuts > 10
    assert contents(out) == expected


def test_a_second_run_at_the_same_time_is_refused(raw, tmp_path):
    out = tmp_path / "store"
    refusals = []

    def meanwhile(now):
        if now.done == 5:
            who = rf"another ingest is writing here \(process {os.getpid()} on \S+, since 20\S+\)"
            with pytest.raises(StoreError, match=who):
                run(raw, out)
            refusals.append(now.done)

    ingest(readers.get("csv", **SETTINGS), raw, out, shard_bytes=3000, progress=meanwhile)
    assert refusals == [5]
    assert len(MotionStore(out).recordings) == 59


def test_a_lost_shard_is_said_and_nothing_else_touched(raw, tmp_path):
    out = tmp_path / "store"
    run(raw, out)
    whole = (out / "inertial-00003.npy").read_bytes()
    (out / "inertial-00003.npy").unlink()
    with pytest.raises(StoreError, match=r"inertial-00003.npy is missing"):
        MotionStore(out)
    (out / "inertial-00003.npy").write_bytes(whole[:-4])
    with pytest.raises(StoreError, match=rf"expected {len(whole)} bytes, got {len(whole) - 4}"):
        MotionStore(out)
    (out / "inertial-00003.npy").write_bytes(whole)
    MotionStore(out)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda out: (out / "store.json").write_text("{"), "not a store's manifest"),
        (lambda out: (out / "store.json").write_text("[]"), "not a store's manifest"),
        (
            lambda out: (out / "store.json").write_text(
                '{"format": "kinefuse-store", "version": 9}'
            ),
            "version 1, got kinefuse-store version 9",
        ),
        (lambda out: (out / "store.json").unlink(), "store.json is missing"),
        (lambda out: (out / "recordings.parquet").unlink(), "recordings.parquet is missing"),
    ],
)
def test_a_store_that_is_not_whole(raw, tmp_path, change, message):
    out = tmp_path / "store"
    run(raw, out)
    change(out)
    with pytest.raises(StoreError, match=message):
        MotionStore(out)


def test_no_store_at_all(tmp_path):
    with pytest.raises(FileNotFoundError):
        MotionStore(tmp_path / "nowhere")
