"""Parquet files through Polars."""

from pathlib import Path

import polars as pl

from kinefuse.readers.about import About
from kinefuse.readers.columnar import ColumnarTable
from kinefuse.readers.table import TableReader

__all__ = ["Parquet"]


class Parquet(TableReader):
    """Reads Parquet tables; see :class:`TableReader` for what it takes."""

    name = "parquet"
    suffixes = (".parquet", ".pq")
    about = About(
        title="Parquet tables of your own, described by settings",
        source="https://parquet.apache.org/docs/file-format/",
        licence="that of the recordings",
        kind="format",
    )

    def open_table(self, file: Path) -> ColumnarTable:
        """Open a file."""
        return ColumnarTable(file, pl.scan_parquet, "Parquet")
