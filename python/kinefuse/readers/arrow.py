"""Arrow files (also called IPC, or Feather) through Polars."""

from pathlib import Path

import polars as pl

from kinefuse.readers.about import About
from kinefuse.readers.columnar import ColumnarTable
from kinefuse.readers.table import TableReader

__all__ = ["Arrow"]


class Arrow(TableReader):
    """Reads Arrow tables; see :class:`TableReader` for what it takes.

    Arrow's stream format is read whole, its file format (Feather version 2) in chunks.
    """

    name = "arrow"
    suffixes = (".arrow", ".feather", ".ipc", ".arrows")
    about = About(
        title="Arrow tables of your own, described by settings",
        source="https://arrow.apache.org/docs/format/Columnar.html",
        licence="that of the recordings",
        kind="format",
    )

    def open_table(self, file: Path) -> ColumnarTable:
        """Open a file."""
        return ColumnarTable(file, _scan, "Arrow")


def _scan(file: Path) -> pl.LazyFrame:
    with file.open("rb") as content:
        is_file = content.read(6) == b"ARROW1"
    return pl.scan_ipc(file) if is_file else pl.read_ipc_stream(file).lazy()
