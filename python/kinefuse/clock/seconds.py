"""Time columns of any kind as float64 seconds, without losing a nanosecond."""

import datetime
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse import _native
from kinefuse._arrays import as_real
from kinefuse.clock.arguments import choice, whole
from kinefuse.errors import DtypeError, InputError, ShapeError

__all__ = ["Seconds", "TimeUnit", "stamps", "to_seconds"]

TimeUnit = Literal["s", "ms", "us", "ns"]

_MISSING = np.iinfo(np.int64).min


@dataclass(frozen=True, eq=False)
class Seconds:
    """A time column in seconds.

    Attributes
    ----------
    time_s : (T,) array of float64
        Seconds since the origin; NaN where the stamp is missing.
    origin_ns : int
        The origin in nanoseconds since 1970 (for dates, UTC where they name a zone), or since the
        zero of the numbers.
    unit : str
        What the column holds: ``"s"``, ``"ms"``, ``"us"``, ``"ns"``, ``"iso"`` or ``"datetime"``.
    zone : str or None
        The time zone that the column names.
    missing : int
        How many stamps are missing: NaN, infinite, NaT, null or empty.
    """

    time_s: NDArray[np.float64]
    origin_ns: int
    unit: str
    zone: str | None
    missing: int

    @property
    def absolute_s(self) -> NDArray[np.float64]:
        """Seconds since 1970, or since the zero of the numbers, ``(T,)``.

        Those of today are 0.2 µs apart at best: float64 has no more digits.
        """
        absolute: NDArray[np.float64] = self.time_s + self.origin_ns / 1e9
        return absolute

    def __len__(self) -> int:
        return len(self.time_s)


def to_seconds(time: Any, *, unit: TimeUnit | None = None, origin_ns: int | None = None) -> Seconds:
    """Return a time column of any kind as seconds since an origin.

    Today's nanoseconds do not fit a float64; seconds since the start of the recording do. Hence the
    origin, which is exact, and float64 seconds since then.

    Parameters
    ----------
    time : (T,) time column
        Numbers (seconds, milliseconds, microseconds, nanoseconds), ISO 8601 texts, NumPy
        ``datetime64`` or ``timedelta64``, ``datetime`` objects, a Polars Series of any of these;
        with a time zone or without.
    unit : {"s", "ms", "us", "ns"}, optional
        What numbers count; texts and dates need none. Guessed if not given: the unit in which they
        are a clock of 1 Hz to 10 kHz, with the help of their size if they are dates. Fractions are
        seconds if that is possible; whole numbers that may be several units are refused.
    origin_ns : int, optional
        The origin in nanoseconds, for several columns on one time line. By default the whole second
        at or before the first stamp.

    Raises
    ------
    ShapeError
        ``time`` is not one column.
    DtypeError
        ``time`` holds something else than times.
    InputError
        A text is no time (the row is named), some name a zone and others do not; the unit cannot be
        guessed, or is no unit; times beyond the years 1678 to 2261.

    Examples
    --------
    >>> found = to_seconds(["2022-03-29T14:25:22.143+09:00", "2022-03-29T14:25:22.176+09:00"])
    >>> found.time_s, found.origin_ns, found.zone
    (array([0.143, 0.176]), 1648531522000000000, '+09:00')
    >>> to_seconds([1700000000123456789, 1700000000133456789]).time_s
    array([0.12345679, 0.13345679])
    """
    told = None if unit is None else choice("unit", unit, get_args(TimeUnit))
    if origin_ns is not None:
        origin_ns = whole("origin_ns", origin_ns)
    if isinstance(time, Seconds):
        time = _to_ns(time)
    column: NDArray[Any] = _column(time)
    zone = None
    if column.dtype.kind in "SU" or (column.dtype == object and _holds(column, str)):
        ns, zone_s = _parse(_texts(column))
        column = ns
        said, scale = "iso", "ns"
        zone = None if zone_s is None else _offset(zone_s)
    elif column.dtype.kind in "mM":
        column = _nanoseconds(column)
        said, scale = "datetime", "ns"
        zone = _zone_of(time)
    else:
        column = _numbers(column)
        said = scale = told or _native.guess_unit(
            np.where(column == _MISSING, np.nan, column).astype(np.float64)
        )
    if column.dtype == np.int64:
        origin, time_s, missing = _native.whole_to_seconds(column, scale, origin_ns)
    else:
        real = column.astype(np.float64, copy=False)
        origin, time_s, missing = _native.real_to_seconds(real, scale, origin_ns)
    return Seconds(time_s=time_s, origin_ns=origin, unit=said, zone=zone, missing=missing)


def stamps(time_s: Any) -> NDArray[np.float64]:
    """Return stamps as float64 seconds: floats as they are, other columns by :func:`to_seconds`.

    Raises
    ------
    ShapeError, DtypeError, InputError
        As :func:`to_seconds`.
    """
    if isinstance(time_s, Seconds):
        return time_s.absolute_s
    column = _column(time_s)
    if column.dtype.kind != "f":
        return to_seconds(time_s if isinstance(time_s, pl.Series) else column).absolute_s
    return as_real("time_s", column).astype(np.float64, copy=False)


def _column(time: Any) -> NDArray[Any]:
    """Return the column as one array of numbers, texts, dates or objects."""
    if isinstance(time, np.ma.MaskedArray):
        raise DtypeError("time: expected missing stamps as NaN or NaT, got a masked array")
    if isinstance(time, pl.Series):
        time = _from_polars(time)
    elif isinstance(time, list | tuple) and any(isinstance(v, datetime.datetime) for v in time):
        time = _from_objects(list(time))
    try:
        column: NDArray[Any] = np.asarray(time)
    except ValueError as ragged:
        raise ShapeError(f"time_s: expected one stamp a row: {ragged}") from None
    if column.ndim != 1:
        raise ShapeError(f"time_s: expected (T,), got {column.shape}")
    if column.dtype == object and _holds(column, datetime.datetime):
        column = _from_objects(column.tolist())
    return column


def _from_polars(series: pl.Series) -> NDArray[Any]:
    dtype = series.dtype
    if dtype == pl.String:
        return np.array(series.to_list(), dtype=object)
    if dtype == pl.Date:
        return series.cast(pl.Datetime("ns")).to_numpy()
    if isinstance(dtype, pl.Datetime):
        return (
            series.dt.replace_time_zone(None).to_numpy()
            if dtype.time_zone is None
            else (series.dt.convert_time_zone("UTC").dt.replace_time_zone(None).to_numpy())
        )
    if dtype.is_integer() and series.null_count():
        filled = series.cast(pl.Int64).fill_null(_MISSING)
        return filled.to_numpy()
    return series.to_numpy()


def _from_objects(values: list[Any]) -> NDArray[Any]:
    try:
        return _from_polars(pl.Series(values, strict=True))
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        raise DtypeError(f"time_s: expected datetimes, all with a zone or none: {error}") from None


def _holds(column: NDArray[Any], kind: type) -> bool:
    """Tell whether an array of objects holds this kind, and nothing but it and None."""
    return any(isinstance(v, kind) for v in column) and all(
        v is None or isinstance(v, kind) for v in column
    )


def _parse(texts: list[str | None]) -> tuple[NDArray[np.int64], int | None]:
    try:
        return _native.parse_iso(texts)
    except UnicodeEncodeError as error:
        raise InputError(f"time: expected ISO 8601 texts, got half a character: {error}") from None


def _texts(column: NDArray[Any]) -> list[str | None]:
    if column.dtype.kind == "S":
        column = np.char.decode(column, "utf-8", "replace")
    texts: list[str | None] = column.tolist()
    return texts


def _nanoseconds(column: NDArray[Any]) -> NDArray[np.int64]:
    if np.datetime_data(column.dtype)[0] == "generic":
        raise DtypeError(f"time_s: expected dates with a unit, got {column.dtype}")
    exact = column.astype(f"{column.dtype.kind}8[ns]")
    lost = (exact.astype(column.dtype) != column) & ~np.isnat(column)
    if lost.any():
        row = int(np.argmax(lost))
        raise InputError(f"time: row {row}: {column[row]} is outside the years 1678 to 2261")
    nanoseconds: NDArray[np.int64] = np.ascontiguousarray(exact.view(np.int64))
    return nanoseconds


def _numbers(column: NDArray[Any]) -> NDArray[Any]:
    if column.dtype.kind not in "iu":
        if column.dtype.kind == "b":
            raise DtypeError("time_s: expected times, got bool")
        return as_real("time_s", column).astype(np.float64, copy=False)
    if column.dtype == np.uint64 and (column > np.iinfo(np.int64).max).any():
        raise InputError("time: expected whole numbers of 63 bits, got larger ones")
    return np.ascontiguousarray(column, dtype=np.int64)


def _to_ns(time: Seconds) -> NDArray[Any]:
    there = np.isfinite(time.time_s)
    ns = np.full(len(time), _MISSING)
    ns[there] = time.origin_ns + np.rint(time.time_s[there] * 1e9).astype(np.int64)
    return ns.view("M8[ns]")


def _zone_of(time: Any) -> str | None:
    if isinstance(time, pl.Series):
        return getattr(time.dtype, "time_zone", None)
    if isinstance(time, np.ndarray) and time.dtype != object:
        return None
    first = next((v for v in time if isinstance(v, datetime.datetime)), None)
    return None if first is None or first.tzinfo is None else str(first.tzinfo)


def _offset(seconds: int) -> str:
    if seconds == 0:
        return "UTC"
    hours, minutes = divmod(abs(seconds) // 60, 60)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{minutes:02}"
