"""What table readers share: blocks of rows, and complaints about columns and cells."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.errors import FormatError
from kinefuse.readers.plain_rows import Coded

__all__ = ["LARGE_BYTES", "Block", "TableFile", "check_columns", "refuse_cells"]

LARGE_BYTES = 2**26
"""A table of more bytes is handed over a chunk at a time."""
_SHOWN = 40
"""Columns that a complaint lists."""


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows of a file, in their order.

    Attributes
    ----------
    cells : polars.DataFrame
        The columns that were asked for, without those in ``values``.
    row : int
        The number of the first row, counted from 0.
    start : (int, int)
        What reading can begin with to come to these rows again.
    bytes_read : int, optional
        How far into the file the last row reaches, where that can be said.
    values : (n, k) array of float64, optional
        Columns of numbers that were read together; NaN is missing.
    names : tuple of str
        The columns of ``values``.
    coded : dict of str to (codes, names)
        Columns of a few different texts: see :func:`kinefuse.readers.plain_rows.parse_names`.
    """

    cells: pl.DataFrame
    row: int
    start: tuple[int, int]
    bytes_read: int | None = None
    values: NDArray[np.float64] | None = None
    names: tuple[str, ...] = ()
    coded: Mapping[str, Coded] = field(default_factory=dict)

    def __len__(self) -> int:
        if self.values is not None:
            return len(self.values)
        return next((len(codes) for codes, _ in self.coded.values()), len(self.cells))

    def __getitem__(self, column: str) -> pl.Series:
        if column in self.coded:
            codes, names = self.coded[column]
            at = np.where(codes < 0, len(names), codes)
            return pl.Series(column, [*names, None], dtype=pl.String).gather(at)
        if self.values is None or column not in self.names:
            return self.cells[column]
        return pl.Series(column, self.values[:, self.names.index(column)], nan_to_null=True)

    def numbers(self, columns: Sequence[str]) -> NDArray[np.float64]:
        """Return columns of numbers side by side, NaN for what is missing."""
        if self.values is not None and self.names[: len(columns)] == tuple(columns):
            return self.values[:, : len(columns)]
        out = np.empty((len(self), len(columns)))
        for i, column in enumerate(columns):
            if self.values is not None and column in self.names:
                out[:, i] = self.values[:, self.names.index(column)]
            else:
                out[:, i] = self.cells[column].cast(pl.Float64).to_numpy()
        return out

    def codes(self, column: str) -> Coded:
        """Return a column's cells as numbers of names; -1 where there is none."""
        if column in self.coded:
            codes, names = self.coded[column]
            if "" not in names:
                return codes, names
        text = self[column].cast(pl.String).str.strip_chars()
        runs = text.rle().struct.unnest()
        given = runs["value"].set(runs["value"] == "", None)
        known = given.drop_nulls().unique(maintain_order=True).to_list()
        number = {name: i for i, name in enumerate(known)} | {None: -1}
        each = np.array([number[name] for name in given], dtype=np.int32)
        return np.repeat(each, runs["len"].to_numpy()), known

    def slice(self, first: int, length: int) -> "Block":
        """Return some of its rows; how far they reach into the file is not known of them."""
        values = None if self.values is None else self.values[first : first + length]
        return replace(
            self,
            cells=self.cells.slice(first, length),
            row=self.row + first,
            bytes_read=None,
            values=values,
            coded={
                column: (codes[first : first + length], names)
                for column, (codes, names) in self.coded.items()
            },
        )

    @staticmethod
    def join(parts: "Sequence[Block]") -> "Block":
        """Put parts of one block together, which need not follow each other."""
        first = parts[0]
        if len(parts) == 1:
            return first
        values = [part.values for part in parts if part.values is not None]
        return replace(
            first,
            cells=pl.concat([part.cells for part in parts]),
            values=np.concatenate(values) if values else None,
            coded={
                column: (np.concatenate([part.coded[column][0] for part in parts]), names)
                for column, (_, names) in first.coded.items()
            },
        )

    def frame(self, columns: Sequence[str]) -> pl.DataFrame:
        """Return columns as a table."""
        return pl.DataFrame([self[column] for column in columns])


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
