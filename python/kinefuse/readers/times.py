"""Time stamps of tables, in seconds: what they are, found out or told, and what they say."""

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse import _native
from kinefuse.errors import ConfigError, FormatError, InputError
from kinefuse.readers.frames import refuse_cells

__all__ = ["PER_SECOND", "Clock", "check_time_format", "guess_time_format", "join_stamps"]

PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_SINCE_1970 = (8.5e8, 2.6e9)
"""Seconds from 1970 to 1996 and to 2052: what counts in this range since then is a date."""
_ISO = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?")
_MISSING = np.iinfo(np.int64).min
_BACK_S = 1800.0
"""A clock that goes back by more than this was set back."""


def check_time_format(who: str, name: str) -> None:
    """Raise :class:`ConfigError` for a format that is none."""
    if name not in ("auto", "iso", *PER_SECOND) and "%" not in name:
        raise ConfigError(
            f"{who}: time_format: expected 'auto', {', '.join(map(repr, PER_SECOND))}, 'iso' or a "
            f"pattern like '%d/%m/%Y %H:%M:%S%.f', got {name!r}"
        )


def guess_time_format(stamps: pl.Series, rate_hz: float | None = None) -> str:
    """Tell from the first stamps what they are.

    Parameters
    ----------
    stamps : polars.Series
        Numbers, or text as it stands in a file.
    rate_hz : float, optional
        The nominal rate, if it is known: decides where the steps fit several units.

    Returns
    -------
    str
        ``"s"``, ``"ms"``, ``"us"``, ``"ns"`` or ``"iso"``.

    Raises
    ------
    FormatError
        It cannot be told.

    Examples
    --------
    >>> guess_time_format(pl.Series([1648531521000, 1648531521030]))
    'ms'
    >>> guess_time_format(pl.Series([0.0, 0.02, 0.04]))
    's'
    >>> guess_time_format(pl.Series(["2022-03-29 14:26:12.784+09:00"]))
    'iso'
    """
    if stamps.dtype.is_temporal():
        return "iso"
    if stamps.dtype == pl.String:
        # Cell by cell: for the few that a head has, polars takes longer to begin.
        texts = [text for cell in stamps.to_list() if cell is not None and (text := cell.strip())]
        numbers = [number for text in texts if (number := _number(text)) is not None]
        if 2 * len(numbers) < len(texts):
            if _ISO.fullmatch(texts[0]):
                return "iso"
            raise FormatError(
                f"cannot tell what a time like {texts[0]!r} means; say time_format, as "
                "'%d/%m/%Y %H:%M:%S%.f'"
            )
        values = np.array(numbers, dtype=np.float64)
    else:
        values = stamps.cast(pl.Float64).drop_nulls().to_numpy()
    values = values[np.isfinite(values)]
    steps = np.diff(values)
    steps = steps[steps > 0]
    if not len(steps):
        raise FormatError("cannot tell what the stamps are from fewer than two; say time_format")
    step, middle = float(np.median(steps)), float(np.median(values))
    for unit, per_second in PER_SECOND.items():
        if _SINCE_1970[0] <= middle / per_second <= _SINCE_1970[1] and step < per_second * 3600:
            return unit
    if rate_hz is not None:
        for unit, per_second in PER_SECOND.items():
            if 0.75 < step / per_second * rate_hz < 1.33:
                return unit
        raise FormatError(
            f"cannot tell what the stamps are: steps of {step:g} fit {rate_hz:g} Hz in no unit; "
            "say time_format"
        )
    if step == 1.0:
        raise FormatError(
            "cannot tell what the stamps are: they count by 1; if they count rows, leave time out "
            "and say rate_hz, else say time_format"
        )
    # Between 1 Hz and 1000 Hz.
    return next(u for u, least in (("ns", 1e6), ("us", 1e3), ("ms", 1.0), ("s", 0)) if step > least)


def _number(text: str) -> float | None:
    try:
        return None if "_" in text else float(text.replace(",", ".", 1))
    except ValueError:
        return None


def join_stamps(parts: Sequence[pl.Series]) -> pl.Series:
    """Return as one column the stamps that stand in several, with a blank between the parts.

    Parameters
    ----------
    parts : sequence of polars.Series
        Dates and times of day, as text or as such; or year, month, day, hour… as numbers. A row
        where one of them is empty has no stamp.

    Returns
    -------
    polars.Series
        Text; the column itself where there is one only.

    Raises
    ------
    FormatError
        A part is a moment of a zone of its own.

    Examples
    --------
    >>> join_stamps([pl.Series(["2020-01-31"]), pl.Series(["23:59:59.9"])]).to_list()
    ['2020-01-31 23:59:59.9']
    """
    if len(parts) == 1:
        return parts[0]
    text = [_part_of_stamp(part) for part in parts]
    joined = pl.select(pl.concat_str([pl.lit(part) for part in text], separator=" ")).to_series()
    return joined.rename(" + ".join(part.name for part in parts))


def _part_of_stamp(part: pl.Series) -> pl.Series:
    if isinstance(part.dtype, pl.Datetime):
        if part.dtype.time_zone is not None:
            raise FormatError(
                f"column {part.name!r}: expected a date, got moments of the zone "
                f"{part.dtype.time_zone}; give this column alone as time"
            )
        part = part.dt.date()
    elif part.dtype == pl.Time:
        return part.dt.to_string("%H:%M:%S%.9f")  # a cast would leave the fraction out
    elif part.dtype.is_float() and (part.drop_nulls() == part.drop_nulls().round()).all():
        part = part.cast(pl.Int64, strict=False)
    text = part.cast(pl.String).str.strip_chars()
    return text.set(text == "", None)


class Clock:
    """Turns the stamps of a file into seconds, one block after the other.

    Parameters
    ----------
    file : Path
        For complaints.
    time_format : str
        ``"s"``, ``"ms"``, ``"us"``, ``"ns"``, ``"iso"``, or a pattern as
        :meth:`polars.Expr.str.to_datetime` takes it.
    time_zone : str, optional
        The zone of dates that do not say theirs (``"Europe/Berlin"``); UTC without. Of the hour
        that comes twice in autumn, the second one begins where the clock goes back.

    Examples
    --------
    >>> clock = Clock(Path("walk.csv"), "iso", time_zone="Europe/Berlin")
    >>> clock.seconds(pl.Series("t", ["1970-01-01T01:00:10", "1970-01-01T00:00:11Z"])).tolist()
    [10.0, 11.0]
    """

    def __init__(self, file: Path, time_format: str, time_zone: str | None = None) -> None:
        self._file, self._format, self._zone = file, time_format, time_zone
        self._last_s = -math.inf
        if time_zone is not None:
            _check_zone(time_zone)

    @property
    def is_number(self) -> bool:
        """Whether the stamps are numbers."""
        return self._format in PER_SECOND

    def seconds(self, stamps: pl.Series, first_row: int = 0) -> NDArray[np.float64]:
        """Return seconds since 1970, or since whatever numbers count from.

        Raises
        ------
        FormatError
            A stamp that is none, by row. Empty ones become NaN.
        """
        if stamps.dtype.is_temporal():
            return self._epoch(stamps.cast(pl.Datetime("ns", _zone_of(stamps))))
        if self.is_number:
            if stamps.dtype == pl.String:
                numbers = stamps.cast(pl.Float64, strict=False)
                refuse_cells(self._file, stamps, numbers, "a number", first_row)
                stamps = numbers
            return stamps.cast(pl.Float64).to_numpy() / PER_SECOND[self._format]
        text = stamps.cast(pl.String).str.strip_chars()
        text = text.set(text == "", None)
        if self._format != "iso":
            return self._parsed(text, first_row)
        try:
            ns, zone_s = _native.parse_iso(text.to_list())
        except InputError:  # the row is counted within the file, and zones may be mixed
            return self._parsed(text, first_row)
        seconds = np.where(ns == _MISSING, np.nan, ns / 1e9)
        if zone_s is None and self._zone is not None:
            stamps = pl.Series(ns).set(pl.Series(ns == _MISSING), None)
            seconds = self._epoch(stamps.cast(pl.Datetime("ns")))
            if np.isnan(seconds).sum() > (ns == _MISSING).sum():
                return self._parsed(text, first_row)
        return seconds

    def _parsed(self, text: pl.Series, first_row: int) -> NDArray[np.float64]:
        """Read whatever polars can read, and name what it cannot."""
        if self._format == "iso":
            what = "an ISO 8601 time"
            plain = text.str.replace(",", ".", literal=True).str.replace(" ", "T", literal=True)
            plain = plain.str.replace(r"(T.*[+-]\d\d)$", "${1}:00")
            plain = plain.str.replace(r"(T.*[+-]\d\d)(\d\d)$", "${1}:${2}")
            zoned = plain.str.contains(r"T.*(Z|[+-]\d\d:\d\d)$").fill_null(value=False)
            local = _to_datetime(plain.set(zoned, None), None)
            parsed = _epoch_s(_to_datetime(plain.set(~zoned, None), "%+"))
        else:
            what = f"a time like {self._format}"
            local = _to_datetime(text, self._format)
            parsed = np.full(len(text), np.nan)
        if self._zone is not None:
            what += f" that exists in {self._zone}"
        seconds = np.where(np.isnan(parsed), self._epoch(local), parsed)
        known = pl.Series(text.name, seconds).fill_nan(None)
        refuse_cells(self._file, text, known, what, first_row)
        return seconds

    def _epoch(self, stamps: pl.Series) -> NDArray[np.float64]:
        """Return the seconds of dates, local ones taken as of the zone."""
        if self._zone is None or _zone_of(stamps) is not None:
            return _epoch_s(stamps)
        first, second = (
            _epoch_s(stamps.dt.replace_time_zone(self._zone, ambiguous=which, non_existent="null"))
            for which in ("earliest", "latest")
        )
        before = np.concatenate([[self._last_s], first[:-1]])
        twice = np.flatnonzero(first < second)
        back = before[twice] - first[twice] > _BACK_S
        if back.any():
            later = twice[int(back.argmax()) :]
            first[later] = second[later]
        finite = first[np.isfinite(first)]
        self._last_s = float(finite[-1]) if len(finite) else self._last_s
        return first


def _zone_of(stamps: pl.Series) -> str | None:
    return getattr(stamps.dtype, "time_zone", None)


def _check_zone(name: str) -> None:
    try:
        pl.Series([0]).cast(pl.Datetime("ns")).dt.replace_time_zone(name)
    except pl.exceptions.PolarsError:
        raise ConfigError(f"time_zone: there is none called {name!r}") from None


def _to_datetime(text: pl.Series, layout: str | None) -> pl.Series:
    if text.null_count() == len(text):
        return pl.Series([None] * len(text), dtype=pl.Datetime("ns"))
    try:
        return text.str.to_datetime(layout, time_unit="ns", strict=False)
    except pl.exceptions.PolarsError:  # nothing like a date, so that no layout can be inferred
        return pl.Series([None] * len(text), dtype=pl.Datetime("ns"))


def _epoch_s(stamps: pl.Series) -> NDArray[np.float64]:
    return stamps.dt.epoch("ns").cast(pl.Float64).to_numpy() / 1e9
