"""Working on the next item while the last is in use."""

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["Ahead"]

T = TypeVar("T")


class Ahead(Generic[T]):
    """Iterates over ``source`` on a thread of its own, so many items ahead.

    Close it where not all items are taken: the thread ends then.
    """

    def __init__(self, source: Iterator[T], items: int = 1) -> None:
        self._source = source
        self._queue: queue.Queue[tuple[T | None, BaseException | None, bool]] = queue.Queue(items)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="kinefuse-ahead", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        if self._closed.is_set():
            raise StopIteration
        item, error, last = self._queue.get()
        if not last:
            return item  # type: ignore[return-value]
        self.close()
        if error is not None:
            raise error
        raise StopIteration

    def close(self) -> None:
        """End the thread and wait for it."""
        self._closed.set()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item in self._source:
                if not self._put((item, None, False)):
                    break
        except BaseException as caught:
            error = caught
        close = getattr(self._source, "close", None)
        if close is not None:
            close()
        self._put((None, error, True))

    def _put(self, entry: tuple[T | None, BaseException | None, bool]) -> bool:
        while not self._closed.is_set():
            try:
                self._queue.put(entry, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False
