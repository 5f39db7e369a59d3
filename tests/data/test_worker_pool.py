"""Reading in processes makes the store, the report and the complaints of reading on threads."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from multiprocessing import Pipe
from pathlib import Path

import pytest
from tests.data.chunked_takes import write_takes
from tests.data.troubled_takes import SlowLargeTakes, TroubledTakes

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.data.entries import identify
from kinefuse.data.worker import serve
from kinefuse.data.worker_pool import check_processes
from kinefuse.errors import ConfigError, FormatError, KinefuseWarning, StoreError

HERE = str(Path(__file__).parents[2])
LARGE = {"shard_bytes": 120_000, "block_rows": 1500}
CHILD = f"""
import sys
sys.path.insert(0, {HERE!r})
from kinefuse.data import ingest
from tests.data.troubled_takes import SlowLargeTakes
ingest(SlowLargeTakes(float(sys.argv[3])), sys.argv[1], sys.argv[2], processes=2, **{LARGE})
"""


def contents(folder):
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def takes(folder, *words):
    folder.mkdir(exist_ok=True)
    for number, what in enumerate(words):
        (folder / f"{number:02d}.take").write_text(f"{number} {what}")
    return folder


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
    ingest(SlowLargeTakes(), raw, out, **LARGE)
    assert MotionStore(out).n_shards > 2
    return contents(out)


def run(reader, raw, out, processes, **settings):
    """Return the store's bytes, the report, what was warned of, and the last progress."""
    told = []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("default")
        report = ingest(reader, raw, out, processes=processes, progress=told.append, **settings)
    about = [(one.category, str(one.message), one.filename, one.lineno) for one in warned]
    last = told[-1]
    assert last.bytes_done == last.bytes_total
    return contents(out), report, about, (last.done, last.total, last.failed, last.bytes_total)


def test_the_same_of_small_recordings_though_some_are_bad_and_a_process_dies(tmp_path):
    words = ["fine", "broken", "warns", "fine", "odd", "dies", "warns", "vanish", "warns broken"]
    raw = takes(tmp_path / "raw", *words)
    (raw / "05.lives").write_text("0")
    on_threads = run(TroubledTakes(), raw, tmp_path / "threads", None, shard_bytes=2000)
    (raw / "05.lives").write_text("1")  # the process; another one takes its place
    in_processes = run(TroubledTakes(), raw, tmp_path / "processes", 2, shard_bytes=2000)
    assert in_processes == on_threads
    _, report, warned, _ = in_processes
    assert [failure.error for failure in report.failed] == [
        "FormatError",
        "TwoWordsError",
        "FileNotFoundError",
        "FormatError",
    ]
    assert (raw / "05.lives").read_text() == "0"
    assert len(warned) == 1  # once for its place, as everywhere
    assert "processes" not in MotionStore(tmp_path / "processes").made


def test_the_same_of_large_recordings_in_chunks(raw, expected, tmp_path):
    out, seen = tmp_path / "store", set()

    def look(now):
        seen.update(file.name for file in (out / ".ingest").glob("spool-*/*-rows.npy"))

    before = {*(raw / "who").iterdir()}
    ingest(SlowLargeTakes(0.002), raw, out, processes=2, progress=look, **LARGE)
    assert contents(out) == expected
    assert seen
    assert len({*(raw / "who").iterdir()} - before) == 2


@pytest.fixture
def answer(tmp_path, monkeypatch):
    """What the other side says of a source of these words; here on a thread instead."""
    monkeypatch.setattr("kinefuse.data.worker.follow_the_parent", lambda: None)
    ours, theirs = Pipe()
    thread = threading.Thread(target=serve, args=(theirs,))
    thread.start()
    ours.send_bytes(pickle.dumps((TroubledTakes(), {"rate_hz": {}})))
    assert ours.recv() == "ready"

    def ask(words):
        (source,) = TroubledTakes().discover(takes(tmp_path, words))
        ours.send_bytes(pickle.dumps((0, source, identify(source))))
        return ours.recv()

    yield ask
    ours.send_bytes(b"")
    thread.join()
    ours.close()
    theirs.close()


@pytest.mark.parametrize(
    ("word", "kind", "message"),
    [
        ("broken", FormatError, "00: broken"),
        ("odd", FormatError, "00: row 3"),
        ("vanish", FileNotFoundError, "No such file or directory"),
        ("hopeless", StoreError, "00: no other will do either"),
        ("mistaken", KeyError, "a mistake of the reader"),
        ("bad", UnicodeError, "00: no such letter"),
    ],
)
def test_errors_are_handed_over(word, kind, message, answer):
    heard = answer(word)
    assert heard.raised == (word in ("hopeless", "mistaken", "bad"))
    try:
        found = heard.get()
    except kind as error:
        found = error
        (note,) = error.__notes__
        assert f"in {word}" in note
    assert isinstance(found, kind)
    assert message in str(found)


def test_what_cannot_be_handed_over_is_an_error(answer, monkeypatch):
    monkeypatch.setattr("kinefuse.data.worker.make_entry", lambda *_: (Unpicklable(), {}))
    with pytest.raises((AttributeError, pickle.PicklingError), match="lambda"):
        answer("").get()
    assert Unpicklable.discarded


def test_warnings_that_are_errors_here_are_errors(tmp_path):
    raw = takes(tmp_path / "raw", "", "", "warns", "")
    with pytest.raises(KinefuseWarning, match="something is odd"):
        ingest(TroubledTakes(), raw, tmp_path / "store", on_error="raise", processes=2)
    assert list(tmp_path.rglob("spool-*")) == []


def test_a_process_that_dies_every_time_stops_the_run_and_loses_nothing(tmp_path):
    raw = takes(tmp_path / "raw", *[""] * 8, "dies", "", "")
    (raw / "08.lives").write_text("2")
    out = tmp_path / "store"
    with pytest.raises(StoreError, match=r"^08: the process .* died twice \(signal 9\); if memory"):
        ingest(TroubledTakes(), raw, out, processes=2, shard_bytes=2000)
    shards = [*(out / ".ingest").glob("shard-*.json")]
    assert shards
    report = ingest(TroubledTakes(), raw, out, shard_bytes=2000)  # on threads is the same run
    assert (report.recordings, report.resumed_shards) == (11, len(shards))


@pytest.fixture
def child(raw, tmp_path):
    """Start a run of two processes; return it and, once both read, the processes' numbers."""

    def start():
        before = {*(raw / "who").iterdir()}
        command = [sys.executable, "-c", CHILD, str(raw), str(tmp_path / "store"), "0.05"]
        main = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)
        while len(new := {*(raw / "who").iterdir()} - before) < 2:
            assert main.poll() is None, main.stderr.read()
            time.sleep(0.01)
        return main, [int(file.name) for file in new]

    return start


def gone(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def wait_until_gone(processes, seconds):
    end = time.monotonic() + seconds
    while not all(gone(process) for process in processes):
        assert time.monotonic() < end, "a process is left"
        time.sleep(0.01)


def test_killed_the_processes_end_and_another_run_goes_on(raw, expected, child, tmp_path):
    main, processes = child()
    main.kill()
    main.communicate()
    wait_until_gone(processes, 5)
    ingest(SlowLargeTakes(), raw, tmp_path / "store", **LARGE)
    assert contents(tmp_path / "store") == expected


def test_ctrl_c_leaves_no_process_and_no_half(raw, expected, child, tmp_path):
    main, processes = child()
    begun = time.monotonic()
    os.killpg(main.pid, signal.SIGINT)  # as the terminal does: everybody gets it
    _, said = main.communicate(timeout=30)
    assert time.monotonic() - begun < 5
    assert all(gone(process) for process in processes)
    assert said.count("Traceback") == 1
    assert "KeyboardInterrupt" in said
    out = tmp_path / "store"
    assert [*out.glob(".*.tmp"), *out.rglob("*-rows.npy"), *out.rglob("spool-*")] == []
    ingest(SlowLargeTakes(), raw, out, processes=2, **LARGE)
    assert contents(out) == expected


class Unpicklable(TroubledTakes):
    discarded = False

    def __init__(self):
        self.change = lambda word: word

    def discard(self):
        Unpicklable.discarded = True


def test_a_reader_that_cannot_be_handed_over(tmp_path):
    raw = takes(tmp_path / "raw", "", "")
    with pytest.raises(ConfigError, match=r"'troubled-takes' cannot be handed .* leave processes"):
        ingest(Unpicklable(), raw, tmp_path / "store", processes=2)
    with pytest.raises(ConfigError, match=r"not found in another process \(ModuleNotFoundError"):
        ingest(NowhereElse(), raw, tmp_path / "store", processes=2)
    assert ingest(Unpicklable(), raw, tmp_path / "store").recordings == 2


class NowhereElse(TroubledTakes):
    def __reduce__(self):
        return _Found(), ()


class _Found:
    """Stands for a class of a module that only this process can import."""

    def __call__(self):
        return NowhereElse()

    def __reduce__(self):
        return __import__, ("a_module_that_is_nowhere",)


SCRIPT = f"""
import sys
sys.path.insert(0, {HERE!r})
from pathlib import Path
from kinefuse.data import ingest
from tests.data.troubled_takes import TroubledTakes
READER
print(ingest(Own(), Path(sys.argv[1]), sys.argv[2], processes=2).recordings)
"""


@pytest.mark.parametrize(
    ("reader", "said"),
    [
        ("Own = TroubledTakes", "2"),
        (
            "class Own(TroubledTakes): pass",
            'must stand under `if __name__ == "__main__":`',
        ),
    ],
)
def test_scripts_without_a_guard(reader, said, tmp_path):
    raw, script = takes(tmp_path / "raw", "", ""), tmp_path / "script.py"
    script.write_text(SCRIPT.replace("READER", reader))
    command = [sys.executable, str(script), str(raw), str(tmp_path / "store")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert said in done.stdout + done.stderr
    assert (done.returncode == 0) == (said == "2")


WHO = {"pattern": "{subject}"}
TABLE = WHO | {"channels": ["x"], "units": "g", "rate_hz": 50.0}
NEEDED = {
    **dict.fromkeys(("arrow", "csv", "mat", "npz", "parquet"), TABLE),
    "c3d": WHO,
    "pose-json": WHO | {"rate_hz": 30.0},
}


@pytest.mark.parametrize("name", readers.names())
def test_readers_can_be_handed_over(name):
    reader = readers.get(name, **NEEDED.get(name, {}))
    assert pickle.loads(pickle.dumps(reader)).settings() == reader.settings()


def test_numbers_of_processes(monkeypatch):
    assert [check_processes(given) for given in (None, 1, 3)] == [1, 1, 3]
    for given in (0, -1, 1.5, True, "2"):
        with pytest.raises(ConfigError, match="processes: expected a whole number from 1 on"):
            check_processes(given)

    class Daemon:
        daemon = True

    monkeypatch.setattr("kinefuse.data.worker_pool.current_process", Daemon)
    assert check_processes(1) == 1
    with pytest.raises(ConfigError, match="may start none itself"):
        check_processes(2)
