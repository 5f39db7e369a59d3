"""Text files of numbers, with a header or without; a cell that is none is named."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.errors import FormatError
from kinefuse.readers.dialect import Dialect, sniff
from kinefuse.readers.frames import check_columns, refuse_cells
from kinefuse.readers.text_table import TextTable

__all__ = ["check_columns", "load_rows", "load_table", "refuse_cells"]


def load_rows(file: Path, columns: int) -> NDArray[np.float64]:
    """Read a file without a header: numbers between blanks, equally many in each line.

    Parameters
    ----------
    file : Path
    columns : int
        How many a line must have.

    Returns
    -------
    (rows, columns) array of float64

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        It is empty, or something else than such a table.
    """
    dialect = Dialect(
        columns=tuple(f"column_{i + 1}" for i in range(columns)),
        separator=" ",
        header_lines=0,
        data_line=0,
    )
    with suppress(FormatError):  # what is wrong is said below
        blocks = TextTable(file, dialect).blocks(dialect.columns, dialect.columns)
        tables = [block.rows for block in blocks]
        if tables and not any(c.null_count() for rows in tables for c in rows.get_columns()):
            return pl.concat(tables).to_numpy(order="c")
    return _checked_rows(file, columns)


def _checked_rows(file: Path, columns: int) -> NDArray[np.float64]:
    """Read with NumPy, which is slow and says what is wrong where."""
    try:
        text = file.read_text(encoding="ascii")
        if not text.strip():
            raise FormatError(f"{file}: the file is empty")
        rows = np.loadtxt(StringIO(text), ndmin=2, comments=None)
    except ValueError as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(f"{file}: expected {columns} numbers a line: {error}") from None
    if rows.shape[1] != columns:
        raise FormatError(f"{file}: expected {columns} numbers a line, got {rows.shape[1]}")
    return rows


def load_table(
    file: Path, columns: Sequence[str], numbers: Collection[str], **told: Any
) -> pl.DataFrame:
    """Read some columns of a table of text, in whatever dialect.

    Parameters
    ----------
    file : Path
    columns : sequence of str
        Which.
    numbers : collection of str
        Those that must hold numbers; they become float64, empty cells null. The others are text.
    **told
        What is known of the dialect, as :func:`kinefuse.readers.dialect.sniff` takes it:
        ``separator``, ``names``, ``header_lines``…

    Returns
    -------
    polars.DataFrame

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        It is empty or no table, lacks a column, or a cell should be a number and is none.
    """
    table = TextTable(file, sniff(file, **told))
    blocks = [block.rows for block in table.blocks(columns, numbers)]
    if not blocks:
        types = {name: pl.Float64 if name in numbers else pl.String for name in columns}
        return pl.DataFrame(schema=types)
    return pl.concat(blocks)
