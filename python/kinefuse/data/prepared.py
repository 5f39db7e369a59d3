"""Sources read ahead, on threads or in processes, and handed out in order."""

from collections import deque
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from kinefuse.data.entries import Gridding
from kinefuse.data.worker import Prepared, prepare
from kinefuse.data.worker_pool import WorkerPool
from kinefuse.readers import Reader, Source
from kinefuse.threads import num_threads

__all__ = ["prepare_ahead"]

Ahead = deque[tuple[Source, Future[Prepared | Exception]]]


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

    n = num_threads() if workers is None else min(processes, left)
    pool = ThreadPoolExecutor(n, thread_name_prefix="kinefuse-ingest")
    ahead: Ahead = deque()
    try:
        for number in range(done, len(sources)):
            ahead.append((sources[number], pool.submit(one, number)))
            if len(ahead) > 2 * n:
                yield _first(ahead)
        while ahead:
            yield _first(ahead)
    finally:
        how.stop.set()
        pool.shutdown(wait=False, cancel_futures=True)
        if workers is not None:
            workers.close()
        pool.shutdown()
        for _, result in ahead:
            _discard(result)


def _first(ahead: Ahead) -> tuple[Source, Prepared | Exception]:
    source, future = ahead[0]
    result = future.result()
    ahead.popleft()  # not before: who stops the run while it waits must find it here
    return source, result


def _discard(result: Future[Prepared | Exception]) -> None:
    if not result.cancelled() and result.exception() is None:
        prepared = result.result()
        if not isinstance(prepared, Exception):
            prepared[0].discard()
