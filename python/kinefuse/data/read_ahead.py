"""Making the next item on a thread while the one before is worked on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["read_ahead"]

Item = TypeVar("Item")


def read_ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Hand out items one by one, while a thread is at the next.

    One item more than is worked on is held. What making an item raises is raised where it would
    have been handed out. Items stay in order, and no two are made at a time.

    Parameters
    ----------
    items : iterator
        Of anything but None.

    Examples
    --------
    >>> list(read_ahead(iter([1, 2, 3])))
    [1, 2, 3]
    """
    with ThreadPoolExecutor(1, thread_name_prefix="kinefuse-read") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
