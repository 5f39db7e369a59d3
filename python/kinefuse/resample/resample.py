"""From one rate to another."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import output
from kinefuse.resample._signals import rate, ratio, signals, with_length

__all__ = ["resample"]


def resample(
    x: ArrayLike,
    *,
    from_hz: float,
    to_hz: float,
    precise: bool = False,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Resample a uniformly sampled signal with an anti-aliasing polyphase filter.

    Sample ``i`` of the result lies at ``i / to_hz`` seconds after the first sample of ``x``.

    Parameters
    ----------
    x : (T,), (T, C) or (N, T, C) array of float32 or float64
        Signal, channels, or many signals of the same length. Integers count as float64.
    from_hz, to_hz : float
        Rates in Hz, at most 10,000 times apart.
    precise : bool, optional
        Whether float32 is summed in float64. The result is then SciPy's float64 result rounded to
        float32; about twice the time.
    out : array, optional
        Where to write: the shape and type of the result.

    Returns
    -------
    array of the type of ``x``
        ``T`` becomes ``ceil(T * to_hz / from_hz)``.

    Raises
    ------
    ShapeError
        ``x`` has no sample, no channel, or more than three axes; ``out`` has another shape.
    DtypeError
        ``x`` does not hold real numbers; ``out`` has another type.
    InputError
        A rate is not positive, or they are more than 10,000 times apart.

    Notes
    -----
    The filter is that of ``scipy.signal.resample_poly``: a sinc under a Kaiser window of shape 5,
    ten zero crossings on each side, cut off at the lower of the two Nyquist frequencies; beyond its
    ends the signal counts as zero. float64 agrees with SciPy to 1e-12 of the largest value, float32
    to 1e-6 of SciPy's result in float64; with ``precise``, to its last bit, but for values
    that lie between two float32 to within 1e-15.

    Rates in no ratio of whole numbers up to 1000 (64 and 63.97 Hz) go through the same filter at
    any point between its taps, as in :func:`resample_at`, summed in float64; a NaN then makes NaN
    of all results within ``10 max(1, from_hz / to_hz)`` samples of it.

    A NaN makes NaN of the results in which it has a weight other than zero. SciPy gives the zeros
    of the filter weights of about 1e-17, so that a NaN spreads to a few more.

    Examples
    --------
    >>> import numpy as np
    >>> resample(np.ones((200, 6), np.float32), from_hz=100, to_hz=50).shape
    (100, 6)
    """
    signal, items = signals(x)
    from_hz, to_hz = rate("from_hz", from_hz), rate("to_hz", to_hz)
    terms = ratio(from_hz, to_hz)
    t, single = items.shape[1], signal.dtype == np.float32
    if terms is None:
        n = math.ceil(t * Fraction(to_hz) / Fraction(from_hz))
    else:
        n = _native.resampled_length(t, *terms)
    out = output(out, with_length(signal, n), signal.dtype, reads=signal)
    result = out.reshape(items.shape[0], n, items.shape[2])
    if terms is None:
        any_ratio = _native.resample_ratio_f32 if single else _native.resample_ratio_f64
        any_ratio(items, from_hz, to_hz, result)
    else:
        run = _native.resample_f32 if single else _native.resample_f64
        run(items, *terms, bool(precise), result)
    return out
