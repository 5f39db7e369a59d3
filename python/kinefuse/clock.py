"""Clocks: at what rate stamps come, which of them can be used, where time is missing."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real
from kinefuse.errors import DtypeError, ShapeError

__all__ = ["ClockReport", "Repaired", "infer_rate", "repair"]


@dataclass(frozen=True)
class ClockReport:
    """What was found in a clock and what was done about it.

    Attributes
    ----------
    rows_in, rows_out : int
        Rows given; rows of the repaired clock, or of the uniform grid.
    nonfinite, repeated, backward : int
        Rows dropped because their stamp is NaN or infinite, repeats another, is out of order.
    isolated : int
        Rows lost because they lie between two gaps with no grid point among them.
    bridged : int
        Holes (steps of more than 1.5 typical ones) no longer than the limit, closed by
        interpolation.
    gaps : int
        Holes longer than the limit, kept.
    missing_s : float
        Time missing in the gaps, in seconds.
    rate_hz : float
        Measured samples a second where none is missing.
    jitter_s : float
        Root mean square deviation of a step from the typical one, in seconds.
    """

    rows_in: int
    rows_out: int
    nonfinite: int
    repeated: int
    backward: int
    isolated: int
    bridged: int
    gaps: int
    missing_s: float
    rate_hz: float
    jitter_s: float

    @property
    def dropped(self) -> int:
        """Rows that could not be used, for whatever reason."""
        return self.nonfinite + self.repeated + self.backward + self.isolated

    def __str__(self) -> str:
        said = [
            f"{self.rows_in} rows at {self.rate_hz:.6g} Hz (jitter {self.jitter_s * 1e3:.3f} ms)"
            f" to {self.rows_out}"
        ]
        dropped = {
            "without a finite stamp": self.nonfinite,
            "with a repeated stamp": self.repeated,
            "out of order": self.backward,
            "between two gaps": self.isolated,
        }
        said += [f"dropped {count} {why}" for why, count in dropped.items() if count]
        if self.bridged:
            said.append(f"{self.bridged} short holes bridged")
        if self.gaps:
            said.append(f"{self.gaps} gaps of {self.missing_s:.6g} s in all kept")
        return "; ".join(said)


@dataclass(frozen=True)
class Repaired:
    """A clock that can be used.

    Attributes
    ----------
    time_s : (K,) array of float64
        Stamps in seconds, finite and strictly increasing.
    rows : (K,) array of int64
        The rows they came from: ``x[rows]`` are their samples.
    report : ClockReport
    """

    time_s: NDArray[np.float64]
    rows: NDArray[np.int64]
    report: ClockReport


def infer_rate(time_s: ArrayLike) -> float:
    """Return the rate of a clock in Hz: samples a second where none is missing.

    The mean of the steps that are within half of the median one, after :func:`repair`. Rounded
    stamps and missing samples do not matter; stamps that come in bursts do.

    Parameters
    ----------
    time_s : (T,) array of float
        Stamps in seconds.

    Raises
    ------
    ShapeError, DtypeError
        ``time_s`` is not a row of at least two stamps in seconds.
    TimeError
        The clock cannot be repaired.

    Examples
    --------
    >>> round(infer_rate([0.0, 0.033, 0.067, 0.1, 0.2, 0.233, 0.267, 0.3]), 1)
    30.0
    """
    return _native.infer_rate(stamps(time_s))


def repair(time_s: ArrayLike, *, max_gap_s: float = math.inf) -> Repaired:
    """Drop the fewest rows that leave the stamps finite and strictly increasing.

    Of equal stamps the first stays. One stamp far ahead of its neighbours costs one row, not all
    that follow it.

    Parameters
    ----------
    time_s : (T,) array of float
        Stamps in seconds.
    max_gap_s : float
        Longer steps are counted as gaps, in seconds.

    Raises
    ------
    ShapeError, DtypeError
        ``time_s`` is not a row of at least two stamps in seconds.
    InputError
        ``max_gap_s`` is not positive, or shorter than the clock's own step.
    TimeError
        Fewer than two different stamps are left; or more than one, and more than a tenth of all,
        are out of order: the clock was set back, and no row can be trusted.

    Examples
    --------
    >>> found = repair([0.0, 0.1, 0.1, 0.2, float("nan"), 0.4, 0.5])
    >>> found.rows
    array([0, 1, 3, 5, 6])
    >>> print(found.report)
    7 rows at 10 Hz (jitter 0.000 ms) to 5; dropped 1 without a finite stamp; dropped 1 with a \
repeated stamp; 1 short holes bridged
    """
    time = stamps(time_s)
    rows, fields = _native.repair_clock(time, float(max_gap_s))
    kept = np.arange(time.size) if rows is None else rows.astype(np.int64)
    return Repaired(time_s=time[kept], rows=kept, report=ClockReport(*fields))


def stamps(time_s: ArrayLike) -> NDArray[np.float64]:
    """Return stamps as float64 seconds; refuse what is not plainly seconds."""
    found: NDArray[Any] = np.asarray(time_s)
    if found.dtype.kind in "mM":
        raise DtypeError(
            f"time_s: expected seconds as float64, got {found.dtype}: "
            "use (time - time[0]) / np.timedelta64(1, 's')"
        )
    if found.dtype.kind in "biu" and found.size:
        raise DtypeError(
            f"time_s: expected seconds as float64, got {found.dtype}: "
            "use time_ns / 1e9 for nanoseconds, time_s.astype(float) for whole seconds"
        )
    if found.ndim != 1:
        raise ShapeError(f"time_s: expected (T,), got {found.shape}")
    return as_real("time_s", found).astype(np.float64, copy=False)
