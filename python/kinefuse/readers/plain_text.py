"""Text files of a known dialect: nothing to find out, so that many small ones are read quickly."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.errors import FormatError
from kinefuse.readers.frames import Block
from kinefuse.readers.plain_rows import parse_names, parse_numbers
from kinefuse.readers.text import load_table

__all__ = ["load_columns", "load_named"]


def load_columns(file: Path, columns: int, *, separator: str) -> NDArray[np.float64]:
    """Read a file of numbers, equally many in each line; ``NaN`` is missing.

    Parameters
    ----------
    file : Path
    columns : int
        How many a line must have.
    separator : str
        Between numbers. Files with more blanks than that are read too, more slowly.

    Returns
    -------
    (rows, columns) array of float64

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        It is empty, or a line holds something else; names the row.

    Examples
    --------
    >>> _ = Path("numbers.txt").write_bytes(b"1 2.5" + bytes([10]) + b"3 NaN")
    >>> load_columns(Path("numbers.txt"), 2, separator=" ")
    array([[1. , 2.5],
           [3. , nan]])
    """
    text = file.read_bytes()
    if not text or text.isspace():
        raise FormatError(f"{file}: the file is empty")
    numbers = parse_numbers(text, range(columns), separator=separator, columns=columns, empty=False)
    return _by_line(file, text, columns) if numbers is None else numbers


def _by_line(file: Path, text: bytes, columns: int) -> NDArray[np.float64]:
    rows = []
    for row, line in enumerate(text.splitlines(), start=1):
        cells = line.split()
        if not cells:
            continue
        if len(cells) != columns:
            raise FormatError(
                f"{file}: row {row}: expected {columns} numbers a line, got {len(cells)}"
            )
        try:
            rows.append(np.array(cells, dtype=np.float64))
        except ValueError:
            column = next(i for i, cell in enumerate(cells) if not _is_number(cell))
            raise FormatError(
                f"{file}: row {row}, column {column + 1}: expected a number, "
                f"got {cells[column].decode('ascii', 'replace')!r}"
            ) from None
    return np.stack(rows)


def _is_number(cell: bytes) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def load_named(file: Path, columns: Sequence[str], numbers: Collection[str]) -> Block:
    """Read some columns of a comma-separated table whose header names them, without ado.

    For files whose dialect is known, and which are so many that finding it out for each takes as
    long as reading it; anything unexpected is left to :func:`kinefuse.readers.text.load_table`.

    Parameters
    ----------
    file : Path
    columns : sequence of str
        Which.
    numbers : collection of str
        Those that must hold numbers; they become float64, empty cells null. The others are text.

    Returns
    -------
    Block
        All rows.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        What :func:`kinefuse.readers.text.load_table` says.

    Examples
    --------
    >>> _ = Path("t.csv").write_bytes(bytes("who,x", "ascii") + bytes([10]) + b"a,1.5")
    >>> load_named(Path("t.csv"), ["x"], ["x"]).numbers(["x"])
    array([[1.5]])
    """
    text = file.read_bytes()
    with suppress(UnicodeDecodeError):
        begin = text.find(b"\n") + 1
        header = text[:begin].decode("utf-8-sig").strip().split(",")
        if all(header.count(column) == 1 for column in columns) and b'"' not in text:
            rows, width = text[begin:], len(header)
            names = tuple(column for column in columns if column in numbers)
            values = parse_numbers(rows, [*map(header.index, names)], separator=",", columns=width)
            coded = {
                column: parse_names(rows, header.index(column), separator=",", columns=width)
                for column in columns
                if column not in numbers
            }
            if values is not None and None not in coded.values():
                found = {column: each for column, each in coded.items() if each is not None}
                return Block(pl.DataFrame(), 0, (0, 0), values=values, names=names, coded=found)
    return Block(load_table(file, columns, numbers), 0, (0, 0))
