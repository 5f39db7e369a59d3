"""Making the next items on a thread while the one before is worked on."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

__all__ = ["read_ahead"]

Item = TypeVar("Item")


def read_ahead(
    items: Iterator[Item], *, size: Callable[[Item], int] = lambda _: 1, most: int = 1
) -> Iterator[Item]:
    """Hand out items one by one, while a thread is at the next ones.

    Another item is made while those that wait are together smaller than ``most``: what waits is
    smaller than that and one item more, however sizes follow one another. What making an item
    raises is raised where it would have been handed out. Items stay in order, and no two are made
    at a time.

    Parameters
    ----------
    items : iterator
        Of anything but None.
    size : callable
        Tells the size of an item; it counts as at least 1.
    most : int
        The size of all that is made ahead.

    Examples
    --------
    >>> list(read_ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    ahead: _Ahead[Item] = _Ahead(items, lambda item: max(1, size(item)), most)
    thread = threading.Thread(target=ahead.run, name="kinefuse-read", daemon=True)
    thread.start()
    try:
        while (item := ahead.take()) is not None:
            yield item
    finally:
        ahead.stop()
        thread.join()


class _Ahead(Generic[Item]):
    def __init__(self, items: Iterator[Item], size: Callable[[Item], int], most: int) -> None:
        self._items, self._size, self._most = items, size, most
        self._waiting: deque[tuple[Item | None, BaseException | None, int]] = deque()
        self._held = 0
        self._stopped = False
        self._changed = threading.Condition()

    def run(self) -> None:
        last = False
        while not last:
            item, error, size = None, None, 0
            try:
                item = next(self._items, None)
                size = 0 if item is None else self._size(item)
            except BaseException as caught:
                error = caught
            last = item is None or error is not None
            with self._changed:
                self._waiting.append((item, error, size))
                self._held += size
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._stopped or self._held < self._most)
                last |= self._stopped

    def take(self) -> Item | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            item, error, size = self._waiting.popleft()
            self._held -= size
            self._changed.notify_all()
        try:
            if error is not None:
                raise error
        finally:
            del error  # it would hold this frame, which holds it
        return item

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
