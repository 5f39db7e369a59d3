"""Recursive filters: Butterworth design, forward and zero-phase filtering, gravity separation.

Filters are second-order sections, ``(n, 6)`` arrays of ``[b0, b1, b2, 1, a1, a2]`` as SciPy's.
State and arithmetic are float64 whatever the samples: a slow filter in single precision is off by
parts in a thousand.

Missing samples do not reach others. In a recursive filter a NaN would stay for ever; here each
channel is filtered in the runs between its missing values, each run as a recording of its own.
"""

import operator
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real, gap_rows, output
from kinefuse.errors import ConfigError, DtypeError, InputError, ShapeError

__all__ = [
    "GravityAndBody",
    "design_butterworth",
    "filter_sos",
    "filter_zero_phase",
    "make_state",
    "separate_gravity",
]


def design_butterworth(
    order: int,
    cutoff_hz: float | tuple[float, float],
    *,
    rate_hz: float,
    kind: Literal["lowpass", "highpass", "bandpass", "bandstop"] = "lowpass",
) -> NDArray[np.float64]:
    """Design a Butterworth filter: maximally flat where it passes.

    Parameters
    ----------
    order : int
        1 to 20. Beyond the edge the gain falls by 6 dB times the order for each octave.
    cutoff_hz : float or (low, high)
        Where half the power passes, in Hz; two frequencies for a band.
    rate_hz : float
        Samples a second.
    kind : {"lowpass", "highpass", "bandpass", "bandstop"}
        What passes.

    Returns
    -------
    (n, 6) array of float64
        Second-order sections. ``n`` is half the order, rounded up; the order for a band.

    Raises
    ------
    InputError
        An order, rate or frequency out of range; a cut-off so low that double precision cannot
        tell it from 0.
    ConfigError
        Another kind.

    Notes
    -----
    The bilinear transform with pre-warped frequencies, and the pairing of poles and zeros, are
    those of ``scipy.signal.butter(..., output="sos")``: sections and order agree to rounding.

    S. Butterworth, "On the theory of filter amplifiers", Experimental Wireless 7 (1930), 536-541.

    Examples
    --------
    >>> design_butterworth(2, 25, rate_hz=100).round(4)
    array([[0.2929, 0.5858, 0.2929, 1.    , 0.    , 0.1716]])
    >>> design_butterworth(4, (0.5, 20), rate_hz=100, kind="bandpass").shape
    (4, 6)
    """
    if not isinstance(kind, str):
        raise ConfigError(f"kind: expected 'lowpass', 'highpass', ... got {kind!r}")
    try:
        order = operator.index(order)
    except TypeError:
        raise InputError(f"order: expected a whole number, got {order!r}") from None
    if not 0 <= order <= 1000:
        raise InputError(f"order: expected 1 to 20, got {order}")
    edges = _numbers("cutoff_hz", cutoff_hz)
    if edges.ndim > 1 or edges.size > 2:
        raise InputError(f"cutoff_hz: expected one or two frequencies, got {edges.shape}")
    rate = _numbers("rate_hz", rate_hz)
    if rate.size != 1:
        raise InputError(f"rate_hz: expected one number, got {rate.size}")
    sos = _native.design_butterworth(order, kind, edges.tolist(), rate.item())
    return sos.reshape(-1, 6)


def make_state(
    sos: ArrayLike, n_channels: int, *, start: Literal["steady", "rest"] = "steady"
) -> NDArray[np.float64]:
    """Make the state with which :func:`filter_sos` begins a stream.

    Parameters
    ----------
    sos : (n, 6) array
        The filter.
    n_channels : int
        Channels of the stream.
    start : {"steady", "rest"}
        As if the first value had been there for ever, so that gravity does not rise from 0; or
        after zeros.

    Returns
    -------
    (n, 2, n_channels) array of float64
        All NaN (not begun) or all zero.

    Examples
    --------
    >>> make_state(design_butterworth(4, 5, rate_hz=50), 3, start="rest").shape
    (2, 2, 3)
    """
    if not isinstance(start, str) or start not in ("steady", "rest"):
        raise ConfigError(f"start: expected 'steady' or 'rest', got {start!r}")
    try:
        n_channels = operator.index(n_channels)
    except TypeError:
        raise InputError(f"n_channels: expected a whole number, got {n_channels!r}") from None
    if not 1 <= n_channels <= 2**24:
        raise InputError(f"n_channels: expected at least 1 channel, got {n_channels}")
    return np.full((len(_sections(sos)), 2, n_channels), np.nan if start == "steady" else 0.0)


def filter_sos(
    x: ArrayLike,
    sos: ArrayLike,
    *,
    state: NDArray[np.float64] | None = None,
    gaps: ArrayLike | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Filter forward in time, as samples come.

    Parameters
    ----------
    x : (T,), (T, C) or (N, T, C) array of float32 or float64
        Signal, channels, or many signals of the same length; ``T`` may be 0. Integers count as
        float64.
    sos : (n, 6) array
        Second-order sections of a stable filter.
    state : (n, 2), (n, 2, C) or (N, n, 2, C) array of float64, optional
        What the filter remembers (:func:`make_state`). It is changed in place, so that the next
        block of a stream goes on where this one ended. Without it the filter begins after zeros.
    gaps : (G, 2) array of int, optional
        ``[row, missing]``: before that row samples are missing, as :func:`kinefuse.regrid` returns;
        the filter begins anew there. Not for many signals.
    out : array, optional
        Where to write: the shape and type of ``x``.

    Returns
    -------
    array of the shape and type of ``x``

    Raises
    ------
    ShapeError
        ``x`` has no channel or more than three axes; ``sos``, ``state``, ``gaps`` or ``out`` has
        another shape.
    DtypeError
        Values that are no real numbers, gaps that are no integers, a ``state`` that is not float64.
    InputError
        An unstable filter, ``a0`` other than 1, gaps out of order.

    Notes
    -----
    Equals ``scipy.signal.sosfilt(sos, x.astype(float))``; transposed direct form II in float64.
    Blocks of any size give the same bytes as one.

    A value that is not finite counts as missing and gives NaN. The channel begins anew at its next
    finite value, as if that had been there for ever. Where a channel has not begun, ``state`` is
    NaN.

    Examples
    --------
    >>> import numpy as np
    >>> sos = design_butterworth(4, 5, rate_hz=50)
    >>> x = np.random.default_rng(0).normal(size=(100, 3))
    >>> state = make_state(sos, 3)
    >>> parts = [filter_sos(block, sos, state=state) for block in (x[:33], x[33:])]
    >>> whole = filter_sos(x, sos, state=make_state(sos, 3))
    >>> np.array_equal(np.concatenate(parts), whole)
    True
    """
    signal, items = _signals(x)
    sections = _sections(sos)
    run = _native.SosFilter(sections.ravel())
    shape = (len(sections), 2, *signal.shape[signal.ndim - (signal.ndim > 1) :])
    shape = (items.shape[0], *shape) if signal.ndim == 3 else shape
    if state is None:
        state = np.zeros(shape)
    elif not isinstance(state, np.ndarray) or state.dtype != np.float64:
        raise DtypeError(f"state: expected an array of float64, got {_kind(state)}")
    elif state.shape != shape:
        raise ShapeError(f"state: expected shape {shape}, got {state.shape}")
    elif not (state.flags.c_contiguous and state.flags.writeable and state.dtype.isnative):
        raise InputError("state: expected a writeable C-contiguous array: it is changed in place")
    cuts = _cuts(gaps, signal)
    for name, other in (("x", signal), ("out", out)):
        if isinstance(other, np.ndarray) and np.may_share_memory(state, other):
            raise InputError(f"state: expected memory of its own, it overlaps {name}")
    out = output(out, signal.shape, signal.dtype, reads=signal)
    into = out.reshape(items.shape)
    call = run.run_f32 if signal.dtype == np.float32 else run.run_f64
    call(items, cuts, state.reshape(-1), into)
    return out


def filter_zero_phase(
    x: ArrayLike,
    sos: ArrayLike,
    *,
    gaps: ArrayLike | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Filter forward and backward: no delay, the filter's gain squared.

    Parameters
    ----------
    x : (T,), (T, C) or (N, T, C) array of float32 or float64
        Signal, channels, or many signals of the same length. Integers count as float64.
    sos : (n, 6) array
        Second-order sections of a stable filter.
    gaps : (G, 2) array of int, optional
        ``[row, missing]``: before that row samples are missing, as :func:`kinefuse.regrid` returns;
        each side of a gap is filtered on its own. Not for many signals.
    out : array, optional
        Where to write: the shape and type of ``x``.

    Returns
    -------
    array of the shape and type of ``x``

    Raises
    ------
    ShapeError, DtypeError, InputError
        As :func:`filter_sos`; and ``x`` must hold a sample.

    Notes
    -----
    Equals ``scipy.signal.sosfiltfilt`` with its defaults: the signal is extended at both ends,
    mirrored through its end points, by ``3 * (2 * n + 1)`` samples (fewer for an odd order), and
    each pass begins in the steady state of its first sample. float64 agrees to 1e-12 of the largest
    value, float32 to 1e-6 of SciPy's result in float64. SciPy refuses signals no longer than the
    extension; here they are extended by as much as they have.

    A value that is not finite counts as missing and gives NaN; each run of a channel between
    missing values is filtered on its own.

    F. Gustafsson, "Determining the initial states in forward-backward filtering", IEEE Transactions
    on Signal Processing 44 (1996), 988-992, discusses the ends.

    Examples
    --------
    >>> import numpy as np
    >>> time_s = np.arange(500) / 100
    >>> slow, fast = np.sin(2 * np.pi * time_s), np.sin(2 * np.pi * 30 * time_s)
    >>> smooth = filter_zero_phase(slow + fast, design_butterworth(4, 10, rate_hz=100))
    >>> bool(np.abs(smooth - slow)[50:-50].max() < 1e-3)
    True
    """
    signal, items = _signals(x)
    if signal.size == 0:
        raise ShapeError(f"x: expected at least one sample, got {signal.shape}")
    run = _native.SosFilter(_sections(sos).ravel())
    cuts = _cuts(gaps, signal)
    out = output(out, signal.shape, signal.dtype, reads=signal)
    call = run.zero_phase_f32 if signal.dtype == np.float32 else run.zero_phase_f64
    call(items, cuts, out.reshape(items.shape))
    return out


class GravityAndBody(NamedTuple):
    """An acceleration in two parts that add up to it."""

    gravity: NDArray[Any]
    body: NDArray[Any]


def separate_gravity(
    acc: ArrayLike,
    *,
    rate_hz: float,
    cutoff_hz: float = 0.3,
    order: int = 3,
    gaps: ArrayLike | None = None,
) -> GravityAndBody:
    """Separate acceleration into what changes slowly (gravity) and the rest (the body's motion).

    Parameters
    ----------
    acc : (T, C) or (N, T, C) array of float32 or float64
        Acceleration, in any unit.
    rate_hz : float
        Samples a second.
    cutoff_hz : float
        Gravity is what a zero-phase Butterworth lowpass of this frequency lets through.
    order : int
        Its order.
    gaps : (G, 2) array of int, optional
        As for :func:`filter_zero_phase`.

    Returns
    -------
    gravity, body : arrays of the shape and type of ``acc``
        ``body`` is ``acc - gravity``. NaN where ``acc`` is not finite, and nowhere else.

    Raises
    ------
    ShapeError, DtypeError, InputError
        As :func:`design_butterworth` and :func:`filter_zero_phase`.

    Notes
    -----
    The split of D. Anguita et al., "A public domain dataset for human activity recognition using
    smartphones", ESANN 2013: a Butterworth lowpass of order 3 at 0.3 Hz. Theirs runs forward only;
    this one does not delay. Turns of the sensor faster than the cut-off count as motion.

    Examples
    --------
    >>> import numpy as np
    >>> time_s = np.arange(1000) / 50
    >>> acc = np.stack([0.2 * np.sin(2 * np.pi * 2 * time_s), np.ones(1000)], axis=1)
    >>> gravity, body = separate_gravity(acc, rate_hz=50)
    >>> bool(np.abs(gravity[100:-100] - [0, 1]).max() < 1e-2)
    True
    """
    signal = as_real("acc", acc)
    if signal.ndim not in (2, 3) or signal.size == 0:
        raise ShapeError(f"acc: expected (T, C) or (N, T, C) with samples, got {signal.shape}")
    sos = design_butterworth(order, cutoff_hz, rate_hz=rate_hz)
    gravity = filter_zero_phase(signal, sos, gaps=gaps)
    return GravityAndBody(gravity, signal - gravity)


def _signals(x: ArrayLike) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the signal, and a view of it as ``(N, T, C)``."""
    signal = as_real("x", x)
    if np.ndim(x) not in (1, 2, 3):
        raise ShapeError(f"x: expected (T,), (T, C) or (N, T, C), got {np.shape(x)}")
    shape = {1: (1, len(signal), 1), 2: (1, *signal.shape), 3: signal.shape}[signal.ndim]
    if shape[0] == 0 or shape[2] == 0:
        raise ShapeError(f"x: expected at least one channel, got {signal.shape}")
    return signal, signal.reshape(shape)


def _sections(sos: ArrayLike) -> NDArray[np.float64]:
    sections = _numbers("sos", sos)
    if sections.ndim != 2 or sections.shape[1] != 6 or len(sections) == 0:
        raise ShapeError(f"sos: expected (n, 6), got {sections.shape}")
    return np.ascontiguousarray(sections)


def _cuts(gaps: ArrayLike | None, signal: NDArray[Any]) -> list[int]:
    """Return the rows before which time is missing."""
    if gaps is not None and signal.ndim == 3:
        raise ShapeError(f"gaps: expected one signal with them, got {signal.shape}")
    return gap_rows(gaps, len(signal))


def _numbers(name: str, value: ArrayLike) -> NDArray[np.float64]:
    return as_real(name, value).astype(np.float64, copy=False)


def _kind(value: object) -> str:
    return str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__
