import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.reproduce.jobs import job, table

from kinefuse.reproduce import Dataset
from kinefuse.reproduce.engine import run_jobs


def run(jobs, out, **more):
    settings = {
        "stores": {"none": out / "store"},
        "contexts": {"none": {"kinefuse": "0"}},
        "n_workers": 2,
    } | more
    return run_jobs(table(*jobs), out, **settings)


@pytest.fixture
def diary(tmp_path):
    return str(tmp_path / "diary.txt")


def lines(diary):
    try:
        return [line.partition(":")[0] for line in Path(diary).read_text().splitlines()]
    except FileNotFoundError:
        return []


def test_a_job_runs_after_those_that_it_needs_and_sees_what_they_found(tmp_path, diary):
    jobs = [
        job("last", needs=["left", "right"], number=1, diary=diary),
        job("left", needs=["first"], number=10, diary=diary),
        job("right", needs=["first"], number=100, diary=diary),
        job("first", number=1000, diary=diary),
    ]
    events = []
    outcome = run(jobs, tmp_path, progress=events.append)
    assert outcome.results["last"]["accuracy"] == 1 + 10 + 100 + 2 * 1000
    order = lines(diary)
    assert order[0] == "first"
    assert order[3] == "last"
    assert not outcome.failed
    assert [e.done for e in events if e.what == "finished"] == [1, 2, 3, 4]
    assert events[-1].left_s == 0
    assert {e.total for e in events} == {4}


def test_a_finished_job_is_not_done_again_and_one_with_other_options_is(tmp_path, diary):
    def jobs(number):
        return [
            job("a", number=number, diary=diary),
            job("b", needs=["a"], number=1, diary=diary),
            job("c", number=1, diary=diary),
        ]

    first = run(jobs(1), tmp_path)
    events = []
    again = run(jobs(1), tmp_path, progress=events.append)
    assert again.results == first.results
    assert again.seconds == first.seconds
    assert [e.what for e in events] == ["kept"] * 3
    assert len(lines(diary)) == 3
    # Whoever needs what has changed is done again as well; whoever does not is not.
    other = run(jobs(2), tmp_path)
    assert other.results["b"]["accuracy"] == 3
    assert sorted(lines(diary)[3:]) == ["a", "b"]
    # Both are kept beside one another.
    assert run(jobs(1), tmp_path).results == first.results
    assert len(lines(diary)) == 5
    run(jobs(1), tmp_path, contexts={"none": {"kinefuse": "1"}})
    assert len(lines(diary)) == 8


def test_a_job_gets_the_store_of_its_data_set(tmp_path):
    datasets = [Dataset(name=name, reader="none", protocol="1/2/3") for name in ("one", "two")]
    jobs = [job("a", "see"), job("b", "see", dataset="two")]
    made = table(*jobs, datasets=tuple(datasets))
    stores = {"one": tmp_path / "1", "two": tmp_path / "2"}

    def look(**contexts):
        found = run_jobs(made, tmp_path, stores=stores, contexts=contexts, n_workers=1)
        assert [found.results[name]["store"] for name in "ab"] == [str(s) for s in stores.values()]
        return [found.folders[name] for name in "ab"]

    first = look(one={"store": "x"}, two={"store": "y"})
    again = look(one={"store": "x"}, two={"store": "z"})
    assert first[0] == again[0]
    assert first[1] != again[1]


def test_what_is_not_whole_is_done_again(tmp_path, diary):
    jobs = [job("a", number=1, diary=diary)]
    outcome = run(jobs, tmp_path)
    (outcome.folders["a"] / "result.json").write_text('{"result": {')
    assert run(jobs, tmp_path).results == outcome.results
    assert lines(diary) == ["a", "a"]


def test_failures_are_collected_and_the_others_go_on(tmp_path, diary):
    jobs = [
        job("refused", "refuse"),
        job("crashed", "crash"),
        job("dead", "die"),
        job("unknown", "no_such_function"),
        job("lost", needs=["dead"], number=1, diary=diary),
        job("lost too", needs=["lost"], number=1, diary=diary),
        *(job(f"fine {n}", number=n, diary=diary) for n in range(3)),
    ]
    events = []
    outcome = run(jobs, tmp_path, progress=events.append)
    assert set(outcome.results) == {"fine 0", "fine 1", "fine 2"}
    assert outcome.failed["refused"] == "expected a file, got nothing"
    assert "ZeroDivisionError" in outcome.failed["crashed"]
    assert outcome.failed["dead"] == "its process died: signal 9"
    assert "no_such_function" in outcome.failed["unknown"]
    assert outcome.failed["lost"] == "needs dead, which failed"
    assert outcome.failed["lost too"] == "needs lost, which failed"
    assert "by zero" in (outcome.folders["crashed"] / "error.txt").read_text()
    assert {e.job.name for e in events if e.what == "skipped"} == {"lost", "lost too"}
    # A failed job is tried again.
    events.clear()
    run(jobs, tmp_path, progress=events.append)
    assert {e.job.name for e in events if e.what == "failed"} == {
        "refused", "crashed", "dead", "unknown",
    }  # fmt: skip


def test_processes_have_one_thread_and_are_kept(tmp_path):
    before = dict(os.environ)
    jobs = [job(str(n), "environment", number=n) for n in range(4)]
    found = run(jobs, tmp_path, n_workers=1).results.values()
    assert [(f["omp"], f["kernels"]) for f in found] == [("1", 1)] * 4
    assert len({f["pid"] for f in found}) == 1
    assert os.getpid() not in {f["pid"] for f in found}
    assert dict(os.environ) == before


def test_jobs_run_beside_one_another(tmp_path, diary):
    jobs = [job(str(n), number=n, diary=diary, sleep=0.8) for n in range(2)]
    started = []
    run(jobs, tmp_path, progress=lambda e: started.append(e.what))
    assert started == ["started", "started", "finished", "finished"]


SCRIPT = """
import sys
from pathlib import Path
from tests.reproduce.jobs import job, table
from kinefuse.reproduce import Dataset
from kinefuse.reproduce.engine import run_jobs

def tell(event):
    print(event.what, event.job.name, event.worker, flush=True)

if __name__ == "__main__":
    out = Path(sys.argv[1])
    jobs = [job(f"count-{n}", "count", sleep=float(sys.argv[2]), number=n) for n in range(3)]
    jobs.append(job("sum", needs=["count-0", "count-1"], number=0, diary=str(out / "diary.txt")))
    try:
        found = run_jobs(
            table(*jobs),
            out,
            stores={"none": out},
            contexts={"none": {}},
            n_workers=2,
            progress=tell,
        )
    except KeyboardInterrupt:
        sys.exit(130)
    print(found.results["sum"]["accuracy"])
"""


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A process whose parent is gone may stay as a name until somebody reaps it.
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def children(pid):
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_stopped_at_any_time_it_goes_on_where_it_was(how, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    out = tmp_path / "out"
    words = [sys.executable, str(script), str(out)]
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    first = subprocess.Popen(
        [*words, "0.3"], env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        wait_for(lambda: len(list(out.glob("jobs/count-*/kept"))) == 2)
        wait_for(lambda: all(int(p.read_text() or 0) >= 3 for p in out.glob("jobs/count-*/kept")))
        processes = children(first.pid)
        assert len(processes) >= 2
        if how == signal.SIGINT:
            # As Ctrl-C does: to everybody.
            os.killpg(first.pid, how)
        else:
            os.kill(first.pid, how)
        first.communicate(timeout=60)
        assert first.returncode == (130 if how == signal.SIGINT else -how)
        wait_for(lambda: not any(alive(pid) for pid in processes))
    finally:
        first.kill()
    assert not list(out.glob("jobs/*/result.json"))
    second = subprocess.run(
        [*words, "0.3"], env=environment, capture_output=True, text=True, timeout=120
    )
    assert second.stdout.split()[-1] == "2.0", second.stderr
    began = sorted(int(path.name.rpartition("-")[2]) for path in out.glob("jobs/*/began-at-*"))
    assert began[:3] == [0, 0, 0]
    assert len(began) == 5
    assert began[3] >= 3
