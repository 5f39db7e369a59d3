"""Tables with a row a sample, whatever the file: columns become channels, units are converted."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.pattern import PathPattern
from kinefuse.readers.registry import Source
from kinefuse.readers.text import refuse_cells
from kinefuse.units import to_store

__all__ = ["TableReader", "TimeFormat"]

TimeFormat = Literal["s", "ms", "us", "ns", "iso"]
_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_WHO = ("subject", "activity", "session", "trial")


class TableReader(ABC):
    """What reading CSV and reading Parquet have in common.

    Parameters
    ----------
    channels : dict of str to str, or sequence of str
        The store's channel names and the columns they come from; a plain list keeps the names.
    units : str or dict of str to str
        The unit of all channels, or by channel name or the part of it before the last ``_``
        (``{"acc": "m/s2", "gyro": "deg/s"}``). Acceleration is turned into g, angular rate into
        rad/s, lengths into m; other units stay.
    time : str, optional
        The column of time stamps. Without it, samples are ``1 / rate_hz`` apart.
    time_format : {"s", "ms", "us", "ns", "iso"}
        What the stamps are.
    rate_hz : float, optional
        The nominal rate; needed without ``time``.
    label : str, optional
        The column that says what was done at each sample. Empty cells are unlabelled.
    columns : dict of str to str, optional
        Columns that tell ``subject``, ``activity``, ``session``, ``trial``: rows that agree in all
        of them make one recording.
    pattern : str, optional
        What the path tells, as ``"{subject}/{activity}_{trial}.csv"``, with the fields subject,
        activity, session, trial and stream; ``{_}`` is anything. Files that differ in ``stream``
        alone are streams of one recording. Files with other paths are ignored and listed.
    fixed : dict of str to str, optional
        What is the same for all files, as ``{"subject": "s1"}``.
    modality : str
        ``"inertial"``, ``"skeleton"``…
    layout : str, optional
        A skeleton layout: ``channels`` is then the list of J x D columns, joint by joint.
    dataset : str, optional
        The data set's name; the reader's if not given.
    classes : sequence of str
        The activities in the order of their class numbers; others follow as they appear.

    Attributes
    ----------
    ignored : tuple of str
        Files that the last :meth:`discover` left out for their path.

    Raises
    ------
    ConfigError
        Settings that make no sense or leave the subject, a unit or the clock open.
    """

    name: str
    suffixes: tuple[str, ...]
    about: About

    def __init__(
        self,
        *,
        channels: Mapping[str, str] | Sequence[str],
        units: str | Mapping[str, str],
        time: str | None = None,
        time_format: TimeFormat = "s",
        rate_hz: float | None = None,
        label: str | None = None,
        columns: Mapping[str, str] | None = None,
        pattern: str | None = None,
        fixed: Mapping[str, str] | None = None,
        modality: str = "inertial",
        layout: str | None = None,
        dataset: str | None = None,
        classes: Sequence[str] = (),
    ) -> None:
        named = isinstance(channels, Mapping)
        self._channels = dict(channels) if named else {name: name for name in channels}  # type: ignore[arg-type]
        if not self._channels:
            raise ConfigError(f"{self.name}: channels: expected at least one column, got none")
        if time_format not in get_args(TimeFormat):
            raise ConfigError(
                f"{self.name}: time_format: expected one of {get_args(TimeFormat)}, "
                f"got {time_format!r}"
            )
        if time is None and rate_hz is None:
            raise ConfigError(f"{self.name}: expected a time column or rate_hz, got neither")
        self._units = {name: self._unit_of(name, units) for name in self._channels}
        self._time, self._time_format, self._rate_hz = time, time_format, rate_hz
        self._label, self._modality, self._layout = label, modality, layout
        self._columns, self._fixed = dict(columns or {}), dict(fixed or {})
        self._pattern = None if pattern is None else PathPattern(pattern, (*_WHO, "stream"))
        for what, keys in (("columns", self._columns), ("fixed", self._fixed)):
            for key in keys:
                if key not in _WHO:
                    raise ConfigError(f"{self.name}: {what}: expected some of {_WHO}, got {key!r}")
        told = {*self._columns, *self._fixed, *(self._pattern.fields if self._pattern else ())}
        if "subject" not in told:
            raise ConfigError(
                f"{self.name}: nothing tells the subject; give pattern='{{subject}}/...', "
                "columns={'subject': ...} or fixed={'subject': ...}"
            )
        self._dataset = dataset or self.name
        self.classes = tuple(classes)
        self.ignored: tuple[str, ...] = ()
        self._settings = {
            "channels": self._channels,
            "units": self._units,
            "time": time,
            "time_format": time_format,
            "rate_hz": rate_hz,
            "label": label,
            "columns": self._columns,
            "pattern": pattern,
            "fixed": self._fixed,
            "modality": modality,
            "layout": layout,
            "dataset": self._dataset,
            "classes": list(classes),
        }

    @classmethod
    def recognize(cls, path: Path) -> str | None:
        """Return how many files end as this format's do, or None if none does."""
        endings = "|".join(re.escape(suffix) for suffix in cls.suffixes)
        ends = re.compile(rf"[^/]*({endings})", re.IGNORECASE)
        return count_names(path, ends, f"*{' or *'.join(cls.suffixes)}")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return self._settings

    def discover(self, path: Path) -> list[Source]:
        """List the recordings in a file, or in the files under a folder, by path."""
        if not path.exists():
            raise FileNotFoundError(f"{self.name}: no such file or folder: {path}")
        root = path if path.is_dir() else path.parent
        files = (
            sorted(f for f in path.rglob("*") if f.suffix.lower() in self.suffixes and f.is_file())
            if path.is_dir()
            else [path]
        )
        takes: dict[tuple[tuple[str, str], ...], list[tuple[Path, str]]] = {}
        ignored = []
        for file in files:
            relative = file.relative_to(root).as_posix()
            told = {} if self._pattern is None else self._pattern.match(relative)
            if told is None:
                ignored.append(relative)
                continue
            stream = told.pop("stream", "")
            if self._pattern is None or not stream:
                told["_file"] = relative
            takes.setdefault(tuple(told.items()), []).append((file, stream))
        self.ignored = tuple(ignored)
        if not takes:
            raise FormatError(
                f"{self.name}: no file under {path} "
                + (f"fits the pattern; {len(ignored)} do not" if ignored else "ends so")
            )
        return [source for told, where in takes.items() for source in self._sources(told, where)]

    def _sources(
        self, told: tuple[tuple[str, str], ...], where: list[tuple[Path, str]]
    ) -> list[Source]:
        who = {**self._fixed, **dict(told)}
        file = who.pop("_file", None)
        base = file or "_".join(dict(told).values()) or where[0][0].name
        streams = {stream: path for path, stream in where}
        info = {"who": who, "streams": streams, "rows": {}}
        if not self._columns:
            return [Source(base, tuple(streams.values()), info)]
        try:
            groups = self._groups(where[0][0])
        except FormatError:  # reading it will say so, and it counts as one that failed
            return [Source(base, tuple(streams.values()), info)]
        return [
            Source(
                "_".join([base, *(str(value) for value in group.values())]),
                tuple(streams.values()),
                {"who": who | group, "streams": streams, "rows": group},
            )
            for group in groups
        ]

    def _groups(self, file: Path) -> list[dict[str, Any]]:
        columns = list(dict.fromkeys(self._columns.values()))
        table = self._load(file, columns, {}).unique(maintain_order=True)
        return [
            {key: row[column] for key, column in self._columns.items()}
            for row in table.iter_rows(named=True)
        ]

    def read(self, source: Source) -> Recording:
        """Read one recording."""
        who = {key: None if v is None else str(v) for key, v in source.info["who"].items()}
        subject = who.get("subject")
        if not subject:
            raise FormatError(f"{source.name}: nothing tells the subject")
        streams = [
            self._stream(file, name, source.info["rows"])
            for name, file in source.info["streams"].items()
        ]
        return Recording(
            id=source.name,
            dataset=self._dataset,
            subject=subject,
            activity=who.get("activity"),
            session=who.get("session"),
            trial=who.get("trial"),
            streams=streams,
        )

    def _stream(self, file: Path, name: str, rows: Mapping[str, Any]) -> Stream:
        extra = [column for column in (self._time, self._label) if column is not None]
        wanted = [*self._channels.values(), *extra, *self._columns.values()]
        numbers = dict.fromkeys(self._channels.values(), pl.Float64)
        table = self._load(file, list(dict.fromkeys(wanted)), numbers)
        for key, value in rows.items():
            table = table.filter(pl.col(self._columns[key]).eq_missing(value))
        if table.is_empty():
            raise FormatError(f"{file}: no samples")
        data = np.stack(
            [
                table[column].cast(pl.Float64).to_numpy() * to_store(self._units[channel])[1]
                for channel, column in self._channels.items()
            ],
            axis=1,
        )
        channels = tuple(self._channels)
        units = tuple(to_store(self._units[channel])[0] for channel in channels)
        if self._layout is not None:
            data, channels, units = self._joints(data, channels, units)
        labels = None
        if self._label is not None:
            labels = table[self._label].cast(pl.String).to_numpy().astype(object)
        return Stream(
            name=name or self._modality,
            modality=self._modality,
            data=data,
            channels=channels,
            units=units,
            rate_hz=self._rate_hz,
            time_s=None if self._time is None else self._seconds(file, table[self._time]),
            layout=self._layout,
            labels=labels,
        )

    def _joints(
        self, data: NDArray[Any], channels: tuple[str, ...], units: tuple[str, ...]
    ) -> tuple[NDArray[Any], tuple[str, ...], tuple[str, ...]]:
        from kinefuse.skeleton import layout

        joints = len(layout(str(self._layout)).joints)
        if len(channels) not in (2 * joints, 3 * joints) or len(set(units)) != 1:
            raise ConfigError(
                f"{self.name}: channels: expected {2 * joints} or {3 * joints} columns of one unit "
                f"for layout {self._layout!r}, got {len(channels)} in {sorted(set(units))}"
            )
        d = len(channels) // joints
        return data.reshape(len(data), joints, d), ("x", "y", "z")[:d], units[:d]

    def _seconds(self, file: Path, stamps: pl.Series) -> NDArray[np.float64]:
        if stamps.dtype.is_temporal():
            return _epoch_seconds(stamps)
        if self._time_format == "iso":
            return self._iso_seconds(file, stamps)
        if not stamps.dtype.is_numeric():
            refuse_cells(file, stamps, stamps.cast(pl.Float64, strict=False), "a number")
            stamps = stamps.cast(pl.Float64)
        return stamps.cast(pl.Float64).to_numpy() / _PER_SECOND[self._time_format]

    def _iso_seconds(self, file: Path, stamps: pl.Series) -> NDArray[np.float64]:
        text = stamps.cast(pl.String)
        parsed = text.str.to_datetime(time_unit="ns", time_zone="UTC", strict=False)
        if parsed.null_count() > text.null_count():  # no zone: all are taken as of the same
            parsed = text.str.to_datetime(time_unit="ns", strict=False)
        refuse_cells(file, text, parsed, "an ISO 8601 time")
        return _epoch_seconds(parsed)

    def _unit_of(self, channel: str, units: str | Mapping[str, str]) -> str:
        if isinstance(units, str):
            return units
        kind = channel.rpartition(".")[2].rpartition("_")[0]
        for key in (channel, channel.rpartition(".")[2], kind):
            if key in units:
                return units[key]
        raise ConfigError(f"{self.name}: units: none given for channel {channel!r}")

    @abstractmethod
    def _load(self, file: Path, columns: list[str], types: dict[str, Any]) -> pl.DataFrame:
        """Read columns of a file; raise FormatError for what is missing or not of the type."""


def _epoch_seconds(stamps: pl.Series) -> NDArray[np.float64]:
    nanoseconds = stamps.cast(pl.Datetime("ns")) if stamps.dtype == pl.Date else stamps
    return nanoseconds.dt.epoch("ns").cast(pl.Float64).to_numpy() / 1e9
