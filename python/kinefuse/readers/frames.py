"""What table readers share: blocks of rows, and complaints about columns and cells."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

import polars as pl

from kinefuse.errors import FormatError

__all__ = ["LARGE_BYTES", "Block", "TableFile", "check_columns", "refuse_cells"]

LARGE_BYTES = 2**26
"""A table of more bytes is handed over a chunk at a time."""
_SHOWN = 40
"""Columns that a complaint lists."""


@dataclass(frozen=True)
class Block:
    """Some rows of a file, in their order.

    ``row`` is the number of the first, counted from 0; ``start`` is what reading can begin with to
    come to these rows again; ``bytes_read`` is how far into the file the last row reaches, where
    that can be said.
    """

    rows: pl.DataFrame
    row: int
    start: tuple[int, int]
    bytes_read: int | None = None


class TableFile(Protocol):
    """A file that holds a table, opened.

    ``units`` are those that the file states; ``found`` says in words how it is written;
    ``counts`` are what was found odd while reading.
    """

    file: Path
    columns: tuple[str, ...]
    units: dict[str, str]
    found: str
    counts: Counter[str]

    @property
    def large(self) -> bool:
        """Whether it is too large to be held in memory whole."""

    def again(self) -> "TableFile":
        """Return the same table, nothing read yet."""

    def head(self, column: str) -> pl.Series:
        """Return the first cells of a column, as text where the file is text."""

    def blocks(
        self, columns: Sequence[str], numbers: Collection[str], start: tuple[int, int] = (0, 0)
    ) -> Iterator[Block]:
        """Read some columns, those of ``numbers`` as numbers, from the ``start`` of a block on."""


def check_columns(file: Path, wanted: Sequence[str], there: Sequence[str]) -> None:
    """Raise :class:`FormatError` for the first wanted column that is not there, or there twice."""
    for column in wanted:
        times = list(there).count(column)
        if times == 1:
            continue
        if times:
            raise FormatError(
                f"{file}: column {column!r} comes {times} times; give the columns names of your own"
            )
        near = get_close_matches(column, there, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        shown = ", ".join(map(repr, there[:_SHOWN])) or "none"
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        raise FormatError(f"{file}: no column {column!r}; {hint}it has {shown}{more}")


def refuse_cells(
    file: Path, cells: pl.Series, parsed: pl.Series, what: str, first_row: int = 0
) -> None:
    """Raise :class:`FormatError` for the first cell that holds something and was not parsed."""
    bad = (parsed.is_null() & cells.is_not_null()).arg_true()
    if len(bad):
        row = int(bad[0])
        raise FormatError(
            f"{file}: row {first_row + row + 1}, column {cells.name!r}: expected {what}, "
            f"got {cells[row]!r}; {len(bad)} cells are like that"
        )
