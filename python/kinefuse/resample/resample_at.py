"""Values of a uniform signal at any times."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import output
from kinefuse.errors import InputError
from kinefuse.resample._signals import number, rate, ratio, signals, times, with_length

__all__ = ["resample_at"]


def resample_at(
    x: ArrayLike,
    time_s: ArrayLike,
    *,
    rate_hz: float,
    start_s: float = 0.0,
    to_hz: float | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Find the values of a uniformly sampled signal at any times, without aliasing.

    For clocks that drift, rates in no ratio of whole numbers, and samples that must fall on those
    of another device.

    Parameters
    ----------
    x : (T,), (T, C) or (N, T, C) array of float32 or float64
        Signal, channels, or many signals of the same length, sampled ``rate_hz`` times a second.
        Integers count as float64.
    time_s : (n,) array of float
        When, in seconds, in any order.
    rate_hz : float
        Rate of ``x``.
    start_s : float, optional
        Time of its first sample in seconds.
    to_hz : float, optional
        Rate of ``time_s``, for the cut-off; 1 over the median step by default.
    out : array, optional
        Where to write: the shape and type of the result.

    Returns
    -------
    array of the type of ``x``
        ``T`` becomes ``n``. NaN at times that are NaN or more than one sample outside ``x``.

    Raises
    ------
    ShapeError
        ``x`` has no sample, no channel, or more than three axes; ``time_s`` is not ``(n,)``;
        ``out`` has another shape.
    DtypeError
        ``x`` or ``time_s`` does not hold real numbers; ``out`` has another type.
    InputError
        A rate is not positive, they are more than 10,000 times apart, or there is none: two or more
        different times, or ``to_hz``, are needed.

    Notes
    -----
    The sum over samples of a sinc under a Kaiser window, as in :func:`resample`: shape 5, ten zero
    crossings on each side, cut off at the lower of the two Nyquist frequencies. At the times of
    :func:`resample` it gives its results, to 1e-9 of the largest value, where ``to_hz / rate_hz``
    is a ratio of whole numbers up to 1000. Beyond its ends the signal counts as zero. Sums are in
    float64. (J. O. Smith and P. Gossett, "A flexible sampling-rate conversion method", ICASSP
    1984.)

    A NaN makes NaN of all results within ``10 max(1, rate_hz / to_hz)`` samples of it.

    Examples
    --------
    >>> import numpy as np
    >>> time_s = np.arange(1000) / 64
    >>> drifting = 3 + np.arange(600) / 49.97
    >>> y = resample_at(np.sin(time_s), drifting, rate_hz=64)
    >>> bool(np.abs(y - np.sin(drifting)).max() < 2e-3)
    True
    """
    signal, items = signals(x)
    when, from_hz = times("time_s", time_s), rate("rate_hz", rate_hz)
    to_hz = _median_rate(when) if to_hz is None else rate("to_hz", to_hz)
    terms = ratio(from_hz, to_hz)
    start_s = number("start_s", start_s)
    out = output(out, with_length(signal, len(when)), signal.dtype, reads=signal)
    if np.may_share_memory(out, when):
        raise InputError("out: expected memory of its own, it overlaps time_s")
    run = _native.resample_at_f32 if signal.dtype == np.float32 else _native.resample_at_f64
    run(
        items,
        when,
        (from_hz, start_s),
        (to_hz / from_hz, None if terms is None else max(terms)),
        out.reshape(items.shape[0], len(when), items.shape[2]),
    )
    return out


def _median_rate(when: NDArray[np.float64]) -> float:
    finite = when[np.isfinite(when)]
    # Each half first: the difference of two huge times has no float64.
    step = 2 * float(np.median(np.abs(np.diff(finite / 2)))) if len(finite) > 1 else 0.0
    if not (np.isfinite(step) and step > 1e-300):
        raise InputError("to_hz: expected the rate of time_s, which has no two different times")
    return 1 / step
