"""How many threads the kernels use."""

import operator

from kinefuse import _native
from kinefuse.errors import InputError

__all__ = ["num_threads", "set_num_threads"]

_MAX_THREADS = 1024


def num_threads() -> int:
    """Return the number of threads that kernels use.

    That is what :func:`set_num_threads` said, else the environment variable
    ``KINEFUSE_NUM_THREADS``, else one in a worker process of torch's ``DataLoader``, else the
    cores that this process might use when it first asked. With one, kernels run on the calling
    thread.
    """
    return _native.num_threads()


def set_num_threads(n: int) -> None:
    """Set the number of threads that kernels use in this process. Results do not depend on it.

    Parameters
    ----------
    n : int
        1 to 1024.

    Raises
    ------
    InputError
        ``n`` is no whole number or out of range.
    """
    try:
        n = operator.index(n)
    except TypeError:
        raise InputError(f"n: expected a whole number of threads, got {n!r}") from None
    if not 1 <= n <= _MAX_THREADS:
        raise InputError(f"n: expected 1 to {_MAX_THREADS} threads, got {n}")
    _native.set_num_threads(n)
