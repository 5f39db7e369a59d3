import pytest

from kinefuse.data import MotionStore


def test_a_store_is_made_and_described(kinefuse, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    store = tmp_path / "store"
    status, out, _ = kinefuse("ingest", "tiny-for-tests", tmp_path, "--out", store)
    assert status == 0
    assert "12 of 12 recordings, 2 subjects, 3 activities" in out
    assert f"store: {store}" in out
    assert len(MotionStore(store).recordings) == 12

    status, out, _ = kinefuse("info", store)
    assert status == 0
    for text in ("2: 1, 2", "3: sit, walk, run", "acc_x (g)", "reader tiny-for-tests"):
        assert text in out


def test_a_rate_reaches_the_store(kinefuse, tmp_path):
    store = tmp_path / "store"
    words = ("ingest", "tiny-for-tests", tmp_path, "-o", store, "--rate", "inertial=25")
    status, _, err = kinefuse(*words)
    assert status == 0, err
    assert MotionStore(store).schema["inertial"].rate_hz == 25


def test_processes_make_the_same_store(kinefuse, tmp_path):
    words = ("ingest", "tiny-for-tests", tmp_path)
    on_threads, in_processes = tmp_path / "threads", tmp_path / "processes"
    for out, more in ((on_threads, ()), (in_processes, ("--processes", "2"))):
        status, _, err = kinefuse(*words, "-o", out, *more)
        assert status == 0, err
    names = sorted(file.name for file in on_threads.iterdir())
    assert names == sorted(file.name for file in in_processes.iterdir())
    for name in set(names) - {"report.html"}:  # which names its folder
        assert (on_threads / name).read_bytes() == (in_processes / name).read_bytes()


def test_a_broken_recording_is_told_and_changes_the_status(kinefuse, tmp_path):
    options = tmp_path / "options.toml"
    options.write_text("broken = true\n")
    words = ("ingest", "tiny-for-tests", tmp_path, "--config", options)
    status, out, _ = kinefuse(*words, "-o", tmp_path / "store")
    assert status == 1
    assert "11 of 12 recordings" in out
    assert "s2_a2_t2: expected numbers, got none" in out
    status, out, err = kinefuse(*words, "-o", tmp_path / "other", "--on-error", "raise")
    assert status == 1
    assert err.rstrip().endswith("error: s2_a2_t2: expected numbers, got none")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["ingest", "utd-mhat", ".", "-o", "x"], "did you mean 'utd-mhad'"),
        (["ingest", "utd-mhad", "nowhere", "-o", "x"], "nowhere"),
        (["ingest", "tiny-for-tests", ".", "-o", "x", "--rate", "inertial"], "expected key=value"),
        (["ingest", "tiny-for-tests", ".", "-o", "x", "--rate", "inertial=0"], "rate"),
        (["ingest", "tiny-for-tests", ".", "-o", "x", "--config", "none.toml"], "none.toml"),
        (["ingest", "tiny-for-tests", ".", "-o", "x", "--max-gap", "-1"], "max-gap"),
        (["ingest", "tiny-for-tests", "."], "--out"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(words, message, kinefuse, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, _, err = kinefuse(*words)
    assert status == 2
    assert message in err
    assert list(tmp_path.iterdir()) == []


def test_options_that_the_reader_does_not_know_are_refused(kinefuse, tmp_path):
    options = tmp_path / "options.toml"
    options.write_text("borken = true\n")
    words = ("ingest", "tiny-for-tests", tmp_path, "--config", options, "-o", tmp_path / "s")
    status, _, err = kinefuse(*words)
    assert status == 2
    assert "borken" in err
    options.write_text("broken = \n")
    status, _, err = kinefuse(*words)
    assert status == 2
    assert "not TOML" in err
