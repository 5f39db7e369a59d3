"""Runs the jobs of a table: in processes, each once, and whatever happens to some of them."""

import contextlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any, Literal

from kinefuse._processes import describe_exit, start_process
from kinefuse.reproduce.schedule import Schedule
from kinefuse.reproduce.table import Job, Table
from kinefuse.reproduce.worker import RESULT, work

__all__ = ["Event", "Outcome", "run_jobs"]


@dataclass(frozen=True, kw_only=True)
class Event:
    """What happened to a job.

    Attributes
    ----------
    what : {"kept", "started", "advanced", "finished", "failed", "skipped"}
        ``"kept"``: it was finished before; ``"skipped"``: one that it needs failed.
    job : Job
    done, total : int
        Jobs that are over, and all.
    left_s : float
        About how long the others will take.
    worker : int
        Which process.
    text : str
        A message, or what is being done.
    epoch, epochs : int
        How far it is, if ``"advanced"``.
    result : mapping
        What it found, if ``"finished"``.
    seconds : float
        How long it took, if ``"finished"``.
    """

    what: Literal["kept", "started", "advanced", "finished", "failed", "skipped"]
    job: Job
    done: int
    total: int
    left_s: float
    worker: int = -1
    text: str = ""
    epoch: int = 0
    epochs: int = 0
    result: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came out of the jobs.

    Attributes
    ----------
    results : dict of str to dict
        Of each finished job, by name.
    seconds, cpu_seconds : dict of str to float
        How long each took when it was done, by the clock and of a processor. Of a job that was
        interrupted, the last part.
    failed : dict of str to str
        Messages of those that failed, and of those that could not be done because of them.
    folders : dict of str to Path
        Where each job worked.
    """

    results: dict[str, dict[str, Any]]
    seconds: dict[str, float]
    cpu_seconds: dict[str, float]
    failed: dict[str, str]
    folders: dict[str, Path]


def run_jobs(
    table: Table,
    out: Path,
    *,
    stores: Mapping[str, Path],
    contexts: Mapping[str, Mapping[str, str]],
    n_workers: int,
    progress: Callable[[Event], None] | None = None,
) -> Outcome:
    """Run all jobs of a table that are not finished yet.

    A job works in ``out/jobs/NAME-HASH``; the hash is of everything that decides its result, so
    that one whose settings changed is done again and one whose settings did not is not. Processes
    are started afresh, not forked, with one thread each. Whenever this is stopped or killed, they
    end, and nothing is lost but what those jobs did since they last kept something.

    Parameters
    ----------
    table : Table
    out : Path
    stores : mapping of str to Path
        By data set; handed to its jobs.
    contexts : mapping of str to mapping of str to str
        By data set, what all jobs on it depend on.
    n_workers : int
        Processes at a time. With 0 nothing is run: the outcome is what was finished before.
    progress : callable, optional
        Told every :class:`Event`.

    Returns
    -------
    Outcome
        A job that fails does not raise.
    """
    fingerprints = table.fingerprints(contexts)
    folders = {name: out / "jobs" / f"{name}-{digest[:8]}" for name, digest in fingerprints.items()}
    outcome = Outcome(results={}, seconds={}, cpu_seconds={}, failed={}, folders=folders)
    schedule = Schedule(table.jobs, max(1, n_workers))
    run = _Run(table, outcome, schedule, progress or (lambda event: None))
    for job in table.jobs:
        kept = read_result(folders[job.name])
        if kept is not None:
            schedule.take(job)
            seconds = kept["seconds"]
            spent = kept.get("cpu_seconds", seconds)
            run.finish(job, kept["result"], seconds, spent, kept=True)
    if n_workers == 0:
        return outcome
    workers: list[_Worker] = []
    (out / "logs").mkdir(parents=True, exist_ok=True)
    try:
        while not schedule.over:
            run.pass_on_failures()
            for job in schedule.ready():
                worker = _idle(workers, n_workers, out / "logs")
                if worker is None:
                    break
                schedule.take(job)
                dataset = table.dataset(job).name
                worker.start(
                    job,
                    {
                        "name": job.name,
                        "work": job.work,
                        "options": dict(job.options),
                        "needs": {w: str(folders[need]) for w, need in job.needs.items()},
                        "folder": str(folders[job.name]),
                        "store": str(stores[dataset]),
                        "about": {"asked": fingerprints[job.name], **contexts[dataset]},
                    },
                )
                run.tell("started", job, worker=worker.number)
            _listen(workers, run)
    finally:
        for worker in workers:
            worker.stop()
    return outcome


def read_result(folder: Path) -> dict[str, Any] | None:
    """Return what a finished job left, None if there is nothing whole."""
    try:
        content: dict[str, Any] = json.loads((folder / RESULT).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return content if {"result", "seconds"} <= set(content) else None


@dataclass
class _Run:
    table: Table
    outcome: Outcome
    schedule: Schedule
    progress: Callable[[Event], None]

    def tell(self, what: Any, job: Job, **more: Any) -> None:
        over = len(self.outcome.results) + len(self.outcome.failed)
        self.progress(
            Event(
                what=what,
                job=job,
                done=over,
                total=len(self.table.jobs),
                left_s=self.schedule.left_s(),
                **more,
            )
        )

    def finish(
        self,
        job: Job,
        result: dict[str, Any],
        seconds: float,
        cpu_seconds: float,
        *,
        kept: bool = False,
        worker: int = -1,
    ) -> None:
        self.outcome.results[job.name] = result
        self.outcome.seconds[job.name] = seconds
        self.outcome.cpu_seconds[job.name] = cpu_seconds
        self.schedule.finish(job, seconds)
        what = "kept" if kept else "finished"
        self.tell(what, job, result=result, seconds=seconds, worker=worker)

    def fail(self, job: Job, message: str, *, worker: int = -1) -> None:
        self.outcome.failed[job.name] = message
        self.schedule.drop(job)
        self.tell("failed", job, text=message, worker=worker)

    def pass_on_failures(self) -> None:
        """Give up the jobs that need one that failed."""
        changed = True
        while changed:
            changed = False
            for job in self.schedule.waiting():
                lost = [need for need in job.needs.values() if need in self.outcome.failed]
                if lost:
                    message = f"needs {', '.join(lost)}, which failed"
                    self.outcome.failed[job.name] = message
                    self.schedule.drop(job)
                    self.tell("skipped", job, text=message)
                    changed = True


class _Worker:
    """A process and what it is doing."""

    def __init__(self, number: int, logs: Path) -> None:
        self.number = number
        self.job: Job | None = None
        self.orders, theirs = Pipe()
        self.process = start_process(work, (theirs, logs / f"worker-{number}.log"))
        theirs.close()

    def start(self, job: Job, order: Mapping[str, Any]) -> None:
        self.job = job
        # One that died meanwhile is found dead when it is listened to.
        with contextlib.suppress(OSError):
            self.orders.send(order)

    def stop(self) -> None:
        if self.job is None:
            with contextlib.suppress(OSError):
                self.orders.send(None)
                self.process.join(5)
        self.process.terminate()
        self.process.join(5)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self.orders.close()


def _idle(workers: list[_Worker], most: int, logs: Path) -> _Worker | None:
    for worker in workers:
        if worker.job is None:
            return worker
    if len(workers) < most:
        numbers = {worker.number for worker in workers}
        workers.append(_Worker(min(set(range(most)) - numbers), logs))
        return workers[-1]
    return None


def _listen(workers: list[_Worker], run: _Run) -> None:
    """Wait until a worker says something or dies, and take note."""
    busy = {worker.orders: worker for worker in workers if worker.job is not None}
    if not busy:
        return
    heard = wait(list(busy), timeout=60)
    for connection in heard:
        assert isinstance(connection, Connection)
        worker = busy[connection]
        job = worker.job
        assert job is not None
        try:
            what, *content = connection.recv()
        except (EOFError, OSError):
            worker.process.join(5)
            workers.remove(worker)
            worker.job = None
            worker.stop()
            why = describe_exit(worker.process)
            run.fail(job, f"its process died: {why}", worker=worker.number)
            continue
        if what == "advanced":
            stage, epoch, epochs, loss = content
            text = f"{stage} {epoch}/{epochs}, loss {loss:.3f}"
            run.tell("advanced", job, worker=worker.number, text=text, epoch=epoch, epochs=epochs)
            continue
        worker.job = None
        if what == "finished":
            run.finish(job, *content, worker=worker.number)
        else:
            run.fail(job, *content, worker=worker.number)
