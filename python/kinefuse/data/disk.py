"""What goes wrong with the disk that a store is written to, said in words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kinefuse.errors import StoreError

__all__ = ["writing"]

_FULL = {errno.ENOSPC, errno.EDQUOT}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an :class:`OSError` while ``path`` is written into a :class:`StoreError`.

    What was finished before stays whole, so that the message can say how to go on.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            what = "the disk is full; make room"
        elif error.errno == errno.EFBIG:
            what = "a file would get larger than allowed here; lower shard_bytes or raise the limit"
        elif error.errno in _DENIED:
            what = "no permission to write there; change that"
        else:
            what = f"{error.strerror or error}; mend that"
        raise StoreError(
            f"{path}: {what}, and give the same command again: it goes on behind what is finished"
        ) from error
