"""What a table looks like, and the settings to begin with."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from kinefuse.errors import FormatError
from kinefuse.readers.frames import TableFile
from kinefuse.readers.registry import find
from kinefuse.readers.table import TableReader
from kinefuse.readers.times import PER_SECOND, Clock, guess_time_format, join_stamps

__all__ = ["TABLE_READERS", "Description", "describe_table"]

TABLE_READERS = ("arrow", "csv", "mat", "npz", "parquet")
"""Readers that settings describe a table to."""

_TIMES = re.compile(r"(.*[._ ])?(unix)?_?(t|time|times?tamps?|date|datetime|epoch)\b.*", re.I)
_LABELS = re.compile(r"(label|activity|activities|class|action|task|gt|ground_?truth)s?", re.I)
_SUBJECTS = re.compile(r"(subject|user|person|participant|volunteer)(_?id)?", re.I)
_COUNTERS = re.compile(r"column_1|index|idx|row|sample|n|no\.?|#|sensor\.axis", re.I)
_AXES = re.compile(r"(?P<kind>.*?)[._ ]?(?P<axis>[xyz])(?:[._ ](?P<after>.*))?", re.I)
_KINDS = {
    "acc": re.compile(r"acc|accel", re.I),
    "gyro": re.compile(r"gyr|rotation|angular", re.I),
    "mag": re.compile(r"mag", re.I),
}
_DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{2,4})")
_TIME_OF_DAY = re.compile(
    r"\d{1,2}:\d\d(?P<s>:\d\d([.,]\d+)?)?(?P<half> ?[AP]M)?(?P<zone> ?(Z|[+-]\d\d(:?\d\d)?))?", re.I
)
_LOOKED_AT = 200
_AT_REST = {"g": (0.7, 1.4), "m/s2": (7.0, 13.5), "mg": (700.0, 1400.0)}


@dataclass(frozen=True)
class Description:
    """How a table is written (``facts``), and settings to begin with (``toml``)."""

    file: Path
    facts: dict[str, str]
    toml: str


def describe_table(path: str | Path, reader: str = "csv") -> Description:
    r"""Look at a table's beginning and write settings for reading it.

    Parameters
    ----------
    path : str or Path
        A file, or a folder, of which the largest of the first such files is looked at.
    reader : str
        One of ``TABLE_READERS``.

    Returns
    -------
    Description
        What cannot be told stands in its ``toml`` as ``"?"``, which readers refuse.

    Raises
    ------
    FileNotFoundError
        There is no such file, or none of this kind in the folder.
    FormatError
        It is none of this kind.

    Examples
    --------
    >>> file = Path("s1.csv")
    >>> _ = file.write_text("ms;acc_x;acc_y;acc_z\n0;0,1;9,7;1\n20;0,1;9,8;1\n")
    >>> print(describe_table(file).toml)
    channels = { acc_x = "acc_x", acc_y = "acc_y", acc_z = "acc_z" }
    units = { acc = "m/s2" }  # acc: 9.802 at the beginning fits m/s2
    time = "ms"
    time_format = "ms"
    pattern = "{subject}.csv"  # how paths tell: s1.csv
    dataset = "mine"
    """
    path = Path(path)
    make = find(reader)
    if not (isinstance(make, type) and issubclass(make, TableReader)):
        raise FormatError(f"{path}: reader {reader!r} takes no settings for tables")
    # Only to open the file: nothing is read with these settings.
    opener = make(channels=["?"], rate_hz=1.0, fixed={"subject": "?"})
    files = opener.list_files(path)[:_LOOKED_AT]
    file = max(files, key=lambda file: file.stat().st_size, default=None)
    if file is None:
        raise FileNotFoundError(f"{path}: no file of reader {reader!r} in this folder")
    table = opener.open_table(file)
    columns = [_Column(table, name) for name in table.columns[:200]]
    time = _stamps(columns)
    facts = {
        "file": str(file),
        "found": table.found,
        "columns": ", ".join(c.shown for c in columns[:60])
        + (f" and {len(table.columns) - 60} more" if len(table.columns) > 60 else ""),
    }
    lines: list[str] = []
    values = [c for c in columns if c.is_number and c not in time and not c.is_counter]
    named = _channels(values) if reader not in ("npz", "mat") else _arrays(values)
    lines.append(f"channels = {_inline(named)}")
    lines += _units(table, named, columns)
    rate = None
    if time:
        named_so = [c.name for c in time]
        lines.append(f"time = {json.dumps(named_so if len(time) > 1 else named_so[0])}")
        found, rate = _clock(table, time)
        lines.append(found)
        if rate is not None:
            facts["rate"] = f"about {rate:.4g} Hz by the first stamps"
    else:
        lines.append("rate_hz = 0  # no column of time stamps seen: say the rate")
    label = next((c for c in columns if _LABELS.fullmatch(c.last) and c not in time), None)
    if label is not None:
        lines.append(f"label = {json.dumps(label.name)}")
    subject = next((c for c in columns if _SUBJECTS.fullmatch(c.last)), None)
    relative = file.relative_to(path if path.is_dir() else path.parent).as_posix()
    if subject is not None:
        lines.append(f"columns = {{ subject = {json.dumps(subject.name)} }}")
    else:
        lines.append(f"pattern = {json.dumps(_pattern(relative))}  # how paths tell: {relative}")
    lines.append('dataset = "mine"')
    return Description(file, facts, "\n".join(lines))


class _Column:
    """A column's name and first cells."""

    def __init__(self, table: TableFile, name: str) -> None:
        self.name, self.unit = name, table.units.get(name, "")
        self.last = re.sub(r"\s*[\[(].*", "", name).strip().rpartition(".")[2]
        self.cells = table.head(name)
        text = self.cells.dtype == pl.String
        numbers = self.cells
        if text:
            plain = self.cells.str.replace(",", ".", literal=True)
            numbers = plain.cast(pl.Float64, strict=False)
        known = self.cells.dtype.is_numeric() or (text and numbers.drop_nans().count() > 0)
        self.numbers = numbers.cast(pl.Float64).to_numpy() if known else np.empty(0)
        self.is_number = known and not _SUBJECTS.fullmatch(self.last)
        self.is_number &= not _LABELS.fullmatch(self.last)
        dates = text and bool(self.cells.str.contains(r"^\s*\d{4}-\d\d-\d\d").any())
        self.is_time = bool(
            dates
            or self.cells.dtype.is_temporal()
            or (known and (_TIMES.fullmatch(self.last) or self.unit in PER_SECOND))
            or (known and self.last in PER_SECOND)
        )
        steps = np.diff(self.numbers)
        counts = len(steps) > 0 and bool((steps == 1).all())
        self.is_counter = counts or bool(known and _COUNTERS.fullmatch(name) and counts)

    def holds(self, pattern: re.Pattern[str], dtype: type[pl.DataType]) -> bool:
        """Whether all cells are of a type, or text of a form."""
        if self.cells.dtype != pl.String:
            return self.cells.dtype == dtype
        there = [cell.strip() for cell in self.cells if cell is not None and cell.strip()]
        return bool(there) and all(map(pattern.fullmatch, there))

    @property
    def shown(self) -> str:
        first = next((str(cell) for cell in self.cells if cell is not None), "")
        unit = f" [{self.unit}]" if self.unit and self.unit not in self.name else ""
        return f"{self.name}{unit} ({first[:25]})"


def _channels(values: Sequence[_Column]) -> dict[str, str]:
    """Name channels as the store does: kind, then axis."""
    named: dict[str, str] = {}
    for column in values:
        plain = re.sub(r"\s*[\[(].*", "", column.name).strip()
        where, _, last = plain.rpartition(".")
        axis = _AXES.fullmatch(last)
        kind = next((k for k, look in _KINDS.items() if look.search(last)), None)
        channel = re.sub(r"\W+", "_", last.lower()).strip("_") or "value"
        if axis is not None and kind is not None:
            channel = f"{kind}_{axis['axis'].lower()}"
        where = re.sub(r"\W+", "_", where).strip("_")
        channel = f"{where}_{channel}" if where else channel
        if channel in named:
            channel = re.sub(r"\W+", "_", plain.lower()).strip("_")
        while channel in named:
            channel += "_2"
        named[channel] = column.name
    return named


def _arrays(values: Sequence[_Column]) -> dict[str, str]:
    """Name arrays whole."""
    last: dict[str, str] = {}
    for column in values:
        name, bracket, at = column.name.partition("[")
        last[name] = f"{name}[{_range(at[:-1])}]" if bracket else name
    return {re.sub(r"\W+", "_", name).strip("_"): column for name, column in last.items()}


def _range(last: str) -> str:
    return ",".join(f"0:{int(position) + 1}" for position in last.split(","))


def _units(table: TableFile, named: dict[str, str], columns: Sequence[_Column]) -> list[str]:
    by_name = {column.name: column for column in columns}
    if not any(column in by_name for column in named.values()):  # arrays
        return [f'units = {_inline(dict.fromkeys(named, "?"))}  # say what "?" is']
    if named and all(column in table.units for column in named.values()):
        return []  # the header says them
    kinds: dict[str, list[str]] = {}
    for channel in named:
        kinds.setdefault(channel.rpartition("_")[0] or channel, []).append(channel)
    units, remarks = {}, []
    for kind, channels in kinds.items():
        stated = {table.units.get(named[channel], "") for channel in channels}
        units[kind] = stated.pop() if len(stated) == 1 and "" not in stated else "?"
        if units[kind] == "?" and kind.endswith("acc") and len(channels) == 3:
            cells = [by_name[named[channel]].numbers for channel in channels]
            sizes = np.linalg.norm(cells, axis=0)
            size = float(np.median(sizes[np.isfinite(sizes)])) if np.isfinite(sizes).any() else 0.0
            fits = [unit for unit, (low, high) in _AT_REST.items() if low < size < high]
            if fits:
                units[kind] = fits[0]
                remarks.append(f"{kind}: {size:.4g} at the beginning fits {fits[0]}")
    if "?" in units.values():
        remarks.append('say what "?" is')
    remark = f"  # {'; '.join(remarks)}" if remarks else ""
    return [f"units = {_inline(units)}{remark}"]


def _stamps(columns: Sequence[_Column]) -> list[_Column]:
    """Return the column of time stamps, or those of dates and of times of day beside each other."""
    for one, other in pairwise(columns):
        for date, clock in ((one, other), (other, one)):
            if date.holds(_DATE, pl.Date) and clock.holds(_TIME_OF_DAY, pl.Time):
                return [date, clock]
    return [column for column in columns if column.is_time][:1]


def _clock(table: TableFile, time: Sequence[_Column]) -> tuple[str, float | None]:
    cells, unit = join_stamps([column.cells for column in time]), time[0].unit
    try:
        if len(time) > 1:
            named = _pattern_of_dates(*(column.cells.cast(pl.String) for column in time))
        else:
            named = unit if unit in PER_SECOND else guess_time_format(cells)
        seconds = Clock(table.file, named).seconds(cells)
    except FormatError as error:
        return f'time_format = "?"  # {error}', None
    steps = np.diff(seconds)
    steps = steps[steps > 0]
    rate = 1 / float(np.median(steps)) if len(steps) else None
    return f"time_format = {json.dumps(named)}", rate


def _pattern_of_dates(dates: pl.Series, clocks: pl.Series) -> str:
    """Return how dates and times of day in two columns are to be read together."""
    seen = [_DATE.fullmatch(cell.strip()) for cell in dates.drop_nulls() if cell.strip()]
    first, sign, _, last = next(date.groups() for date in seen if date)
    days = np.array([[int(date[1]), int(date[3])] for date in seen if date]).max(axis=0) > 12
    times = [_TIME_OF_DAY.fullmatch(cell.strip()) for cell in clocks.drop_nulls() if cell.strip()]
    half = any(time["half"] for time in times if time)
    if len(first) == 4 and sign == "-" and not half:
        return "iso"
    if len(first) == 4:
        order = ["%Y", "%m", "%d"]
    elif days[0] == days[1]:
        raise FormatError("does the day or the month come first? say it as '%d/%m/%Y %H:%M:%S%.f'")
    else:
        order = ["%d", "%m"] if days[0] else ["%m", "%d"]
        order.append("%Y" if len(last) == 4 else "%y")
    seconds = ":%S%.f" if any(time["s"] for time in times if time) else ""
    zone = " %z" if any(time["zone"] for time in times if time) else ""
    hour = "%I" if half else "%H"
    return f"{sign.join(order)} {hour}:%M{seconds}{' %p' if half else ''}{zone}"


def _pattern(relative: str) -> str:
    folder, _, name = relative.rpartition("/")
    packed = name.endswith((".gz", ".bz2", ".xz", ".zst"))
    ending = "".join(Path(name).suffixes[-1 - packed :])
    if not folder:
        return "{subject}" + ending
    return "{subject}/{_}" + ending


def _inline(pairs: dict[str, str]) -> str:
    """Return a TOML inline table."""

    def key(name: str) -> str:
        return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name)

    inner = ", ".join(f"{key(k)} = {json.dumps(v, ensure_ascii=False)}" for k, v in pairs.items())
    return f"{{ {inner} }}"
