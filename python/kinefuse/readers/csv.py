"""CSV files through Polars."""

from pathlib import Path
from typing import Any

import polars as pl

from kinefuse.readers.about import About
from kinefuse.readers.table import TableReader
from kinefuse.readers.text import load_table

__all__ = ["Csv"]


class Csv(TableReader):
    """Reads text tables with a header; see :class:`TableReader` for what it takes.

    Parameters
    ----------
    separator : str
        Between cells.
    **settings
        As :class:`TableReader` takes them.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = readers.get("csv", channels={"acc_x": "x", "acc_y": "y", "acc_z": "z"},
    ...                      units="m/s2", time="timestamp", time_format="ms", label="label",
    ...                      pattern="{subject}/{_}_{trial}_{stream}.csv")
    >>> reader.name
    'csv'
    """

    name = "csv"
    suffixes = (".csv", ".txt", ".tsv")
    about = About(
        title="text tables of your own, described by settings",
        source="RFC 4180 and its relatives",
        licence="that of the recordings",
        kind="format",
    )

    def __init__(self, *, separator: str = ",", **settings: Any) -> None:
        super().__init__(**settings)
        self._separator = separator
        self._settings["separator"] = separator

    def _load(self, file: Path, columns: list[str], types: dict[str, Any]) -> pl.DataFrame:
        return load_table(file, columns, types, separator=self._separator)
