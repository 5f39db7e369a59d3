"""Windows of a signal that is still coming: push rows, get the windows that became ready."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from kinefuse import _native
from kinefuse._arrays import as_real
from kinefuse.errors import ConfigError, DtypeError, InputError, ShapeError
from kinefuse.windows import _arguments
from kinefuse.windows._arguments import number, positive, whole

__all__ = ["ReadyWindows", "StreamReport", "StreamingWindows"]

# Terms of the largest ratio of rates that is looked for, as `kinefuse.resample` does.
_MAX_TERM = 1000


class ReadyWindows(NamedTuple):
    """Windows that became ready.

    Attributes
    ----------
    data : (N, length, ...) array
        The windows.
    start_s : (N,) array of float64
        Time of the first row of each, in seconds.
    start : (N,) array of int64
        First row of each at the rate of the windows, gaps left out: the ``start`` of
        :func:`kinefuse.window_index`.
    segment : (N,) array of int32
        Gap-free segment of each, counted from 0.
    """

    data: NDArray[Any]
    start_s: NDArray[np.float64]
    start: NDArray[np.int64]
    segment: NDArray[np.int32]


@dataclass(frozen=True)
class StreamReport:
    """What became of the rows so far; complete after :meth:`StreamingWindows.flush`.

    Attributes
    ----------
    rows_in, rows : int
        Rows pushed; rows at the rate of the windows that were made of them.
    windows, segments, short_segments, unused_rows : int
        As :class:`kinefuse.windows.WindowReport` counts.
    missing_values : int
        Rows dropped because a value is NaN or infinite.
    nonfinite, repeated, backward : int
        Rows dropped because their stamp is NaN, infinite or beyond any grid, repeats another, is
        out of order.
    isolated : int
        Rows lost because they lie between two gaps with no grid point among them.
    bridged : int
        Holes (steps of more than 1.5 nominal ones) no longer than the limit, closed by
        interpolation.
    gaps : int
        Holes longer than the limit, kept.
    missing_s : float
        Time missing in the gaps, in seconds.
    """

    rows_in: int
    missing_values: int
    nonfinite: int
    repeated: int
    backward: int
    isolated: int
    bridged: int
    gaps: int
    missing_s: float
    rows: int
    windows: int
    segments: int
    short_segments: int
    unused_rows: int

    def __str__(self) -> str:
        said = [
            f"{self.rows_in} rows to {self.windows} windows from {self.segments} segments "
            f"({self.short_segments} too short, {self.unused_rows} rows unused)"
        ]
        dropped = {
            "with a missing value": self.missing_values,
            "without a usable stamp": self.nonfinite,
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


class StreamingWindows:
    """Cut windows from rows as they come, bit by bit those of the whole recording.

    Rows come without stamps at the rate of the windows; without stamps at another rate,
    ``from_hz``; or with stamps, where ``max_gap_s`` is given. How they are chunked changes nothing
    but when a window is ready.

    Parameters
    ----------
    sample_shape : int or tuple of int
        Shape of a row: channels, or ``(J, D)``.
    rate_hz : float
        Rate of the windows in Hz.
    length_s, stride_s, length, stride
        As :func:`kinefuse.window_index`; a length is needed.
    from_hz : float, optional
        Rate of the rows in Hz, in a ratio of whole numbers up to 1000 to ``rate_hz``; ``rate_hz``
        if not given. With stamps, their nominal rate, in place of the one that
        :func:`kinefuse.regrid` measures: whether and how far it is above ``rate_hz`` decides on the
        filter.
    max_gap_s : float, optional
        Rows have stamps, and the longest step in seconds that may be bridged is this one. No window
        crosses a longer one.
    origin_s : float, optional
        Grid points lie at ``origin_s`` plus whole steps; the first usable stamp if not given. Only
        with stamps.
    start_s : float
        Time of the first row in seconds. Only without stamps.
    drop_missing : bool
        With stamps: a row with a value that is not finite counts as not sampled, and is counted.
        Otherwise it makes the grid points beside it NaN, and ``from_hz`` may not be above
        ``rate_hz``. Without stamps NaN spreads as in :func:`kinefuse.resample`.
    dtype : float32 or float64
        Type of the windows; rows are converted to it.

    Raises
    ------
    InputError
        A rate, length or time that makes no sense, rates in no ratio of small whole numbers.
    ConfigError
        Another type than float32 or float64.

    Notes
    -----
    Without stamps the windows are those of ``windows(resample(x, ...), ...)``. With stamps they are
    those of :func:`kinefuse.regrid` with straight lines, of stamps at the nominal rate that only
    increase. A stream cannot know what comes: of repeated stamps the first stays, rows with a stamp
    before the last are dropped, and so is a single stamp far ahead. All of them are counted.

    A window is ready as soon as the filter has seen ``10 * max(1, from_hz / rate_hz)`` rows after
    its end, without a filter at once; with stamps a row later where a hole has just ended. A stream
    holds the rows of one window and those that the filter reaches, a few kilobytes.

    A stream may be used by several threads, one push at a time.

    Examples
    --------
    >>> import numpy as np
    >>> stream = StreamingWindows(6, rate_hz=50, length_s=2, stride_s=1, from_hz=100)
    >>> signal = np.random.default_rng(0).normal(size=(1000, 6)).astype(np.float32)
    >>> ready = [stream.push(chunk) for chunk in np.array_split(signal, 30)] + [stream.flush()]
    >>> np.concatenate([r.data for r in ready]).shape
    (9, 100, 6)
    >>> import kinefuse
    >>> whole = kinefuse.resample(signal, from_hz=100, to_hz=50)
    >>> whole = kinefuse.windows(whole, length=100, stride=50)
    >>> np.array_equal(np.concatenate([r.data for r in ready]), whole)
    True
    """

    def __init__(
        self,
        sample_shape: int | tuple[int, ...],
        *,
        rate_hz: float,
        length_s: float | None = None,
        stride_s: float | None = None,
        length: int | None = None,
        stride: float | None = None,
        from_hz: float | None = None,
        max_gap_s: float | None = None,
        origin_s: float | None = None,
        start_s: float = 0.0,
        drop_missing: bool = True,
        dtype: DTypeLike = np.float32,
    ) -> None:
        shape = (sample_shape,) if not isinstance(sample_shape, tuple | list) else sample_shape
        self._shape = tuple(whole("sample_shape", n, least=1) for n in shape)
        try:
            self._dtype = np.dtype(dtype)
        except TypeError:
            raise ConfigError(f"dtype: expected float32 or float64, got {dtype!r}") from None
        if self._dtype not in (np.float32, np.float64) or not self._dtype.isnative:
            raise ConfigError(f"dtype: expected float32 or float64, got {self._dtype}")
        step = _arguments.step(rate_hz, length_s, stride_s, length, stride)
        if step is None:
            raise InputError("length_s: expected length_s or length, got neither")
        rate = positive("rate_hz", rate_hz)
        nominal = rate if from_hz is None else positive("from_hz", from_hz)
        stamps = None
        if max_gap_s is not None:
            origin = None if origin_s is None else number("origin_s", origin_s, "seconds")
            stamps = (nominal, positive("max_gap_s", max_gap_s), origin, bool(drop_missing))
        elif origin_s is not None:
            raise InputError("origin_s: expected max_gap_s with it, for rows with stamps")
        self._stamped = stamps is not None
        self._length = step[0]
        self._arguments: dict[str, Any] = {
            "rate_hz": rate,
            "step": step,
            "ratio": None if self._stamped or nominal == rate else _ratio(nominal, rate),
            "stamps": stamps,
            "start_s": number("start_s", start_s, "a time in seconds"),
        }
        self._stream = self._new()

    def _new(self) -> "_native.StreamingWindowsF32 | _native.StreamingWindowsF64":
        single = self._dtype == np.float32
        make = _native.StreamingWindowsF32 if single else _native.StreamingWindowsF64
        return make(min(math.prod(self._shape), 2**53), **self._arguments)

    def push(self, x: ArrayLike, time_s: ArrayLike | None = None) -> ReadyWindows:
        """Take rows, and return the windows that they complete.

        Parameters
        ----------
        x : (n, ...) array, or one row
            Any number of rows, 0 and 1 included.
        time_s : (n,) array of float, optional
            Their stamps in seconds; only where ``max_gap_s`` was given.

        Raises
        ------
        ShapeError, DtypeError
            Rows of another shape, a stamp for not every row, something else than numbers.
        InputError
            Stamps where there should be none, or none where there should be; a push after a flush.
        TimeError
            Stamps that lie before the last used for a second (ten at least): the clock was set
            back. Every step is longer than ``max_gap_s``: the stamps are not in seconds.

            Where an error is raised the stream is as it was before.
        """
        rows = self._converted("x", x)
        if rows.ndim == len(self._shape):
            rows = rows[None]
            time_s = None if time_s is None else np.atleast_1d(np.asarray(time_s))
        if rows.shape[1:] != self._shape:
            expected = ", ".join(str(n) for n in self._shape)
            raise ShapeError(f"x: expected (n, {expected}), got {np.shape(x)}")
        times = None
        if time_s is not None:
            times = _seconds(time_s)
            if times.shape != (len(rows),):
                raise ShapeError(f"time_s: expected ({len(rows)},), got {times.shape}")
        return self._ready(self._stream.push(rows.reshape(-1), times))

    def flush(self) -> ReadyWindows:
        """Return the last windows: there are no more rows.

        Beyond its end the signal counts as zero without stamps, as mirrored with stamps, as the
        whole recording's does. Only :meth:`reset` can follow.
        """
        return self._ready(self._stream.flush())

    def reset(self) -> None:
        """Begin anew, as if nothing had been pushed."""
        self._stream = self._new()

    @property
    def report(self) -> StreamReport:
        """What became of the rows so far."""
        of_clock, of_cut = self._stream.counts()
        return StreamReport(*of_clock, *of_cut)

    def state(self) -> dict[str, Any]:
        """Return all that is needed to go on from here elsewhere: plain arrays and a text.

        ``numpy.savez(path, **state)`` writes it. :meth:`from_state` reads what it gives back.

        Examples
        --------
        >>> stream = StreamingWindows(3, rate_hz=50, length=4)
        >>> stream.push([[0.0, 0.1, 1.0]] * 6).data.shape
        (1, 4, 3)
        >>> again = StreamingWindows.from_state(stream.state())
        >>> again.push([[0.0, 0.1, 1.0]] * 2).start
        array([4])
        """
        integers, reals, samples = self._stream.state()
        settings = {
            "sample_shape": self._shape,
            "dtype": self._dtype.name,
            **self._arguments,
        }
        return {
            "settings": json.dumps(settings),
            "integers": integers,
            "reals": reals,
            "samples": samples,
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Return a stream that goes on where another was.

        Parameters
        ----------
        state : mapping
            What :meth:`state` returned, its arrays as arrays or as lists.

        Raises
        ------
        InputError, ConfigError, ShapeError, DtypeError
            It is no state of a stream.
        """
        try:
            settings = json.loads(str(state["settings"]))
            shape, step = tuple(settings["sample_shape"]), settings["step"]
            stamps = settings["stamps"] or (settings["rate_hz"], None, None, True)
            ratio = settings["ratio"]
            from_hz = settings["rate_hz"] * ratio[1] / ratio[0] if ratio else stamps[0]
            stream = cls(
                shape,
                rate_hz=settings["rate_hz"],
                length=step[0],
                stride=step[1],
                from_hz=from_hz,
                max_gap_s=stamps[1],
                origin_s=stamps[2],
                start_s=settings["start_s"],
                drop_missing=stamps[3],
                dtype=settings["dtype"],
            )
            parts = (
                _arguments.integers("state: integers", state["integers"], np.int64),
                as_real("state: reals", state["reals"]).astype(np.float64, copy=False),
                stream._converted("state: samples", state["samples"]),
            )
        except (KeyError, TypeError, ValueError, IndexError, OverflowError) as wrong:
            if isinstance(wrong, InputError):
                raise
            raise InputError(f"state: expected what state() returned: {wrong}") from None
        if any(part.ndim != 1 for part in parts):
            raise ShapeError("state: expected flat arrays")
        stream._stream.restore(*parts)
        return stream

    def _converted(self, name: str, x: ArrayLike) -> NDArray[Any]:
        with np.errstate(over="ignore"):  # too large for float32 is infinite, and not finite
            return as_real(name, x).astype(self._dtype, copy=False)

    def _ready(
        self, made: tuple[NDArray[Any], NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]
    ) -> ReadyWindows:
        data, start, start_s, segment = made
        shaped = data.reshape(len(start), self._length, *self._shape)
        return ReadyWindows(shaped, start_s, start, segment)

    def __repr__(self) -> str:
        length, stride = self._arguments["step"]
        return (
            f"StreamingWindows({self._shape}, rate_hz={self._arguments['rate_hz']:g}, "
            f"length={length}, stride={stride:g}): {self.report}"
        )


def _seconds(time_s: ArrayLike) -> NDArray[np.float64]:
    kind = np.asarray(time_s).dtype.kind
    if kind in "mMbiu" and np.size(time_s):
        raise DtypeError(f"time_s: expected seconds as float64, got {np.asarray(time_s).dtype}")
    return as_real("time_s", time_s).astype(np.float64, copy=False)


def _ratio(from_hz: float, to_hz: float) -> tuple[int, int]:
    exact = Fraction(to_hz) / Fraction(from_hz)
    near = exact.limit_denominator(_MAX_TERM)
    if not 0 < near.numerator <= _MAX_TERM or abs(near / exact - 1) > Fraction(1, 10**9):
        raise InputError(
            f"from_hz, rate_hz: expected rates in a ratio of whole numbers up to {_MAX_TERM}, got "
            f"{from_hz} and {to_hz}; with stamps and max_gap_s any ratio will do"
        )
    return near.numerator, near.denominator
