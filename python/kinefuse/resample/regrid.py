"""From an irregular clock to a uniform grid."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real
from kinefuse.clock import ClockReport, stamps
from kinefuse.errors import ShapeError
from kinefuse.resample._signals import check_choice, number

__all__ = ["Interpolation", "Regridded", "regrid"]

Interpolation = Literal["linear", "nearest", "cubic", "pchip"]
"""How values between two samples are found."""


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
    interpolation: Interpolation = "linear",
    antialias: bool = True,
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
    interpolation : {"linear", "nearest", "cubic", "pchip"}, optional
        How values between samples are found: by straight lines; as that of the nearest sample (the
        earlier of two); by the "not-a-knot" spline of each gap-free segment; by the monotone cubics
        of Fritsch and Butland (1984), which do not overshoot.
    antialias : bool, optional
        Whether a lower rate is reached through the filter of :func:`resample`. Without it, what
        lies above the new Nyquist frequency folds into the signal.

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
        own step; ``interpolation`` is none of these.
    TimeError
        The clock cannot be repaired, or its rate is more than 10,000 times off ``rate_hz``.

    Notes
    -----
    Where the rate stays or rises, or without ``antialias``, grid points are interpolated: within
    each segment as by ``numpy.interp``, ``scipy.interpolate.CubicSpline`` or
    ``PchipInterpolator``. Where the rate falls by more than 5 %, interpolation leads to a grid
    ``k`` times as fine, at least as fine as the clock, and the filter of :func:`resample` by
    ``1 / k`` from there; segments are mirrored at their ends, so that an offset such as gravity
    does not droop.

    A NaN in ``x`` makes NaN of the grid points between it and its neighbours in time, and of no
    other: filters and splines see a straight line in its place.

    Examples
    --------
    >>> import numpy as np
    >>> time_s = np.delete(np.arange(500) / 100, slice(200, 300))
    >>> grid = regrid(time_s, np.sin(time_s)[:, None], rate_hz=50, max_gap_s=0.1)
    >>> grid.data.shape, grid.gaps.tolist()
    ((200, 1), [[100, 50]])
    """
    check_choice("interpolation", interpolation, get_args(Interpolation))
    return regrid_rows(
        time_s,
        x,
        rate_hz=rate_hz,
        max_gap_s=max_gap_s,
        origin_s=origin_s,
        interpolation=interpolation,
        antialias=antialias,
    )


def regrid_rows(
    time_s: ArrayLike,
    x: ArrayLike,
    *,
    rate_hz: float,
    max_gap_s: float,
    origin_s: float | None,
    interpolation: Interpolation = "linear",
    antialias: bool = True,
    reported: tuple[int, int] | None = None,
) -> Regridded:
    """Do what :func:`regrid` does, for a piece of a recording.

    The report is of the rows ``reported``, first and end, those around them being context; with
    it, a piece in which there is no grid point has no row and is no error.
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
        time,
        number("rate_hz", rate_hz),
        number("max_gap_s", max_gap_s),
        None if origin_s is None else number("origin_s", origin_s),
        bool(antialias),
        reported,
    )
    data = np.empty((plan.rows, *samples.shape[1:]), samples.dtype)
    run = plan.run_f32 if samples.dtype == np.float32 else plan.run_f64
    run(samples.reshape(len(time), -1), interpolation, data.reshape(plan.rows, -1))
    return Regridded(
        data=data,
        start_s=plan.start_s,
        rate_hz=float(rate_hz),
        gaps=plan.gaps.reshape(-1, 2),
        report=ClockReport(*plan.report),
    )
