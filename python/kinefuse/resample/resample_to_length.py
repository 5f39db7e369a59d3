"""To a given number of samples."""

import operator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import output
from kinefuse.errors import InputError
from kinefuse.resample._signals import signals, with_length

__all__ = ["resample_to_length"]


def resample_to_length(x: ArrayLike, n: int, *, out: NDArray[Any] | None = None) -> NDArray[Any]:
    """Resample a signal to ``n`` samples through its spectrum, taking it as periodic.

    Parameters
    ----------
    x : (T,), (T, C) or (N, T, C) array of float32 or float64
        Signal, channels, or many signals of the same length. Integers count as float64.
    n : int
        Samples wanted.
    out : array, optional
        Where to write: the shape and type of the result.

    Returns
    -------
    array of the type of ``x``
        ``T`` becomes ``n``. If they are equal, a copy.

    Raises
    ------
    ShapeError, DtypeError
        As :func:`resample`.
    InputError
        ``n`` is not a whole number above 0.

    Notes
    -----
    Equals ``scipy.signal.resample`` to rounding; computed in float64. Because the signal counts as
    periodic, its ends ring where they do not meet. A NaN makes its whole channel NaN.

    Examples
    --------
    >>> import numpy as np
    >>> resample_to_length(np.ones((180, 6), np.float32), 50).shape
    (50, 6)
    """
    signal, items = signals(x)
    try:
        n = operator.index(n)
    except TypeError:
        raise InputError(f"n: expected a whole number of samples, got {n!r}") from None
    if n < 1:
        raise InputError(f"n: expected at least 1 sample, got {n}")
    out = output(out, with_length(signal, n), signal.dtype, reads=signal)
    single = signal.dtype == np.float32
    run = _native.resample_to_length_f32 if single else _native.resample_to_length_f64
    run(items, out.reshape(items.shape[0], n, items.shape[2]))
    return out
