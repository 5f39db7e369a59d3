"""Making the next items on a thread while the one before is worked on."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["read_ahead"]

Item = TypeVar("Item")


def read_ahead(
    items: Iterator[Item], *, size: Callable[[Item], int] = lambda _: 1, most: int = 1
) -> Iterator[Item]:
    """Hand out items one by one, while a thread is at the next ones.

    At least one item more than is worked on is held, and about as many as together are of size
    ``most``, if they are like the last one. What making an item raises is raised where it would
    have been handed out. Items stay in order, and no two are made at a time.

    Parameters
    ----------
    items : iterator
        Of anything but None.
    size : callable
        Tells the size of an item.
    most : int
        The size of all that is made ahead.

    Examples
    --------
    >>> list(read_ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    with ThreadPoolExecutor(1, thread_name_prefix="kinefuse-read") as pool:
        coming: deque[Future[Item | None]] = deque([pool.submit(next, items, None)])
        try:
            while (item := coming.popleft().result()) is not None:
                for _ in range(max(1, most // max(1, size(item))) - len(coming)):
                    coming.append(pool.submit(next, items, None))
                yield item
        finally:
            for waiting in coming:
                waiting.cancel()
