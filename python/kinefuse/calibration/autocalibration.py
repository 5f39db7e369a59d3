"""Scale and offset of an accelerometer from local gravity."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real, gap_rows, output
from kinefuse._numbers import as_count, as_number
from kinefuse.errors import InputError, ShapeError

__all__ = ["Autocalibrator", "Calibration", "autocalibrate"]


@dataclass(frozen=True, eq=False)
class Calibration:
    """What puts an accelerometer right, or why nothing does.

    Attributes
    ----------
    scale, offset, temperature_slope : (3,) arrays of float64
        ``scale * acc + offset + temperature_slope * (temperature - mean_temperature_c)`` is right,
        in g. 1, 0 and 0 where there is a ``reason`` not to correct.
    mean_temperature_c : float
        Mean temperature of the still windows; NaN where none was given.
    error_before_g, error_after_g : float
        Mean distance of the still windows from 1 g: as they are, and after the best fit (NaN where
        none was tried).
    windows, still_windows, missing_windows : int
        Whole windows; those that lay still and count; those that hold a value that is not finite.
    reason : str or None
        Why there is no correction.
    """

    scale: NDArray[np.float64]
    offset: NDArray[np.float64]
    temperature_slope: NDArray[np.float64]
    mean_temperature_c: float
    error_before_g: float
    error_after_g: float
    windows: int
    still_windows: int
    missing_windows: int
    reason: str | None

    def __str__(self) -> str:
        used = f"{self.still_windows} still windows of {self.windows}"
        if self.missing_windows:
            used += f" ({self.missing_windows} with missing values)"
        if self.reason is not None:
            return f"not calibrated: {self.reason}; {used}"
        return (
            f"calibrated: {self.error_before_g * 1e3:.1f} mg from 1 g before, "
            f"{self.error_after_g * 1e3:.1f} mg after; {used}"
        )

    def apply(
        self,
        acc_g: ArrayLike,
        *,
        temperature_c: ArrayLike | None = None,
        out: NDArray[Any] | None = None,
    ) -> NDArray[Any]:
        """Correct an acceleration. Where there is a ``reason`` not to, this is a copy.

        Parameters
        ----------
        acc_g : (..., 3) array of float32 or float64
            Acceleration in g. NaN stays NaN.
        temperature_c : (...) array, optional
            Temperature of each sample. Without it, the mean temperature of the still windows is
            assumed. A NaN makes NaN of its row.
        out : array, optional
            Where to write: the shape and type of ``acc_g``.

        Returns
        -------
        array of the shape and type of ``acc_g``

        Raises
        ------
        ShapeError, DtypeError
            Not three axes; not one temperature for each sample; not real numbers.
        """
        acc = as_real("acc_g", acc_g)
        if acc.ndim < 1 or acc.shape[-1] != 3:
            raise ShapeError(f"acc_g: expected (..., 3), got {acc.shape}")
        temperature = None
        if temperature_c is not None and self.temperature_slope.any():
            temperature = _temperature(temperature_c, acc.shape[:-1])
        out = output(out, acc.shape, acc.dtype, reads=acc)
        mean = self.mean_temperature_c
        numbers = (
            self.scale.tolist(),
            self.offset.tolist(),
            self.temperature_slope.tolist(),
            0.0 if math.isnan(mean) else mean,
        )
        correct = _native.correct_f32 if acc.dtype == np.float32 else _native.correct_f64
        correct(acc.reshape(-1, 3), numbers, temperature, out.reshape(-1, 3))
        return out


class Autocalibrator:
    """:func:`autocalibrate` for a stream of blocks.

    Parameters
    ----------
    rate_hz, window_s, max_sd_g, min_sphere_g, min_windows, max_error_g
        As for :func:`autocalibrate`.
    with_temperature : bool
        Each block comes with its temperature.

    Notes
    -----
    Remembers 32 bytes for each still window, 270 kB for each day without a movement. Blocks of any
    size give the same numbers as one.

    Examples
    --------
    >>> import numpy as np
    >>> calibrator = Autocalibrator(rate_hz=50)
    >>> for block in np.array_split(np.tile([0.0, 0.0, 1.02], (30_000, 1)), 7):
    ...     calibrator.push(block)
    >>> print(calibrator.solve())
    not calibrated: no still window has x below -0.3 g: the sphere is not populated enough; \
60 still windows of 60
    """

    def __init__(
        self,
        *,
        rate_hz: float,
        window_s: float = 10.0,
        max_sd_g: float = 0.013,
        min_sphere_g: float = 0.3,
        min_windows: int = 10,
        max_error_g: float = 0.01,
        with_temperature: bool = False,
    ) -> None:
        rows = as_number("rate_hz", rate_hz, above=0.0) * as_number("window_s", window_s, above=0.0)
        if not 2 <= round(min(rows, 2**53)) < 2**53:
            raise InputError(
                f"window_s: expected at least 2 samples a window, got {window_s} s at {rate_hz} Hz"
            )
        self._criteria = (
            as_count("min_windows", min_windows),
            as_number("min_sphere_g", min_sphere_g, above=0.0),
            as_number("max_error_g", max_error_g, above=0.0),
        )
        self._with_temperature = bool(with_temperature)
        self._windows = _native.StillWindows(
            round(rows), as_number("max_sd_g", max_sd_g, above=0.0), self._with_temperature
        )

    def push(self, acc_g: ArrayLike, *, temperature_c: ArrayLike | None = None) -> None:
        """Take the next rows, ``(T, 3)``, and a temperature each if so made.

        Raises
        ------
        ShapeError, DtypeError
            Not three axes; not one temperature for each row; not real numbers.
        InputError
            A temperature where none was expected, or none where one was.
        """
        acc = as_real("acc_g", acc_g)
        if acc.ndim != 2 or acc.shape[1] != 3:
            raise ShapeError(f"acc_g: expected (T, 3), got {acc.shape}")
        if (temperature_c is not None) != self._with_temperature:
            raise InputError("temperature_c: expected with every block or with none")
        temperature = None if temperature_c is None else _temperature(temperature_c, acc.shape[:1])
        windows = self._windows
        push = windows.push_f32 if acc.dtype == np.float32 else windows.push_f64
        push(acc, temperature)

    def interrupt(self) -> None:
        """Say that time is missing here: no window reaches over it."""
        self._windows.interrupt()

    def solve(self) -> Calibration:
        """Return the calibration that the rows so far tell. More may follow."""
        (scale, offset, slope, mean), numbers, reason = self._windows.solve(*self._criteria)
        return Calibration(
            np.array(scale),
            np.array(offset),
            np.array(slope),
            mean if self._with_temperature else math.nan,
            *numbers,
            reason,
        )


def autocalibrate(
    acc_g: ArrayLike,
    *,
    rate_hz: float,
    temperature_c: ArrayLike | None = None,
    gaps: ArrayLike | None = None,
    window_s: float = 10.0,
    max_sd_g: float = 0.013,
    min_sphere_g: float = 0.3,
    min_windows: int = 10,
    max_error_g: float = 0.01,
) -> Calibration:
    """Find an accelerometer's scale and offset from the times it lay still.

    At rest a sensor measures 1 g whatever its posture. Still windows are brought onto that sphere.

    Parameters
    ----------
    acc_g : (T, 3) array of float32 or float64
        Acceleration in g, days of it rather than hours: it must have lain in many postures.
    rate_hz : float
        Samples a second.
    temperature_c : (T,) array, optional
        The sensor's temperature: a slope over it is fitted as well.
    gaps : (G, 2) array of int, optional
        ``[row, missing]``, as :func:`kinefuse.regrid` returns: no window reaches over a gap.
    window_s : float
        Length of a window in seconds.
    max_sd_g : float
        A window is still where the standard deviation along every axis is smaller.
    min_sphere_g : float
        Each axis must have a still window below minus this and one above it.
    min_windows : int
        Still windows needed.
    max_error_g : float
        The mean distance from 1 g that may be left.

    Returns
    -------
    Calibration
        Its ``reason`` says why there is no correction, where there is none.

    Raises
    ------
    ShapeError, DtypeError
        Not ``(T, 3)``, not one temperature for each row, not real numbers.
    InputError
        A setting out of range; gaps out of order.

    Notes
    -----
    V. T. van Hees et al., "Autocalibration of accelerometer data for free-living physical activity
    assessment using local gravity and temperature: an evaluation on four continents", Journal of
    Applied Physiology 117 (2014), 738-744, with the steps and defaults of its reference
    implementation GGIR: 10-second windows; still below 13 mg and under 2 g along every axis; an
    iterative closest-point fit, axis by axis, postures weighted by the inverse of their distance
    from the sphere (at most 1 / 10 mg); accepted if the error has not grown and is below 10 mg.

    A window that holds a value that is not finite is left out and counted.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> postures = rng.normal(size=(200, 3))
    >>> postures /= np.linalg.norm(postures, axis=1, keepdims=True)
    >>> true = np.repeat(postures, 500, axis=0) + rng.normal(0, 0.002, (100_000, 3))
    >>> found = autocalibrate((true - [0.02, 0.01, -0.01]) / [1.01, 0.99, 1], rate_hz=50)
    >>> print(found)
    calibrated: 12.3 mg from 1 g before, 0.1 mg after; 200 still windows of 200
    >>> found.scale.round(3), found.offset.round(3)
    (array([1.01, 0.99, 1.  ]), array([ 0.02,  0.01, -0.01]))
    """
    acc = as_real("acc_g", acc_g)
    if acc.ndim != 2 or acc.shape[1] != 3:
        raise ShapeError(f"acc_g: expected (T, 3), got {acc.shape}")
    temperature = None if temperature_c is None else _temperature(temperature_c, acc.shape[:1])
    calibrator = Autocalibrator(
        rate_hz=rate_hz,
        window_s=window_s,
        max_sd_g=max_sd_g,
        min_sphere_g=min_sphere_g,
        min_windows=min_windows,
        max_error_g=max_error_g,
        with_temperature=temperature is not None,
    )
    start = 0
    for end in [*gap_rows(gaps, len(acc)), len(acc)]:
        if end < start:
            raise InputError(f"gaps: expected rows that increase, got {end} after {start}")
        part = None if temperature is None else temperature[start:end]
        calibrator.push(acc[start:end], temperature_c=part)
        calibrator.interrupt()
        start = end
    return calibrator.solve()


def _temperature(temperature_c: ArrayLike, shape: tuple[int, ...]) -> NDArray[np.float64]:
    temperature = as_real("temperature_c", temperature_c).astype(np.float64, copy=False)
    if temperature.size != math.prod(shape) or temperature.shape != (shape or (1,)):
        raise ShapeError(
            f"temperature_c: expected {shape}, one for each sample, got {temperature.shape}"
        )
    return temperature.reshape(-1)
