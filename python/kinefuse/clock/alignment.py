"""Two devices on one time line: from how they move, or from events that both saw."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real
from kinefuse.clock.arguments import number
from kinefuse.clock.seconds import stamps
from kinefuse.errors import InputError, ShapeError

__all__ = ["Alignment", "align", "align_events"]


@dataclass(frozen=True, eq=False)
class Alignment:
    """What the clock of one device, ``a``, says more than that of another, ``b``.

    Attributes
    ----------
    offset_s : float
        At ``reference_s``, in seconds: ``b`` is behind if it is positive.
    drift_ppm : float
        By how much the offset grows, in millionths; NaN if there were too few matches to tell, or
        nobody asked.
    reference_s : float
        A time on the clock of ``b``, in seconds.
    offset_error_s, drift_error_ppm : float
        Standard errors of the fit; NaN where there is none.
    confidence : float
        The share of windows (events) that lie on the line, times their median correlation (for
        events 1): 1 is certain, near 0 is chance.
    rival : float
        The score of the best other offset as a share of that of the best: near 1, what was seen
        repeats itself (walking), and the offset may be wrong by a period.
    matches : polars.DataFrame
        What it was read from, a row a window or pair of events: ``time_s`` on the clock of ``b``,
        ``offset_s``, ``correlation``, ``used``.
    """

    offset_s: float
    drift_ppm: float
    reference_s: float
    offset_error_s: float
    drift_error_ppm: float
    confidence: float
    rival: float
    matches: pl.DataFrame

    def to_a(self, time_b_s: ArrayLike) -> NDArray[np.float64]:
        """Return times on the clock of ``b`` as times on the clock of ``a``, in seconds."""
        time = as_real("time_b_s", time_b_s).astype(np.float64)
        drift = 0.0 if math.isnan(self.drift_ppm) else self.drift_ppm * 1e-6
        with np.errstate(invalid="ignore", over="ignore"):  # of infinite times
            moved: NDArray[np.float64] = time + self.offset_s + drift * (time - self.reference_s)
        return moved

    def __str__(self) -> str:
        drift = "" if math.isnan(self.drift_ppm) else f", drifting by {self.drift_ppm:.1f} ppm"
        return (
            f"a = b {self.offset_s:+.4f} s{drift}; confidence {self.confidence:.2f}, "
            f"{self.matches['used'].sum()} of {len(self.matches)} matches"
        )


def align(
    time_a_s: Any,
    a: ArrayLike,
    time_b_s: Any,
    b: ArrayLike,
    *,
    max_offset_s: float = 30.0,
    window_s: float = 20.0,
    max_gap_s: float = 1.0,
    drift: bool = True,
) -> Alignment:
    """Find the offset and drift between the clocks of two devices on one body.

    Both feel the same movements, whichever way they are turned: the magnitudes of their
    accelerations correlate best when their clocks are right.

    Parameters
    ----------
    time_a_s, time_b_s : (T,) arrays of float, or any time columns that :func:`to_seconds` takes
        Stamps of the two, in seconds; repaired as by :func:`repair`. Columns of dates keep their
        dates.
    a, b : (T,) or (T, C) arrays
        Acceleration in any unit; of several channels the Euclidean norm is taken. NaN is missing.
    max_offset_s : float
        The largest offset looked for, in seconds.
    window_s : float
        The length of the windows along the recording, in seconds, half overlapping; a third of the
        recording where that is less.
    max_gap_s : float
        Longer steps are gaps, in seconds; nothing is interpolated there.
    drift : bool
        Whether the offset may change along the recording. It is read from five windows or more.

    Raises
    ------
    ShapeError, DtypeError
        Stamps and samples do not fit together, or are no numbers.
    InputError
        A setting is not positive; nowhere do the two move alike.
    TimeError
        A clock cannot be repaired; the recordings have no time in common.

    Notes
    -----
    Magnitudes are interpolated to one grid at the higher of the two rates and freed of their mean
    over two seconds. Windows of ``a`` are correlated with ``b`` at every lag, missing values masked
    on either side (Padfield 2012, "Masked object registration in the Fourier domain"); the
    correlations of all windows are averaged, which finds the offset that most of them share. Near
    it each window has its own offset, at the top of a parabola through three lags, and a straight
    line is fitted through those: Theil and Sen's slope, then least squares with Tukey's biweight.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.arange(6000) / 50
    >>> x = np.random.default_rng(0).normal(size=6000).cumsum()
    >>> x = np.convolve(x, np.ones(5) / 5, mode="same")
    >>> found = align(time, x, time - 3.25, x)
    >>> round(found.offset_s, 3)
    3.25
    """
    seconds_a, values_a = _recorded("a", time_a_s, a)
    seconds_b, values_b = _recorded("b", time_b_s, b)
    return _alignment(
        *_native.align_clocks(
            seconds_a,
            values_a,
            seconds_b,
            values_b,
            number("max_offset_s", max_offset_s),
            number("window_s", window_s),
            number("max_gap_s", max_gap_s),
            _flag(drift),
        )
    )


def align_events(
    events_a_s: Any, events_b_s: Any, *, tolerance_s: float = 0.5, drift: bool = True
) -> Alignment:
    """Find the offset and drift between two clocks from events that both saw.

    Claps, jumps, button presses: either side may have missed some, or seen others. The order does
    not matter.

    Parameters
    ----------
    events_a_s, events_b_s : (N,) arrays of float, or any columns that :func:`to_seconds` takes
        When each clock saw an event, in seconds.
    tolerance_s : float
        How far apart, in seconds, the two may put one event when the clocks are aligned; with
        drift, also how far the offset may move along the recording until it is fitted.
    drift : bool
        Whether the offset may change. It is read from five pairs or more.

    Raises
    ------
    ShapeError, DtypeError
        Events are not rows of times.
    InputError
        No event, one that is not finite, ``tolerance_s`` not positive; no two pairs of events are
        equally far apart; more than 20 million pairs.

    Notes
    -----
    Of all differences between an event of ``a`` and one of ``b``, the densest run of
    ``tolerance_s`` tells the offset; nearest events are paired and a straight line is fitted
    through the pairs as by :func:`align`, three times over.

    Examples
    --------
    >>> found = align_events([10.0, 25.0, 31.5, 60.0], [6.0, 21.0, 56.0], tolerance_s=0.1)
    >>> found.offset_s, found.confidence
    (4.0, 1.0)
    """
    tolerance = number("tolerance_s", tolerance_s)
    a, b = stamps(events_a_s), stamps(events_b_s)
    return _alignment(*_native.align_events(a, b, tolerance, _flag(drift)))


def _recorded(
    name: str, time: Any, samples: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    seconds, values = stamps(time), as_real(name, samples)
    if values.ndim not in (1, 2) or len(values) != len(seconds):
        raise ShapeError(
            f"{name}: expected ({len(seconds)},) or ({len(seconds)}, C), one sample for each "
            f"stamp, got {values.shape}"
        )
    channels = values.shape[1] if values.ndim == 2 else 1
    return seconds, values.reshape(len(values), channels).astype(np.float64, copy=False)


def _flag(drift: object) -> bool:
    if isinstance(drift, bool | np.bool_):
        return bool(drift)
    raise InputError(f"drift: expected True or False, got {drift!r}")


def _alignment(numbers: tuple[float, ...], columns: tuple[NDArray[Any], ...]) -> Alignment:
    offset, slope, reference, offset_error, slope_error, confidence, rival = numbers
    return Alignment(
        offset_s=offset,
        drift_ppm=slope * 1e6,
        reference_s=reference,
        offset_error_s=offset_error,
        drift_error_ppm=slope_error * 1e6,
        confidence=confidence,
        rival=rival,
        matches=pl.DataFrame(
            dict(zip(("time_s", "offset_s", "correlation", "used"), columns, strict=True))
        ),
    )
