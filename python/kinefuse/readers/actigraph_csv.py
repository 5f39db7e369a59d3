"""ActiGraph's raw ``.csv``: ten lines about the recording, then a row a sample.

ActiLife exports such files. Their layout is as GGIR (R package, function ``g.inspectfile``) and
MIMSunit (``import_actigraph_csv``) read it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.chunked import Chunk, ChunkedStream
from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.dialect import sniff
from kinefuse.readers.listing import count_beginnings
from kinefuse.readers.text_stream import detect_encoding, read_head
from kinefuse.readers.text_table import TextTable
from kinefuse.readers.times import Clock
from kinefuse.readers.wearable import WearableReader
from kinefuse.units import to_store

__all__ = ["ActigraphCsv", "ActigraphHeader", "read_header"]

_BEGINS = "------------ Data File Created By ActiGraph"
_RULE = re.compile(r"-{20,}")
_MOST_LINES = 20
"""Lines within which the header's closing rule must come."""
_RATE = re.compile(r"\bat (\d+(?:[.,]\d+)?) Hz")
_DATES = re.compile(r"\bdate format ([Mdy]+([/.-])[Mdy]+\2[Mdy]+)")
_LETTERS = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d"}
_TOLD = re.compile(
    r"(Serial Number|Start Time|Start Date|(?:Epoch|Window) (?:Period|Length)[^0-9]*\)"
    r"|Download Time|Download Date|Current Memory Address|Current Battery Voltage)[: ]+(.*)"
)
_SENSORS = {
    "acc": (re.compile(r"accelerometer ?([xyz])|axis ?([123])|([xyz])", re.I), "g"),
    "gyro": (re.compile(r"gyroscope ?([xyz])", re.I), "deg/s"),
    "mag": (re.compile(r"magnetometer ?([xyz])", re.I), "uT"),
}
_STAMP, _TEMPERATURE = "timestamp", "temperature"
_WITHOUT_NAMES = (
    *("acc_x", "acc_y", "acc_z", _TEMPERATURE),
    *("gyro_x", "gyro_y", "gyro_z", "mag_x", "mag_y", "mag_z"),
)


@dataclass(frozen=True)
class ActigraphHeader:
    """What the lines before the samples say.

    Attributes
    ----------
    device : str
        The kind of device, as ``"GT3X+"``.
    serial : str
    rate_hz : float
    start_s : float
        When it began, in seconds since 1970 on the device's own clock.
    date_format : str
        Of dates in this file, as ``"%m/%d/%Y"``.
    lines : int
        How many lines there are before the samples or the row of names.
    told : dict of str to str
        The lines by name: ``"Download Date"``, ``"Current Battery Voltage"``…
    """

    device: str
    serial: str
    rate_hz: float
    start_s: float
    date_format: str
    lines: int
    told: Mapping[str, str]


class ActigraphCsv(WearableReader):
    """Reads the raw ``.csv`` files that ActiLife exports, compressed ones too.

    The settings are those of :class:`~kinefuse.readers.wearable.WearableReader`. One modality,
    ``inertial``: acceleration in g; of files of the inertial unit of a GT9X Link also angular rate
    in rad/s and magnetic flux density in µT, and with ``auxiliary=True`` its temperature in °C.

    Rows may have stamps, else they are at the rate of the first line from the start that the header
    says. Both are local time, in seconds since 1970 as the device's clock shows them. What the
    device slept through (its idle sleep mode) stands in the file as ActiLife fills it.

    The subject is what ``pattern`` or ``fixed`` say, else the file's name without ``RAW`` or
    ``IMU`` at its end. Files of counts by epoch are refused.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = readers.get("actigraph-csv", pattern="{subject}_{stream}RAW.csv")
    >>> reader.settings()["pattern"]
    '{subject}_{stream}RAW.csv'
    """

    name = "actigraph-csv"
    suffixes = (".csv", ".csv.bz2", ".csv.xz", ".csv.zst")
    about = About(
        title="ActiGraph: raw .csv files of ActiLife",
        source="ActiLife's raw export, as GGIR and MIMSunit read it",
        licence="your own recordings",
        url="https://theactigraph.com",
        kind="format",
        units={"acc": "g", "gyro": "deg/s", "mag": "uT"},
    )

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like these files, or None."""
        return count_beginnings(path, (".csv",), _BEGINS.encode(), "begin as ActiLife writes them")

    def _open(self, file: Path, name: str) -> tuple[Mapping[str, str], list[ChunkedStream]]:
        header = read_header(file)
        table, columns = _open_table(file, header)
        motion = {c: columns[c] for c in columns if c not in (_STAMP, _TEMPERATURE)}
        make = partial(_stream, table, header, columns.get(_STAMP), name or "actigraph")
        streams = [make("inertial", motion)]
        if self._auxiliary:
            if _TEMPERATURE not in columns:
                raise FormatError(f"{file}: auxiliary: there is no column beside motion")
            streams.append(make("auxiliary", {_TEMPERATURE: columns[_TEMPERATURE]}))
        stem = file.name.partition(".")[0]
        return {
            "subject": stem.removesuffix("RAW").removesuffix("IMU").rstrip("_ "),
            "found": f"{table.found}, {'stamps' if _STAMP in columns else 'no stamps'}",
        }, streams


def read_header(file: str | Path) -> ActigraphHeader:
    """Read the lines before the samples.

    Parameters
    ----------
    file : path

    Returns
    -------
    ActigraphHeader

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        It does not begin as ActiLife writes raw data, or lacks the rate, the start or how dates are
        written.

    Examples
    --------
    >>> read_header("MOS2B21140207RAW.csv").rate_hz                             # doctest: +SKIP
    30.0
    """
    file = Path(file)
    head = read_head(file, 2**14)
    text = head.decode(detect_encoding(file, head), "replace").removeprefix("\ufeff")
    lines = [line.strip(' \t\r",;') for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]]
    first = lines[0]
    if "Data Table File Created By" in first:
        raise FormatError(f"{file}: expected raw acceleration, got a table of counts by epoch")
    if not first.startswith(_BEGINS):
        raise FormatError(f"{file}: line 1: expected '{_BEGINS}…', got {first[:60]!r}")
    rule = next((i for i, line in enumerate(lines) if i and _RULE.fullmatch(line)), None)
    if rule is None:
        raise FormatError(f"{file}: expected a line of dashes after the header, of about ten lines")
    told = {}
    for line in lines[1:rule]:
        found = _TOLD.fullmatch(line)
        if found:
            told[found[1].partition(" (")[0]] = found[2].strip()
    rate, dates = _RATE.search(first), _DATES.search(first)
    rate_hz = float(rate[1].replace(",", ".")) if rate else 0.0
    period = next((told[key] for key in told if key.startswith(("Epoch", "Window"))), "")
    if period.strip("0:"):
        raise FormatError(f"{file}: expected raw acceleration, got counts by epochs of {period}")
    if not rate_hz or dates is None:
        what = "the rate ('at 30 Hz')" if not rate_hz else "'date format M/d/yyyy'"
        raise FormatError(f"{file}: line 1: expected {what}, got {first[:200]!r}")
    date_format = _chrono(file, dates[1], told.get("Start Date", ""))
    return ActigraphHeader(
        device=first.removeprefix(_BEGINS).partition("ActiLife")[0].strip() or "ActiGraph",
        serial=told.get("Serial Number", ""),
        rate_hz=rate_hz,
        start_s=_start_s(file, told, date_format),
        date_format=date_format,
        lines=rule + 1,
        told=told,
    )


def _chrono(file: Path, written: str, date: str) -> str:
    """Return a date format as Polars takes it.

    A slash in it stands for whatever is between the parts of a date where ActiLife ran.
    """
    parts = re.split("[/.-]", written)
    if any(part not in _LETTERS for part in parts) or {part[0] for part in parts} != set("dMy"):
        raise FormatError(f"{file}: line 1: expected day, month and year, got {written!r}")
    between = re.search("[/.-]", date)
    return (between[0] if between else "/").join(_LETTERS[part] for part in parts)


def _start_s(file: Path, told: Mapping[str, str], date_format: str) -> float:
    for key in ("Start Date", "Start Time"):
        if key not in told:
            raise FormatError(f"{file}: expected a line '{key} …' in the header")
    half = " %p" if told["Start Time"][-1:] in "mM" else ""
    written = pl.Series("Start Date, Start Time", [f"{told['Start Date']} {told['Start Time']}"])
    hours = "%I" if half else "%H"
    return float(Clock(file, f"{date_format} {hours}:%M:%S%.f{half}").seconds(written)[0])


def _open_table(file: Path, header: ActigraphHeader) -> tuple[TextTable, dict[str, str]]:
    """Return the rows, and the column of each channel, of stamps and of temperature."""
    dialect = sniff(file, skip_lines=header.lines, header_lines=0)
    named = bool(_by_name(dialect.first_rows[0]))
    if named:
        dialect = sniff(file, skip_lines=header.lines, header_lines=1)
    table = TextTable(file, dialect)
    columns = _by_name(table.columns) if named else _by_place(table.columns)
    if not {"acc_x", "acc_y", "acc_z"} <= set(columns):
        raise FormatError(
            f"{file}: expected the columns Accelerometer X, Y and Z, got "
            + (", ".join(table.columns[:20]) if named else f"{len(table.columns)} without names")
        )
    return table, columns


def _by_name(names: Sequence[str]) -> dict[str, str]:
    columns: dict[str, str] = {}
    for name in names:
        plain = name.partition("(")[0].partition("[")[0].strip()
        if plain.lower() in (_STAMP, _TEMPERATURE):
            columns[plain.lower()] = name
        for kind, (pattern, _) in _SENSORS.items():
            if found := pattern.fullmatch(plain):
                axis = next(axis for axis in found.groups() if axis).lower()
                columns[f"{kind}_{'xyz'['123'.index(axis)] if axis.isdigit() else axis}"] = name
    return columns


def _by_place(names: Sequence[str]) -> dict[str, str]:
    """Return what columns without names are: three of acceleration, or all of the inertial unit."""
    stamped = len(names) in (4, 11)
    if len(names) - stamped not in (3, 10):
        return {}
    channels = ((_STAMP,) if stamped else ()) + _WITHOUT_NAMES
    return dict(zip(channels, names, strict=False))


def _stream(
    table: TextTable,
    header: ActigraphHeader,
    stamp: str | None,
    name: str,
    modality: str,
    columns: Mapping[str, str],
) -> ChunkedStream:
    kinds = {kind: unit for kind, (_, unit) in _SENSORS.items()} | {_TEMPERATURE: "degC"}
    stored = [to_store(kinds[channel.partition("_")[0]]) for channel in columns]
    factors = np.array([factor for _, factor in stored])
    counts: Counter[str] = Counter()
    return ChunkedStream(
        name=name,
        modality=modality,
        channels=tuple(columns),
        units=tuple(unit for unit, _ in stored),
        rate_hz=header.rate_hz,
        start_s=header.start_s if stamp is None else 0.0,
        sample_shape=(len(columns),),
        timed=stamp is not None,
        chunks=partial(_chunks, table, header, stamp, list(columns.values()), factors, counts),
        counts=counts,
        file=table.file,
    )


def _chunks(
    table: TextTable,
    header: ActigraphHeader,
    stamp: str | None,
    columns: Sequence[str],
    factors: NDArray[np.float64],
    counts: Counter[str],
) -> Iterator[Chunk]:
    found = table.again()
    clock = None
    if stamp is not None:  # of the inertial unit they are ISO, whatever the header says
        iso = table.head(stamp).str.contains(r"^\d{4}-\d\d-\d\dT").any()
        clock = Clock(table.file, "iso" if iso else f"{header.date_format} %H:%M:%S%.f")
    for block in found.blocks([*columns, *([stamp] if stamp else [])], columns):
        yield Chunk(
            data=block.numbers(columns) * factors,
            time_s=clock.seconds(block[stamp], block.row) if clock and stamp else None,
            bytes_read=block.bytes_read,
        )
    counts.update(found.counts)
