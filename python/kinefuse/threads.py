"""How many threads the kernels use."""

from kinefuse import _native

__all__ = ["num_threads", "set_num_threads"]


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
        ``n`` is out of range.
    """
    _native.set_num_threads(n)
