"""CSV files through Polars."""

from pathlib import Path
from typing import Any

import polars as pl

from kinefuse.errors import FormatError
from kinefuse.readers.table import TableReader

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

    def __init__(self, *, separator: str = ",", **settings: Any) -> None:
        super().__init__(**settings)
        self._separator = separator
        self._settings["separator"] = separator

    def _load(self, file: Path, columns: list[str], types: dict[str, Any]) -> pl.DataFrame:
        text = file.read_bytes()
        if not text.strip():
            raise FormatError(f"{file}: the file is empty")
        try:
            there = pl.read_csv(text, separator=self._separator, n_rows=0, infer_schema=False)
            self._check_columns(file, columns, there.columns)
            try:
                return pl.read_csv(
                    text,
                    separator=self._separator,
                    columns=columns,
                    schema_overrides=types,
                    infer_schema_length=10_000,
                )
            except pl.exceptions.ComputeError:
                cells = pl.read_csv(
                    text, separator=self._separator, columns=columns, infer_schema=False
                )
                return self._numbers(file, cells, types)
        except (pl.exceptions.PolarsError, UnicodeError) as error:
            reason = str(error).split("\n", 1)[0]
            raise FormatError(f"{file}: not a table of text ({reason})") from error

    def _numbers(self, file: Path, cells: pl.DataFrame, types: dict[str, Any]) -> pl.DataFrame:
        # Polars did not say which cell it was.
        parsed = []
        for column in cells.get_columns():
            if column.name in types:
                number = column.str.strip_chars().cast(pl.Float64, strict=False)
                self._refuse_cell(file, column, number, "a number")
                column = number
            parsed.append(column)
        return pl.DataFrame(parsed)
