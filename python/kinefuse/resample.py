"""From one rate to another, to a given length, and from an irregular clock to a uniform grid."""

import functools
import math
import operator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real, output
from kinefuse.clock import ClockReport, stamps
from kinefuse.errors import InputError, ShapeError

__all__ = ["Regridded", "regrid", "resample", "resample_to_length"]

# Terms of the largest ratio that is looked for; with them a rate is met to 1e-9 or refused.
_MAX_TERM = 1000


def resample(
    x: ArrayLike, *, from_hz: float, to_hz: float, out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Resample a uniformly sampled signal with an anti-aliasing polyphase filter.

    Sample ``i`` of the result lies at ``i / to_hz`` seconds after the first sample of ``x``.

    Parameters
    ----------
    x : (T,), (T, C) or (N, T, C) array of float32 or float64
        Signal, channels, or many signals of the same length. Integers count as float64.
    from_hz, to_hz : float
        Rates in Hz. Their ratio must be one of whole numbers up to 1000.
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
        A rate is not positive, or their ratio is not one of small whole numbers.

    Notes
    -----
    The filter is that of ``scipy.signal.resample_poly``: a sinc under a Kaiser window of shape 5,
    ten zero crossings on each side, cut off at the lower of the two Nyquist frequencies; beyond its
    ends the signal counts as zero. float64 agrees with SciPy to 1e-12 of the largest value, float32
    to 1e-6 of SciPy's result in float64.

    A NaN makes NaN of the results in which it has a weight other than zero. SciPy gives the zeros
    of the filter weights of about 1e-17, so that a NaN spreads to a few more.

    Examples
    --------
    >>> import numpy as np
    >>> resample(np.ones((200, 6), np.float32), from_hz=100, to_hz=50).shape
    (100, 6)
    """
    signal, items = _signals(x)
    up, down = _ratio(_rate("from_hz", from_hz), _rate("to_hz", to_hz))
    n = _native.resampled_length(items.shape[1], up, down)
    out = output(out, _with_length(signal, n), signal.dtype, reads=signal)
    run = _native.resample_f32 if signal.dtype == np.float32 else _native.resample_f64
    run(items, up, down, out.reshape(items.shape[0], n, items.shape[2]))
    return out


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
    signal, items = _signals(x)
    try:
        n = operator.index(n)
    except TypeError:
        raise InputError(f"n: expected a whole number of samples, got {n!r}") from None
    if n < 1:
        raise InputError(f"n: expected at least 1 sample, got {n}")
    out = output(out, _with_length(signal, n), signal.dtype, reads=signal)
    single = signal.dtype == np.float32
    run = _native.resample_to_length_f32 if single else _native.resample_to_length_f64
    run(items, out.reshape(items.shape[0], n, items.shape[2]))
    return out


@dataclass(frozen=True, eq=False)
class Regridded:
    """Samples on a uniform grid, with the gaps left out.

    Attributes
    ----------
    data : (R, ...) array
        The rows of the gap-free segments, one after another.
    start_s : float
        Time of row 0 in seconds.
    rate_hz : float
        Rows a second.
    gaps : (G, 2) array of int64
        ``[row, missing]``: before row ``row``, ``missing`` grid points are missing.
    report : ClockReport
        What was repaired.
    """

    data: NDArray[Any]
    start_s: float
    rate_hz: float
    gaps: NDArray[np.int64]
    report: ClockReport

    @property
    def time_s(self) -> NDArray[np.float64]:
        """Time of each row in seconds, ``(R,)``."""
        missing = np.zeros(len(self.data), np.int64)
        missing[self.gaps[:, 0]] = self.gaps[:, 1]
        step = np.arange(len(self.data)) + np.cumsum(missing)
        return self.start_s + step / self.rate_hz


def regrid(
    time_s: ArrayLike,
    x: ArrayLike,
    *,
    rate_hz: float,
    max_gap_s: float,
    origin_s: float | None = None,
) -> Regridded:
    """Bring samples of an irregular clock onto a uniform grid; gaps stay gaps.

    The clock is repaired (:func:`kinefuse.clock.repair`) and cut where a step is longer than
    ``max_gap_s``; shorter holes are bridged by straight lines. Nothing is extrapolated.

    Parameters
    ----------
    time_s : (T,) array of float
        Stamps in seconds.
    x : (T,), (T, C) or (T, J, D) array of float32 or float64
        A sample for each stamp. Integers count as float64.
    rate_hz : float
        Rate of the grid.
    max_gap_s : float
        The longest step, in seconds, that may be bridged; ``inf`` bridges all.
    origin_s : float, optional
        Grid points lie at ``origin_s`` plus whole steps; streams regridded with the same origin and
        rate share one grid. The first usable stamp by default.

    Returns
    -------
    Regridded
        ``data`` has the type of ``x`` and its axes behind the first.

    Raises
    ------
    ShapeError
        ``x`` has not one sample for each stamp; there are fewer than two stamps.
    DtypeError
        Stamps are whole numbers or dates; ``x`` does not hold real numbers.
    InputError
        ``rate_hz`` or ``max_gap_s`` is not positive, or ``max_gap_s`` is shorter than the clock's
        own step.
    TimeError
        The clock cannot be repaired, or its rate is more than 10,000 times off ``rate_hz``.

    Notes
    -----
    Where the rate stays or rises, grid points are interpolated by straight lines, as by
    ``numpy.interp``. Where it falls by more than 5 %, straight lines lead to a grid ``k`` times as
    fine, at least as fine as the clock, and the filter of :func:`resample` by ``1 / k`` from there;
    segments are mirrored at their ends, so that an offset such as gravity does not droop.

    A NaN in ``x`` makes NaN of the grid points between it and its neighbours in time, and of no
    other: the filter sees a straight line in its place.

    Examples
    --------
    >>> import numpy as np
    >>> time_s = np.delete(np.arange(500) / 100, slice(200, 300))
    >>> grid = regrid(time_s, np.sin(time_s)[:, None], rate_hz=50, max_gap_s=0.1)
    >>> grid.data.shape, grid.gaps.tolist()
    ((200, 1), [[100, 50]])
    """
    time = stamps(time_s)
    samples = as_real("x", x)
    if samples.ndim > 3 or len(samples) != len(time):
        raise ShapeError(
            f"x: expected ({len(time)},), ({len(time)}, C) or ({len(time)}, J, D), one sample for "
            f"each stamp, got {samples.shape}"
        )
    if samples.size == 0 and len(time):
        raise ShapeError(f"x: expected at least one channel, got {samples.shape}")
    plan = _native.RegridPlan(
        time, float(rate_hz), float(max_gap_s), None if origin_s is None else float(origin_s)
    )
    data = np.empty((plan.rows, *samples.shape[1:]), samples.dtype)
    run = plan.run_f32 if samples.dtype == np.float32 else plan.run_f64
    run(samples.reshape(len(time), -1), data.reshape(plan.rows, -1))
    return Regridded(
        data=data,
        start_s=plan.start_s,
        rate_hz=float(rate_hz),
        gaps=plan.gaps.reshape(-1, 2),
        report=ClockReport(*plan.report),
    )


def _signals(x: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the signal, and a view of it as ``(N, T, C)``."""
    if np.ndim(x) not in (1, 2, 3):
        raise ShapeError(f"x: expected (T,), (T, C) or (N, T, C), got {np.shape(x)}")
    signal = as_real("x", x)
    if signal.size == 0:
        raise ShapeError(f"x: expected at least one sample of one channel, got {signal.shape}")
    shapes = {1: (1, -1, 1), 2: (1, *signal.shape), 3: signal.shape}
    return signal, signal.reshape(shapes[signal.ndim])


def _with_length(signal: NDArray[Any], n: int) -> tuple[int, ...]:
    time_axis = 1 if signal.ndim == 3 else 0
    return (*signal.shape[:time_axis], n, *signal.shape[time_axis + 1 :])


def _rate(name: str, hz: float) -> float:
    try:
        rate = float(hz)
    except (TypeError, ValueError):
        raise InputError(f"{name}: expected a rate in Hz, got {hz!r}") from None
    if not (math.isfinite(rate) and rate > 0):
        raise InputError(f"{name}: expected a finite rate above 0, got {rate}")
    return rate


@functools.lru_cache(maxsize=256)
def _ratio(from_hz: float, to_hz: float) -> tuple[int, int]:
    """Return ``to_hz / from_hz`` as whole numbers in lowest terms."""
    exact = Fraction(to_hz) / Fraction(from_hz)
    near = exact.limit_denominator(_MAX_TERM)
    small = 0 < near.numerator <= _MAX_TERM
    if not small or abs(near / exact - 1) > Fraction(1, 10**9):
        raise InputError(
            f"from_hz, to_hz: expected rates in a ratio of whole numbers up to {_MAX_TERM}, got "
            f"{from_hz} and {to_hz}; use kinefuse.regrid for any other ratio"
        )
    return near.numerator, near.denominator
