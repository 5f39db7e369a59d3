"""Long recordings, read in chunks: killed, stopped, out of room, without permission, changed."""

import errno
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from tests.data.chunked_takes import ChunkedTakes, write_takes

from kinefuse.data import MotionStore, ingest
from kinefuse.data.array_file import ArrayFile
from kinefuse.errors import FormatError, StoreError

SMALL = {"shard_bytes": 120_000, "block_rows": 1500}
CHILD = f"""
import resource, sys, time
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from kinefuse.data import ingest, sink
from tests.data.chunked_takes import ChunkedTakes
sink.SPOOL_BYTES = 20_000
raw, out, seconds_a_chunk, largest = sys.argv[1:]
if int(largest):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), int(largest)))
class Slow(ChunkedTakes):
    def read(self, source):
        recording = super().read(source)
        (stream,) = recording.streams
        chunks = stream.chunks
        def slowly():
            for chunk in chunks():
                print("chunk", flush=True)
                time.sleep(float(seconds_a_chunk))
                yield chunk
        object.__setattr__(stream, "chunks", slowly)
        return recording
ingest(Slow(), raw, out, **{SMALL})
"""


@pytest.fixture(autouse=True)
def large_recordings(monkeypatch):
    """Let recordings of a test go to files, as large ones do."""
    monkeypatch.setattr("kinefuse.data.sink.SPOOL_BYTES", 20_000)


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    return write_takes(tmp_path_factory.mktemp("raw"))


@pytest.fixture(scope="module")
def expected(raw, tmp_path_factory):
    out = tmp_path_factory.mktemp("expected") / "store"
    report = ingest(ChunkedTakes(), raw, out, **SMALL)
    assert not report.failed
    assert MotionStore(out).n_shards > 2
    return contents(out)


def contents(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def child(raw, out, *, seconds_a_chunk=0.0, largest=0):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(raw), str(out), str(seconds_a_chunk), str(largest)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def after_chunks(process, n):
    for _ in range(n):
        if not process.stdout.readline():
            return


def test_killed_in_the_middle_of_recordings(raw, expected, tmp_path):
    out = tmp_path / "store"
    moment = random.Random(5)
    killed = 0
    for _ in range(6):
        process = child(raw, out, seconds_a_chunk=0.002)
        after_chunks(process, moment.randint(1, 60))
        time.sleep(moment.uniform(0, 0.02))
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
    assert killed >= 3
    ingest(ChunkedTakes(), raw, out, **SMALL)
    assert contents(out) == expected


def test_ctrl_c_stops_soon_and_leaves_no_half(raw, expected, tmp_path):
    out = tmp_path / "store"
    process = child(raw, out, seconds_a_chunk=0.3)  # more than ten seconds in all
    after_chunks(process, 3)
    begun = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert time.monotonic() - begun < 5
    assert process.returncode != 0
    assert "KeyboardInterrupt" in said
    assert [file.name for file in out.iterdir() if file.name.startswith(".inertial")] == []
    assert list((out / ".ingest").glob("*-rows.npy")) == []
    ingest(ChunkedTakes(), raw, out, **SMALL)
    assert contents(out) == expected


def test_a_limit_on_the_size_of_files(raw, expected, tmp_path):
    out = tmp_path / "store"
    process = child(raw, out, largest=50_000)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "StoreError" in said
    assert "lower shard_bytes or raise the limit, and give the same command again" in said
    ingest(ChunkedTakes(), raw, out, **SMALL)
    assert contents(out) == expected


@pytest.mark.parametrize("after", range(1, 40, 6))
def test_a_full_disk_at_any_moment(raw, expected, tmp_path, monkeypatch, after):
    out = tmp_path / "store"
    append = ArrayFile.append
    left = after

    def full(self, rows):
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        append(self, rows)

    with monkeypatch.context() as patch:
        patch.setattr(ArrayFile, "append", full)
        with pytest.raises(StoreError, match="the disk is full; make room, and give the same"):
            ingest(ChunkedTakes(), raw, out, **SMALL)
    assert [file for file in out.iterdir() if file.name.endswith(".tmp")] == []
    ingest(ChunkedTakes(), raw, out, **SMALL)
    assert contents(out) == expected


@pytest.fixture
def as_nobody():
    """Go on as a user who may do nothing: root may read whatever the permissions say."""
    if os.geteuid() != 0:
        yield lambda: None
        return
    yield lambda: os.seteuid(65534)
    os.seteuid(0)


@pytest.fixture
def open_folder():
    """A folder that others may pass through."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)
        os.seteuid(os.getuid())


def test_no_permission_to_write(raw, open_folder, as_nobody):
    for file in raw.iterdir():
        (open_folder / file.name).write_bytes(file.read_bytes())
    (open_folder / "mine").mkdir(mode=0o555)
    as_nobody()
    with pytest.raises(StoreError, match=r"mine.*: no permission to write there"):
        ingest(ChunkedTakes(), open_folder, open_folder / "mine" / "store", **SMALL)


def test_no_permission_to_read_one_file(raw, open_folder, as_nobody):
    for file in raw.iterdir():
        (open_folder / file.name).write_bytes(file.read_bytes())
    (open_folder / "s1_4.npy").chmod(0)
    (open_folder / "out").mkdir()
    (open_folder / "out").chmod(0o777)
    as_nobody()
    report = ingest(ChunkedTakes(), open_folder, open_folder / "out", **SMALL)
    assert report.recordings == 8
    (failure,) = report.failed
    assert failure.source == "s1_4.npy"
    assert "Permission denied" in failure.reason


class Meddling(ChunkedTakes):
    """Something happens to one file when it is about to be read."""

    def __init__(self, change):
        self.change = change

    def read(self, source):
        recording = super().read(source)
        if source.name == "s0_3.npy":
            self.change(source.files[0])
        return recording


@pytest.fixture
def mine(raw, tmp_path):
    folder = tmp_path / "raw"
    folder.mkdir()
    for file in raw.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def test_a_file_that_vanishes_is_reported_and_the_others_stored(mine, tmp_path):
    report = ingest(Meddling(lambda file: file.unlink()), mine, tmp_path / "store", **SMALL)
    assert report.recordings == 8
    (failure,) = report.failed
    assert (failure.source, failure.error) == ("s0_3.npy", "FileNotFoundError")
    assert "s0_3.npy" in failure.reason


def test_a_file_that_changes_while_it_is_read(mine, tmp_path):
    def change(file):
        file.write_bytes(file.read_bytes() + b"more")

    report = ingest(Meddling(change), mine, tmp_path / "store", **SMALL)
    (failure,) = report.failed
    assert "was changed while it was read; run again" in failure.reason
    with pytest.raises(FormatError, match="was changed while it was read"):
        ingest(Meddling(change), mine, tmp_path / "other", on_error="raise", **SMALL)


def test_a_file_that_changes_between_runs(mine, expected, tmp_path):
    out = tmp_path / "store"
    ingest(ChunkedTakes(), mine, out, **SMALL)
    assert contents(out) == expected
    file = mine / "s2_5.npy"
    later = (out / "store.json").stat().st_mtime_ns + 10**9
    os.utime(file, ns=(later, later))  # touched, and still the same
    ingest(ChunkedTakes(), mine, out, **SMALL)
    changed = bytearray(file.read_bytes())
    changed[-1] ^= 1
    file.write_bytes(changed)
    os.utime(file, ns=(later, later))
    with pytest.raises(StoreError, match=r"s2_5.npy was changed after the store was made"):
        ingest(ChunkedTakes(), mine, out, **SMALL)


def test_what_was_read_is_what_was_hashed(raw, expected, tmp_path):
    import hashlib

    out = tmp_path / "store"
    ingest(ChunkedTakes(), raw, out, **SMALL)
    for row in MotionStore(out).recordings.iter_rows(named=True):
        digest = hashlib.sha256((raw / row["source"][0]).read_bytes()).hexdigest()
        assert row["sha256"] == [digest]
