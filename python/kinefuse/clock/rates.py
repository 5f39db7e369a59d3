"""At what rate stamps come."""

import math
from dataclasses import dataclass
from typing import Any

from kinefuse import _native
from kinefuse.clock.arguments import number
from kinefuse.clock.seconds import TimeUnit, to_seconds
from kinefuse.errors import InputError

__all__ = ["TrueRate", "estimate_rate", "infer_rate"]


def infer_rate(time: Any, *, unit: TimeUnit | None = None) -> float:
    """Return the rate of a clock in Hz: samples a second where none is missing.

    The mean of the steps that are within half of the median one, after :func:`repair`; where
    packets were spread, the median over spans of 256 samples. Rounded stamps and missing samples do
    not matter.

    Parameters
    ----------
    time : (T,) time column of any kind
        As :func:`to_seconds` takes it: seconds, milliseconds, micro- or nanoseconds, ISO texts,
        dates.
    unit : {"s", "ms", "us", "ns"}, optional
        What numbers count; guessed if not given.

    Raises
    ------
    ShapeError, DtypeError, InputError
        As :func:`to_seconds`; fewer than two stamps.
    TimeError
        The clock cannot be repaired.

    Examples
    --------
    >>> round(infer_rate([0.0, 0.033, 0.067, 0.1, 0.2, 0.233, 0.267, 0.3]), 1)
    30.0
    >>> infer_rate([1648531521000, 1648531521020, 1648531521040])
    50.0
    >>> infer_rate(["2022-03-29T14:25:22+09:00", "2022-03-29T14:25:22.250+09:00"])
    4.0
    """
    return _native.infer_rate(to_seconds(time, unit=unit).time_s)


@dataclass(frozen=True)
class TrueRate:
    """What a clock's own stamps say of its rate.

    Attributes
    ----------
    rate_hz : float
        Samples a second.
    error_ppm : float
        Its standard error, in millionths.
    drift_ppm : float
        By how much it is faster than the nominal rate, in millionths; NaN without one.
    residual_s : float
        Root mean square distance of the stamps from evenly spaced samples, in seconds.
    runs : int
        Runs without a long hole that were used.
    lost : int
        Samples missing in the holes within runs.
    """

    rate_hz: float
    error_ppm: float
    drift_ppm: float
    residual_s: float
    runs: int
    lost: int


def estimate_rate(
    time: Any,
    *,
    nominal_hz: float | None = None,
    max_gap_s: float = math.inf,
    unit: TimeUnit | None = None,
) -> TrueRate:
    """Return the true rate of a clock whose rate is a little off, or drifts.

    A straight line of the stamps over the samples' numbers, one for each run without a long hole,
    all of one slope, fitted so that stamps far off it do not count. A hole counts as missing
    samples unless the stamps that follow make up for it.

    Parameters
    ----------
    time : (T,) time column of any kind
        As :func:`to_seconds` takes it.
    nominal_hz : float, optional
        The rate that the device is said to have.
    max_gap_s : float
        Longer steps end a run, in seconds; steps 50 times the typical one always do.
    unit : {"s", "ms", "us", "ns"}, optional
        What numbers count; guessed if not given.

    Raises
    ------
    ShapeError, DtypeError, InputError
        As :func:`infer_rate`; ``nominal_hz`` or ``max_gap_s`` is not positive.
    TimeError
        The clock cannot be repaired; no run has 16 samples.

    Notes
    -----
    The slope is at first the median one between points half a run apart, then refined by iterated
    weighted least squares with Tukey's biweight (Holland and Welsch 1977). The error is that of the
    fit: where jitter is slow rather than independent from sample to sample, it is too small.

    Examples
    --------
    >>> import numpy as np
    >>> found = estimate_rate(np.arange(100_000) / 100.002, nominal_hz=100)
    >>> round(found.drift_ppm, 3), found.runs
    (20.0, 1)
    """
    nominal = None if nominal_hz is None else number("nominal_hz", nominal_hz, "a rate in Hz")
    limit = number("max_gap_s", max_gap_s)
    if nominal is not None and not 0 < nominal < math.inf:
        raise InputError(f"nominal_hz: expected a finite rate above 0, got {nominal_hz!r}")
    time_s = to_seconds(time, unit=unit).time_s
    hz, error, residual_s, runs, lost = _native.estimate_rate(time_s, limit)
    return TrueRate(
        rate_hz=hz,
        error_ppm=error * 1e6,
        drift_ppm=math.nan if nominal is None else (hz / nominal - 1) * 1e6,
        residual_s=residual_s,
        runs=runs,
        lost=lost,
    )
