"""Text files of numbers, with a header or without; a cell that is none is named."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches
from io import StringIO
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.errors import FormatError

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
    file: Path, columns: Sequence[str], numbers: Collection[str], *, separator: str = ","
) -> pl.DataFrame:
    """Read some columns of a file with a header.

    Parameters
    ----------
    file : Path
    columns : sequence of str
        Which.
    numbers : collection of str
        Those that must hold numbers; they become float64, empty cells null.
    separator : str
        Between cells.

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
    text = file.read_bytes()
    if not text.strip():
        raise FormatError(f"{file}: the file is empty")
    wanted = list(columns)
    try:
        there = pl.read_csv(text, separator=separator, n_rows=0, infer_schema=False)
        check_columns(file, wanted, there.columns)
        try:
            return pl.read_csv(
                text,
                separator=separator,
                columns=wanted,
                schema_overrides=dict.fromkeys(numbers, pl.Float64),
                infer_schema_length=10_000,
            )
        except pl.exceptions.ComputeError:
            # Polars did not say which cell it was.
            cells = pl.read_csv(text, separator=separator, columns=wanted, infer_schema=False)
            return _parsed(file, cells, numbers)
    except (pl.exceptions.PolarsError, UnicodeError) as error:
        reason = str(error).split("\n", 1)[0]
        raise FormatError(f"{file}: not a table of text ({reason})") from error


def _parsed(file: Path, cells: pl.DataFrame, numbers: Collection[str]) -> pl.DataFrame:
    parsed = []
    for column in cells.get_columns():
        if column.name in numbers:
            number = column.str.strip_chars().cast(pl.Float64, strict=False)
            refuse_cells(file, column, number, "a number")
            column = number
        parsed.append(column)
    return pl.DataFrame(parsed)


def check_columns(file: Path, wanted: Sequence[str], there: Sequence[str]) -> None:
    """Raise :class:`FormatError` for the first wanted column that is not there."""
    for column in wanted:
        if column not in there:
            near = get_close_matches(column, there, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise FormatError(
                f"{file}: no column {column!r}; {hint}it has {', '.join(map(repr, there))}"
            )


def refuse_cells(file: Path, cells: pl.Series, parsed: pl.Series, what: str) -> None:
    """Raise :class:`FormatError` for the first cell that holds something and was not parsed."""
    bad = (parsed.is_null() & cells.is_not_null()).arg_true()
    if len(bad):
        row = int(bad[0])
        raise FormatError(
            f"{file}: row {row + 1}, column {cells.name!r}: expected {what}, "
            f"got {cells[row]!r}; {len(bad)} cells are like that"
        )
