"""Parquet files through Polars."""

from pathlib import Path
from typing import Any

import polars as pl

from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.table import TableReader
from kinefuse.readers.text import check_columns

__all__ = ["Parquet"]


class Parquet(TableReader):
    """Reads Parquet tables; see :class:`TableReader` for what it takes."""

    name = "parquet"
    suffixes = (".parquet",)
    about = About(
        title="Parquet tables of your own, described by settings",
        source="https://parquet.apache.org/docs/file-format/",
        licence="that of the recordings",
        kind="format",
    )

    def _load(self, file: Path, columns: list[str], types: dict[str, Any]) -> pl.DataFrame:
        try:
            there = pl.read_parquet_schema(file)
            check_columns(file, columns, list(there))
            table = pl.read_parquet(file, columns=columns)
        except pl.exceptions.PolarsError as error:
            reason = str(error).split("\n", 1)[0]
            raise FormatError(f"{file}: not a whole Parquet file ({reason})") from error
        for column in types:
            if not table[column].dtype.is_numeric():
                raise FormatError(
                    f"{file}: column {column!r}: expected numbers, got {table[column].dtype}"
                )
        return table
