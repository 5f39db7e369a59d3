"""Which job comes next, and how long all of them will take."""

import statistics
import time
from collections.abc import Iterable

from kinefuse.reproduce.table import Job

__all__ = ["Schedule"]


class Schedule:
    """The state of the jobs: waiting, running, finished or dropped.

    Parameters
    ----------
    jobs : iterable of Job
        Whose needs are among them.
    n_workers : int
        How many may run at a time.
    """

    def __init__(self, jobs: Iterable[Job], n_workers: int) -> None:
        self.n_workers = n_workers
        self._jobs = {job.name: job for job in jobs}
        self._waiting = dict(self._jobs)
        self._since: dict[str, float] = {}
        self._finished: set[str] = set()
        self._measured: dict[str, list[float]] = {}
        self._expected: dict[str, list[float]] = {}
        self._users: dict[str, list[str]] = {name: [] for name in self._jobs}
        for job in self._jobs.values():
            for need in job.needs.values():
                self._users[need].append(job.name)

    @property
    def over(self) -> bool:
        """Whether nothing waits or runs."""
        return not self._waiting and not self._since

    def waiting(self) -> list[Job]:
        """Return the jobs that have not begun."""
        return list(self._waiting.values())

    def ready(self) -> list[Job]:
        """Return the jobs whose needs are finished, in the order in which they are to begin.

        Round by round; within one, those that begin the longest chain first.
        """
        ready = [j for j in self._waiting.values() if self._finished.issuperset(j.needs.values())]
        tails = self._tails()
        # Sorting is stable: equal ones keep the order of the table.
        return sorted(ready, key=lambda job: (job.round, -tails[job.name]))

    def take(self, job: Job) -> None:
        """Note that a job runs."""
        del self._waiting[job.name]
        self._since[job.name] = time.monotonic()

    def finish(self, job: Job, seconds: float) -> None:
        """Note that a running job is finished, and what it took."""
        del self._since[job.name]
        self._finished.add(job.name)
        self._measured.setdefault(job.kind, []).append(seconds)
        self._expected.setdefault(job.kind, []).append(job.seconds)

    def drop(self, job: Job) -> None:
        """Note that a job will not be finished."""
        self._waiting.pop(job.name, None)
        self._since.pop(job.name, None)

    def expect_s(self, job: Job) -> float:
        """Return how long a job will take: as those of its kind, else as told, on this machine."""
        if job.kind in self._measured:
            return statistics.median(self._measured[job.kind])
        measured = sum(map(sum, self._measured.values()))
        expected = sum(map(sum, self._expected.values()))
        return job.seconds * (measured / expected if measured and expected else 1.0)

    def left_s(self) -> float:
        """Return about how long everything that is left will take."""
        now = time.monotonic()
        left = {name: self.expect_s(job) for name, job in self._waiting.items()}
        for name, since in self._since.items():
            left[name] = max(0.0, self.expect_s(self._jobs[name]) - (now - since))
        if not left:
            return 0.0
        tails = self._tails()
        longest = max((tails[name] for name in self._waiting), default=0.0)
        return max(sum(left.values()) / self.n_workers, max(left.values()), longest)

    def _tails(self) -> dict[str, float]:
        """Return, for every waiting job, how long the longest chain from it on takes."""
        found: dict[str, float] = {}

        def tail(name: str) -> float:
            if name not in found:
                after = [tail(user) for user in self._users[name] if user in self._waiting]
                found[name] = self.expect_s(self._jobs[name]) + max(after, default=0.0)
            return found[name]

        for name in self._waiting:
            tail(name)
        return found
