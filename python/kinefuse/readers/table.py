"""Tables with a row a sample, whatever the file: columns become channels, units are converted."""

import re
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from kinefuse.data.recording import ChunkedStream, Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.archives import refuse_archive
from kinefuse.readers.frames import TableFile
from kinefuse.readers.groups import Run, find_groups
from kinefuse.readers.intervals import IntervalTable
from kinefuse.readers.listing import count_names
from kinefuse.readers.pattern import PathPattern, check_fields
from kinefuse.readers.registry import Source
from kinefuse.readers.table_rows import Columns, find_time_format, name_channels, stream_of
from kinefuse.readers.text_table import TextTable
from kinefuse.readers.times import PER_SECOND, check_time_format

__all__ = ["TableReader"]

_WHO = ("subject", "activity", "session", "trial")


class TableReader(ABC):
    """What reading CSV and reading Parquet have in common.

    Parameters
    ----------
    channels : dict of str to str or to sequence of str, or sequence of str
        The store's channel names and the columns they come from. ``{"acc": ["u", "v", "w"]}``
        stands for ``acc_x``, ``acc_y`` and ``acc_z``, other numbers of columns for ``acc_1``,
        ``acc_2``…; a plain list keeps the names.
    units : str or dict of str to str, optional
        The unit of all channels, or by channel name or the part of it before the last ``_``
        (``{"acc": "m/s2", "gyro": "deg/s"}``). Acceleration is turned into g, angular rate into
        rad/s, lengths into m; other units stay. A count's worth may stand before the unit:
        ``"1/64 g"``. Without, what the files' headers say.
    time : str or sequence of str, optional
        The column of time stamps, or those of its parts, ``["date", "time"]``, which are read with
        a blank between them. Without it, samples are ``1 / rate_hz`` apart.
    time_format : str
        What the stamps are: ``"s"``, ``"ms"``, ``"us"``, ``"ns"``, ``"iso"``, or a pattern
        (``"%d/%m/%Y %H:%M:%S%.f"``). ``"auto"`` tells by the first of them, and refuses to guess.
    time_zone : str, optional
        The zone of dates that do not say theirs (``"Europe/Berlin"``); UTC without.
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
        ``"inertial"``, ``"skeleton"``…; ``"{stream}"`` is the stream's name.
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
        channels: Mapping[str, str | Sequence[str]] | Sequence[str],
        units: str | Mapping[str, str] | None = None,
        time: str | Sequence[str] | None = None,
        time_format: str = "auto",
        time_zone: str | None = None,
        rate_hz: float | None = None,
        label: str | None = None,
        intervals: Mapping[str, Any] | None = None,
        columns: Mapping[str, str] | None = None,
        pattern: str | None = None,
        fixed: Mapping[str, str] | None = None,
        modality: str = "inertial",
        layout: str | None = None,
        dataset: str | None = None,
        classes: Sequence[str] = (),
    ) -> None:
        named = name_channels(self.name, channels)
        if not named:
            raise ConfigError(f"{self.name}: channels: expected at least one column, got none")
        check_time_format(self.name, time_format)
        stamps = _time_columns(self.name, time, time_format)
        if time is None and rate_hz is None:
            raise ConfigError(f"{self.name}: expected a time column or rate_hz, got neither")
        if label is not None and intervals is not None:
            raise ConfigError(f"{self.name}: expected label or intervals, got both")
        if time_zone is not None and time_format in PER_SECOND:
            raise ConfigError(f"{self.name}: time_zone: is for dates, not for {time_format!r}")
        self._what = Columns(
            who=self.name,
            channels=named,
            units=units,
            time=stamps,
            time_format=time_format,
            time_zone=time_zone,
            rate_hz=rate_hz,
            label=label,
            modality=modality,
            layout=layout,
        )
        if units is not None:
            for channel in named:
                self._what.unit_of(channel, {})
        self._intervals = None if intervals is None else IntervalTable(self.name, intervals)
        self._columns, self._fixed = dict(columns or {}), dict(fixed or {})
        self._pattern = None if pattern is None else PathPattern(pattern, (*_WHO, "stream"))
        check_fields(self.name, "columns", self._columns, _WHO)
        check_fields(self.name, "fixed", self._fixed, _WHO)
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
            "channels": named,
            "units": units if units is None or isinstance(units, str) else dict(units),
            "time": time if time is None or isinstance(time, str) else list(time),
            "time_format": time_format,
            "time_zone": time_zone,
            "rate_hz": rate_hz,
            "label": label,
            "intervals": None if intervals is None else dict(intervals),
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
        shown = [suffix for suffix in cls.suffixes if suffix.count(".") == 1]
        return count_names(path, ends, f"*{' or *'.join(shown)}")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return self._settings

    def discover(self, path: Path) -> list[Source]:
        """List the recordings in a file, or in the files under a folder, by path."""
        files = self.list_files(path)
        root = path if path.is_dir() else path.parent
        if not any(map(self._is_one, files)):
            refuse_archive(path, self.name)
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
        return [s for told, where in takes.items() for s in self._sources(root, told, where)]

    def list_files(self, path: Path) -> list[Path]:
        """Return a file, or the files of this kind under a folder, sorted by path."""
        if not path.exists():
            raise FileNotFoundError(f"{self.name}: no such file or folder: {path}")
        if not path.is_dir():
            return [path]
        return sorted(file for file in path.rglob("*") if self._is_one(file))

    def _is_one(self, file: Path) -> bool:
        return file.name.lower().endswith(self.suffixes) and file.is_file()

    def _sources(
        self, root: Path, told: tuple[tuple[str, str], ...], where: list[tuple[Path, str]]
    ) -> list[Source]:
        who: dict[str, Any] = {**self._fixed, **dict(told)}
        file = who.pop("_file", None)
        base = file or "_".join(dict(told).values()) or where[0][0].name
        streams = {stream: path for path, stream in where}
        if not self._columns:
            return [self._source(base, root, who, streams, {})]
        try:
            found = {
                stream: find_groups(self.open_table(path), self._columns)
                for stream, path in streams.items()
            }
        except (FormatError, OSError):  # reading will say so, and it counts as one that failed
            return [self._source(base, root, who, streams, {})]
        sources = []
        for group in next(iter(found.values())):
            name = "_".join([base, *map(str, group)])
            told_by_rows = dict(zip(self._columns, group, strict=True))
            runs = {stream: groups.get(group, []) for stream, groups in found.items()}
            sources.append(self._source(name, root, who | told_by_rows, streams, runs))
        return sources

    def _source(
        self,
        name: str,
        root: Path,
        who: dict[str, Any],
        streams: dict[str, Path],
        runs: dict[str, list[Run]],
    ) -> Source:
        files = list(streams.values())
        info: dict[str, Any] = {"who": who, "streams": streams, "runs": runs}
        if self._intervals is not None:
            info["intervals"] = self._intervals.file_for(root, who)
            files.append(info["intervals"])
        return Source(name, tuple(file for file in files if file.exists()), info)

    def read(self, source: Source) -> Recording:
        """Read one recording; files of more than some 64 MB come as chunks."""
        told: dict[str, Any] = source.info["who"]
        who = {key: None if v is None else str(v) for key, v in told.items()}
        subject = who.get("subject")
        if self._columns and not source.info["runs"]:
            for file in source.info["streams"].values():
                find_groups(self.open_table(file), self._columns)  # says what discovering met
        if not subject:
            raise FormatError(f"{source.name}: nothing tells the subject")
        streams: list[Stream | ChunkedStream] = []
        counts: Counter[str] = Counter()
        found: dict[str, str] = {}
        for name, file in source.info["streams"].items():
            streams.append(self._stream(source, file, name, counts, found))
        return Recording(
            id=source.name,
            dataset=self._dataset,
            subject=subject,
            activity=who.get("activity"),
            session=who.get("session"),
            trial=who.get("trial"),
            streams=streams,
            counts=counts,
            found=found,
        )

    def _stream(
        self,
        source: Source,
        file: Path,
        name: str,
        counts: Counter[str],
        found: dict[str, str],
    ) -> Stream | ChunkedStream:
        table = self.open_table(file)
        runs = source.info["runs"].get(name)
        if runs is not None and len(runs) > 1:
            if not self._what.time:
                raise FormatError(
                    f"{file}: the rows of {source.name} lie in {len(runs)} places, from row "
                    f"{runs[0].first + 1} and from row {runs[1].first + 1} on, and nothing tells "
                    "how much time is between; give a time column, or one that tells the trials"
                )
            counts["places_joined"] += len(runs) - 1
        intervals = None
        if self._intervals is not None:
            intervals = partial(
                self._intervals.load,
                source.info["intervals"],
                {key: value for key, value in source.info["who"].items() if value is not None},
                zone=self._what.time_zone,
            )
        name = name or self._what.modality
        time_format, known = find_time_format(table, self._what)
        if isinstance(table, TextTable):
            found[name] = ", ".join(part for part in (table.found, known) if part)
        stream = stream_of(
            table,
            self._what,
            name,
            time_format,
            runs=runs,
            intervals=intervals,
        )
        if table.large:
            return stream
        (loaded,) = Recording(id=name, dataset="_", subject="_", streams=[stream]).load()
        counts += stream.counts
        return loaded

    @abstractmethod
    def open_table(self, file: Path) -> TableFile:
        """Open a file; raise FormatError if it is none of its kind."""


def _time_columns(who: str, time: str | Sequence[str] | None, time_format: str) -> tuple[str, ...]:
    if time is None or isinstance(time, str):
        return () if time is None else (time,)
    columns = tuple(time)
    if len(set(columns)) < len(columns) or len(columns) < 2:
        raise ConfigError(
            f"{who}: time: expected a column, or several different ones, got {list(columns)}"
        )
    if time_format in PER_SECOND:
        raise ConfigError(
            f"{who}: time_format: {time_format!r} is for a column of numbers, and time has "
            f"{len(columns)} columns: 'iso', or a pattern of them with blanks between"
        )
    return columns
