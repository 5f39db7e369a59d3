"""Labels from a second table: what was done from when to when."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.dialect import sniff
from kinefuse.readers.text_table import TextTable
from kinefuse.readers.times import PER_SECOND, Clock, check_time_format

__all__ = ["IntervalTable", "LabelIntervals"]

_KEYS = {
    "path": str, "start": str, "stop": str, "label": str, "by": str, "first_row": int,
    "inclusive": bool, "time_format": str, "time_zone": str, "columns": Mapping, "names": Mapping,
    "separator": str, "header": Sequence,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class LabelIntervals:
    """Stretches of time or of rows, without overlap, and what was done in them.

    ``bounds`` (n, 2) are starts and stops, rising; ``numbers`` (n,) say which of ``names``.
    """

    bounds: NDArray[np.float64]
    numbers: NDArray[np.int32]
    names: tuple[str, ...]
    by_rows: bool
    counts: Counter[str] = field(default_factory=Counter)

    def codes(self, time_s: NDArray[np.float64], first_row: int) -> NDArray[np.int32]:
        """Return which name each row has, -1 for none.

        Examples
        --------
        >>> walk = LabelIntervals(np.array([[1.0, 3.0]]), np.array([0], np.int32), ("walk",), True)
        >>> walk.codes(np.zeros(5), first_row=0)
        array([-1,  0,  0, -1, -1], dtype=int32)
        """
        codes = np.full(len(time_s), -1, dtype=np.int32)
        if not len(self.bounds):
            return codes
        where = first_row + np.arange(len(time_s), dtype=np.float64) if self.by_rows else time_s
        at = np.searchsorted(self.bounds[:, 0], where, side="right") - 1
        inside = (at >= 0) & (where < self.bounds[at, 1])
        codes[inside] = self.numbers[at[inside]]
        return codes


class IntervalTable:
    """The table of the intervals: where it lies and what its columns are.

    Parameters
    ----------
    path : str
        Below the folder that is read, with the fields that the recordings' paths tell:
        ``"labels/{subject}_{session}.csv"``, or one file for all.
    start, stop : str
        The columns of the first moment or row, and of that after the last.
    label : str
        The column that names what was done.
    by : {"time", "rows"}
        What ``start`` and ``stop`` are.
    first_row : int
        The number of a recording's first row, where they are rows.
    inclusive : bool
        Whether ``stop`` belongs to the interval.
    time_format, time_zone : str, optional
        What the times are, as for the samples; those of the samples if not given.
    columns : dict of str to str
        Which columns must say what of the recording: ``{"subject": "user"}``.
    names : dict of str to str
        Names for labels that are numbers: ``{"1": "walking"}``.
    separator, header : optional
        How it is written, where it cannot be found out; ``header`` names the columns of a file
        without a header.

    Raises
    ------
    ConfigError
        Settings that are missing or make no sense.
    """

    def __init__(self, who: str, settings: Mapping[str, Any]) -> None:
        for key, value in settings.items():
            if key not in _KEYS or not isinstance(value, _KEYS[key]):
                raise ConfigError(
                    f"{who}: intervals: {key}={value!r}: expected some of {', '.join(_KEYS)}"
                )
        for key in ("path", "start", "stop", "label"):
            if key not in settings:
                raise ConfigError(f"{who}: intervals: expected {key!r}, which is not there")
        self._told = dict(settings)
        self.by_rows = settings.get("by", "time") == "rows"
        if settings.get("by", "time") not in ("time", "rows"):
            raise ConfigError(f"{who}: intervals: by: expected 'time' or 'rows'")
        if "time_format" in settings:
            check_time_format(f"{who}: intervals", settings["time_format"])

    def file_for(self, root: Path, who: Mapping[str, Any]) -> Path:
        """Return the file that tells of a recording.

        Raises
        ------
        ConfigError
            The path has a field that nothing tells.
        """
        try:
            return root / str(self._told["path"]).format(**who)
        except (KeyError, IndexError, ValueError) as error:
            raise ConfigError(
                f"intervals: path: {self._told['path']!r} has a field that nothing tells: {error}"
            ) from None

    def load(
        self, file: Path, who: Mapping[str, Any], time_format: str, *, zone: str | None = None
    ) -> LabelIntervals:
        """Read the intervals of one recording, whose own stamps are of ``time_format``.

        Raises
        ------
        FormatError
            The file is missing or lacks a column, or an interval ends before it begins. Where
            intervals overlap, the one that begins later counts, and ``labels_overlapping`` says how
            many do.
        """
        if not file.is_file():
            raise FormatError(f"{file}: expected the table of the intervals; there is none")
        told = self._told
        table = TextTable(
            file, sniff(file, separator=told.get("separator"), names=told.get("header"))
        )
        by = {key: column for key, column in told.get("columns", {}).items() if key in who}
        wanted = [told["start"], told["stop"], told["label"], *by.values()]
        wanted = list(dict.fromkeys(wanted))
        blocks = [block.frame(wanted) for block in table.blocks(wanted, ())]
        rows = (
            pl.concat(blocks) if blocks else pl.DataFrame(schema=dict.fromkeys(wanted, pl.String))
        )
        rows = rows.with_row_index("_row")
        for key, column in by.items():
            rows = rows.filter(_plain(pl.col(column)) == _bare(str(who[key])))
        start, stop = (
            self._moments(file, rows, told[end], time_format, zone) for end in ("start", "stop")
        )
        if self.by_rows:
            start, stop = (moment - told.get("first_row", 0) for moment in (start, stop))
            stop = stop + bool(told.get("inclusive"))
        elif told.get("inclusive"):
            stop = np.nextafter(stop, np.inf)
        bad = np.flatnonzero(~(start <= stop))
        if len(bad):
            row = int(rows["_row"][int(bad[0])]) + 1
            raise FormatError(
                f"{file}: row {row}: expected an interval, got {rows[told['start']][int(bad[0])]} "
                f"to {rows[told['stop']][int(bad[0])]}"
            )
        labels = rows[told["label"]].fill_null("").to_list()
        return _without_overlap(start, stop, labels, told.get("names", {}), self.by_rows)

    def _moments(
        self, file: Path, rows: pl.DataFrame, column: str, time_format: str, zone: str | None
    ) -> NDArray[np.float64]:
        cells = rows[column]
        if self.by_rows:
            return Clock(file, "s").seconds(cells)
        if not len(cells):
            return np.empty(0)
        named = self._told.get("time_format")
        if named is None:
            dates = bool(cells.str.contains(r"^\s*\d{4}-\d\d-\d\d").any())
            named = "iso" if dates else time_format
            if named == "iso" and not dates:
                raise FormatError(f"{file}: column {column!r}: say intervals.time_format")
        zone = self._told.get("time_zone", zone)
        return Clock(file, named, None if named in PER_SECOND else zone).seconds(cells)


def _bare(text: str) -> str:
    """Return a number as it is counted: what a path calls 01 is 1 in a table."""
    return text.lstrip("0") or "0" if text.isdigit() else text


def _plain(cells: pl.Expr) -> pl.Expr:
    digits = cells.str.contains(r"^\d+$")
    return pl.when(digits).then(cells.str.replace(r"^0+(\d)", "${1}")).otherwise(cells)


def _without_overlap(
    start: NDArray[np.float64],
    stop: NDArray[np.float64],
    labels: Sequence[str],
    names: Mapping[str, str],
    by_rows: bool,
) -> LabelIntervals:
    order = np.argsort(start, kind="stable")
    named = [names.get(labels[i], labels[i]) for i in order]
    known = tuple(dict.fromkeys(name for name in named if name))
    number = {name: i for i, name in enumerate(known)} | {"": -1}
    start, stop = start[order], stop[order]
    counts: Counter[str] = Counter()
    if len(start):
        following = np.append(start[1:], np.inf)
        counts["labels_overlapping"] += int((stop > following).sum())
        stop = np.minimum(stop, following)
    return LabelIntervals(
        np.stack([start, stop], axis=1),
        np.array([number[name] for name in named], dtype=np.int32),
        known,
        by_rows,
        counts,
    )
