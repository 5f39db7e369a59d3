"""From the rows of a table to the chunks of a stream: units, clock, labels, joints."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Chunk, ChunkedStream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.frames import TableFile
from kinefuse.readers.groups import Run, rows_of
from kinefuse.readers.intervals import LabelIntervals
from kinefuse.readers.times import PER_SECOND, Clock, guess_time_format, join_stamps
from kinefuse.units import to_store

__all__ = ["Columns", "find_time_format", "name_channels", "stream_of"]


@dataclass(frozen=True, kw_only=True)
class Columns:
    """What the columns of a table are; see :class:`kinefuse.readers.table.TableReader`."""

    who: str
    channels: Mapping[str, str]
    units: str | Mapping[str, str] | None = None
    time: tuple[str, ...] = ()
    time_format: str = "auto"
    time_zone: str | None = None
    rate_hz: float | None = None
    label: str | None = None
    modality: str = "inertial"
    layout: str | None = None

    def unit_of(self, channel: str, stated: Mapping[str, str], file: Path | None = None) -> str:
        """Return the unit of a channel, told or stated by the file's header."""
        unit = self._unit_of(channel, stated, file)
        if unit == "?":
            raise ConfigError(f"{self.who}: units: say what the unit of channel {channel!r} is")
        return unit

    def _unit_of(self, channel: str, stated: Mapping[str, str], file: Path | None) -> str:
        if isinstance(self.units, str):
            return self.units
        column = self.channels[channel]
        if self.units is None:
            if column in stated:
                return stated[column]
            raise FormatError(f"{file}: nothing tells the unit of column {column!r}; say units")
        name = channel.rpartition(".")[2]
        for key in (channel, name, name.rpartition("_")[0]):
            if key in self.units:
                return self.units[key]
        raise ConfigError(f"{self.who}: units: none given for channel {channel!r}")


def name_channels(
    who: str, channels: Mapping[str, str | Sequence[str]] | Sequence[str]
) -> dict[str, str]:
    """Return the column of each channel.

    >>> name_channels("csv", {"acc": ["u", "v", "w"], "light": "lux"})
    {'acc_x': 'u', 'acc_y': 'v', 'acc_z': 'w', 'light': 'lux'}
    """
    if not isinstance(channels, Mapping):
        channels = {name: name for name in channels}
    named: dict[str, str] = {}
    for name, columns in channels.items():
        several = [columns] if isinstance(columns, str) else list(columns)
        ends = "xyz" if len(several) == 3 else [str(i + 1) for i in range(len(several))]
        for end, column in zip(ends, several, strict=True):
            channel = name if isinstance(columns, str) else f"{name}_{end}"
            if channel in named:
                raise ConfigError(f"{who}: channels: {channel!r} comes twice")
            named[channel] = column
    return named


def stream_of(
    table: TableFile,
    columns: Columns,
    name: str,
    time_format: str,
    *,
    runs: Sequence[Run] | None = None,
    intervals: Callable[[str], LabelIntervals] | None = None,
) -> ChunkedStream:
    """Return the stream that rows of a table make.

    Parameters
    ----------
    table : TableFile
    columns : Columns
        What its columns are.
    name : str
        The stream's.
    time_format : str
        What the stamps are.
    runs : sequence of Run, optional
        Which rows; all without.
    intervals : callable, optional
        Reads what was done when, where no column tells it, given the format of the stamps.

    Raises
    ------
    FormatError
        The table is not as ``columns`` says.
    ConfigError
        Channels that do not fit the layout.
    """
    stored = [to_store(columns.unit_of(c, table.units, table.file)) for c in columns.channels]
    channels, units = tuple(columns.channels), tuple(unit for unit, _ in stored)
    shape: tuple[int, ...] = (len(channels),)
    if columns.layout is not None:
        shape, channels, units = _joints(columns, units)
    counts: Counter[str] = Counter()
    labels = None if intervals is None else intervals(time_format)

    def chunks() -> Iterator[Chunk]:
        found = table.again()
        made = _chunks(found, columns, time_format, [f for _, f in stored], runs, labels)
        for chunk in made:
            yield _shaped(chunk, shape)
        counts.update(found.counts)
        if labels is not None:
            counts.update(labels.counts)

    return ChunkedStream(
        name=name,
        modality=columns.modality.replace("{stream}", name),
        channels=channels,
        units=units,
        sample_shape=shape,
        timed=bool(columns.time),
        labelled=columns.label is not None or intervals is not None,
        chunks=chunks,
        rate_hz=columns.rate_hz,
        layout=columns.layout,
        counts=counts,
        file=table.file,
    )


def find_time_format(table: TableFile, columns: Columns) -> tuple[str, str]:
    """Return what the stamps are, and in words how that is known.

    Raises
    ------
    FormatError
        It cannot be told.
    """
    if not columns.time:
        return "s", ""
    if columns.time_format != "auto":
        return columns.time_format, f"time {columns.time_format}"
    first, *more = columns.time
    if not more and table.units.get(first) in PER_SECOND:
        return table.units[first], f"time {table.units[first]} by the header"
    try:
        stamps = join_stamps([table.head(column) for column in columns.time])
        named = guess_time_format(stamps, columns.rate_hz)
    except FormatError as error:
        raise FormatError(f"{table.file}: column {' + '.join(columns.time)!r}: {error}") from None
    return named, f"time {named}" + (" (guessed)" if named in PER_SECOND else "")


def _joints(
    columns: Columns, units: tuple[str, ...]
) -> tuple[tuple[int, ...], tuple[str, ...], tuple[str, ...]]:
    from kinefuse.skeleton import layout

    joints, n = len(layout(str(columns.layout)).joints), len(columns.channels)
    if n not in (2 * joints, 3 * joints) or len(set(units)) != 1:
        raise ConfigError(
            f"{columns.who}: channels: expected {2 * joints} or {3 * joints} columns of one unit "
            f"for layout {columns.layout!r}, got {n} in {sorted(set(units))}"
        )
    d = n // joints
    return (joints, d), ("x", "y", "z")[:d], units[:d]


def _chunks(
    table: TableFile,
    columns: Columns,
    time_format: str,
    factors: Sequence[float],
    runs: Sequence[Run] | None,
    intervals: LabelIntervals | None,
) -> Iterator[Chunk]:
    values = list(columns.channels.values())
    clock = None
    numbers = set(values)
    if columns.time:
        clock = Clock(table.file, time_format, columns.time_zone)
        numbers |= set(columns.time) if clock.is_number else set()
    if clock is not None and clock.is_number and columns.time_zone is not None:
        raise FormatError(
            f"{table.file}: time_zone is for dates; column {columns.time[0]!r} holds numbers, "
            "which count from 1970 in UTC or from anywhere"
        )
    extra = [*columns.time, *([] if columns.label is None else [columns.label])]
    wanted = list(dict.fromkeys([*values, *extra]))
    done = 0
    for block in rows_of(table, wanted, numbers, runs):
        data = block.numbers(values) * np.array(factors)
        time_s = labels = None
        names: Sequence[str] = ()
        if clock is not None:
            stamps = join_stamps([block[column] for column in columns.time])
            time_s = clock.seconds(stamps, block.row)
        if columns.label is not None:
            labels, names = block.codes(columns.label)
        elif intervals is not None:
            when = time_s
            if when is None:
                when = (done + np.arange(len(block))) / float(columns.rate_hz or 1.0)
            labels, names = intervals.codes(when, done), intervals.names
        done += len(block)
        yield Chunk(
            data=data,
            time_s=time_s,
            labels=labels,
            label_names=names,
            bytes_read=block.bytes_read,
        )
    if not done:
        raise FormatError(f"{table.file}: no samples")


def _shaped(chunk: Chunk, shape: tuple[int, ...]) -> Chunk:
    if len(shape) == 1:
        return chunk
    data: NDArray[Any] = chunk.data.reshape(len(chunk.data), *shape)
    return Chunk(
        data=data,
        time_s=chunk.time_s,
        labels=chunk.labels,
        label_names=chunk.label_names,
        bytes_read=chunk.bytes_read,
    )
