"""CSV files and their relatives, in whatever dialect."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kinefuse.readers.about import About
from kinefuse.readers.dialect import sniff
from kinefuse.readers.table import TableReader
from kinefuse.readers.text_table import TextTable

__all__ = ["Csv"]

_ENDINGS = (".csv", ".txt", ".tsv", ".dat")


class Csv(TableReader):
    """Reads tables of text; see :class:`TableReader` for what it takes besides.

    How a file is written is found out: separator, decimal comma, comment and header lines, units,
    encoding, compression (gzip, bzip2, xz, zstd). What is given here is taken as given.

    Parameters
    ----------
    separator, decimal, encoding, comment : str, optional
        As in :class:`kinefuse.readers.dialect.Dialect`.
    skip_lines : int, optional
        Lines before the header.
    header_lines : int, optional
        Rows of the header: 0 where there is none, 2 for two levels or a row of units.
    names : sequence of str, optional
        The names of the columns, where the file has none or others. Without names, columns are
        called ``column_1`` and so on.
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
    suffixes = (*_ENDINGS, *(e + p for e in _ENDINGS for p in (".gz", ".bz2", ".xz", ".zst")))
    about = About(
        title="text tables of your own, described by settings",
        source="RFC 4180 and its relatives",
        licence="that of the recordings",
        kind="format",
    )

    def __init__(
        self,
        *,
        separator: str | None = None,
        decimal: str | None = None,
        encoding: str | None = None,
        comment: str | None = None,
        skip_lines: int | None = None,
        header_lines: int | None = None,
        names: Sequence[str] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self._told: dict[str, Any] = {
            "separator": separator,
            "decimal": decimal,
            "encoding": encoding,
            "comment": comment,
            "skip_lines": skip_lines,
            "header_lines": header_lines,
            "names": None if names is None else list(names),
        }
        self._settings |= self._told

    def open_table(self, file: Path) -> TextTable:
        """Open a file, having found out how it is written."""
        return TextTable(file, sniff(file, **self._told))
