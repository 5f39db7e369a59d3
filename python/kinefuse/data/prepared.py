"""Sources read ahead, on threads or in processes, and handed out in order."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from kinefuse.data.entries import Gridding
from kinefuse.data.worker import Prepared, prepare
from kinefuse.data.worker_pool import WorkerPool
from kinefuse.readers import Reader, Source
from kinefuse.threads import num_threads

__all__ = ["prepare_ahead"]

_AHEAD_BYTES = 2**24
"""So much may wait to be written, of however many recordings: they are read on while a shard is
closed, which takes as long as hundreds of small ones."""


def prepare_ahead(
    reader: Reader,
    sources: Sequence[Source],
    inputs: Sequence[Mapping[str, Any]],
    done: int,
    how: Gridding,
    processes: int = 1,
) -> Generator[tuple[Source, Prepared | Exception], None, None]:
    """Read what follows the first ``done`` sources ahead of who takes it.

    Parameters
    ----------
    reader : Reader
    sources : sequence of Source
    inputs : sequence of dict
        What :func:`kinefuse.data.entries.identify` said of each.
    done : int
    how : Gridding
    processes : int
        With 1, they are read on as many threads as kernels use; else, each in one of so many
        processes.

    Yields
    ------
    source : Source
    result : tuple or Exception
        As :func:`kinefuse.data.worker.prepare` returns it.
    """
    left = len(sources) - done
    workers = None
    if processes > 1 and left > 1:
        workers = WorkerPool(reader, how, min(processes, left))

    def one(number: int) -> Prepared | Exception:
        if workers is None:
            return prepare(reader, sources[number], number, inputs[number], how)
        return workers.prepare(sources[number], number, inputs[number])

    n_threads = num_threads() if workers is None else processes
    reading = _Reading(one, range(done, len(sources)), n_threads)
    try:
        for number in range(done, len(sources)):
            yield sources[number], reading.take()
    finally:
        how.stop.set()
        reading.stop()
        if workers is not None:
            workers.close()
        reading.close()


class _Reading:
    """Threads that take numbers one after the other, not too far ahead of who takes the results."""

    def __init__(
        self, read: Callable[[int], Prepared | Exception], numbers: range, n_threads: int
    ) -> None:
        self._read = read
        self._numbers = iter(numbers)
        self._most = 2 * n_threads
        self._changed = threading.Condition()
        self._ahead: deque[Future[Prepared | Exception]] = deque()
        self._waiting_bytes = 0
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._run, name="kinefuse-ingest", daemon=True)
            for _ in range(min(n_threads, len(numbers)))
        ]
        for thread in self._threads:
            thread.start()

    def take(self) -> Prepared | Exception:
        """Wait for the next result; return it, or raise what reading it raised."""
        with self._changed:
            self._changed.wait_for(lambda: self._ahead)
        future = self._ahead[0]
        result = future.result()
        with self._changed:
            # Not before: who stops the run while it waits must find it here.
            self._ahead.popleft()
            self._waiting_bytes -= _nbytes(future)
            self._changed.notify_all()
        return result

    def stop(self) -> None:
        """Begin no other."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def close(self) -> None:
        """Wait for what is being read, and remove what nobody took."""
        for thread in self._threads:
            thread.join()
        for future in self._ahead:
            result = future.exception() or future.result()
            if isinstance(result, tuple):
                result[0].discard()

    def _run(self) -> None:
        while (begun := self._begin()) is not None:
            number, future = begun
            try:
                future.set_result(self._read(number))
            except BaseException as error:  # raised where it is taken
                future.set_exception(error)
            with self._changed:
                self._waiting_bytes += _nbytes(future)

    def _begin(self) -> tuple[int, Future[Prepared | Exception]] | None:
        with self._changed:
            self._changed.wait_for(self._may_begin)
            number = None if self._stopped else next(self._numbers, None)
            if number is None:
                return None
            future: Future[Prepared | Exception] = Future()
            self._ahead.append(future)
            self._changed.notify_all()
            return number, future

    def _may_begin(self) -> bool:
        few = len(self._ahead) <= self._most or self._waiting_bytes < _AHEAD_BYTES
        return self._stopped or few


def _nbytes(future: Future[Prepared | Exception]) -> int:
    """Return how much a result takes, in memory or in files."""
    result = future.exception() or future.result()
    if not isinstance(result, tuple):
        return 0
    return sum(samples.data.nbytes for samples in result[0].samples.values())
