"""Arrays of a file as a table: every position beside the row axis is a column."""

import re
from abc import abstractmethod
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from itertools import product
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.chunked import CHUNK_ROWS
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.frames import LARGE_BYTES, Block, check_columns
from kinefuse.readers.table import TableReader

__all__ = ["ArrayReader", "ArrayTable", "Held", "Variable"]

_RANGE = re.compile(r"(?P<name>.*)\[(?P<at>[\d:, ]+)\]")


class Variable(Protocol):
    """An array of a file, read where it is asked for."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def read(self, axis: int, first: int, end: int) -> NDArray[Any]:
        """Return positions ``first`` to ``end`` of an axis, which comes first."""


class Held:
    """A :class:`Variable` that is in memory."""

    def __init__(self, array: NDArray[Any]) -> None:
        self.shape, self.dtype, self._array = array.shape, array.dtype, array

    def read(self, axis: int, first: int, end: int) -> NDArray[Any]:
        """Return positions ``first`` to ``end`` of an axis, which comes first."""
        return np.moveaxis(self._array, axis, 0)[first:end]


class ArrayTable:
    """The rows of a file's arrays.

    An array of one axis is a column of its own name, ``time``; others have a column for each
    position beside the row axis: ``acc[0]``, ``joints[19,2]``.

    Parameters
    ----------
    file : Path
    variables : dict of str to Variable
    axis : int, optional
        The row axis; the longest without.
    kind : str
        What the file is.

    Examples
    --------
    >>> table = ArrayTable(Path("a.npz"), {"acc": Held(np.zeros((9, 2)))}, None, "NumPy")
    >>> table.columns
    ('acc[0]', 'acc[1]')
    """

    def __init__(
        self, file: Path, variables: Mapping[str, Variable], axis: int | None, kind: str
    ) -> None:
        self.file = file
        self.units: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self._at: dict[str, tuple[Variable, int, tuple[int, ...]]] = {}
        for name, variable in variables.items():
            shape = variable.shape
            if not shape or len(shape) > 4 or not -len(shape) <= (axis or 0) < len(shape):
                continue
            rows = int(np.argmax(shape)) if axis is None else axis % len(shape)
            rest = shape[:rows] + shape[rows + 1 :]
            if int(np.prod(rest)) > 10_000:
                continue
            for index in np.ndindex(rest):
                column = f"{name}[{','.join(map(str, index))}]" if rest else name
                self._at[column] = (variable, rows, index)
        self.columns = tuple(self._at)
        shapes = ", ".join(
            f"{name} {' x '.join(map(str, v.shape))} {v.dtype}" for name, v in variables.items()
        )
        self.found = f"{kind}: {shapes or 'no array'}"

    @property
    def large(self) -> bool:
        """Whether it is too large to be held in memory whole."""
        return self.file.stat().st_size > LARGE_BYTES

    def again(self) -> "ArrayTable":
        """Return the same table, nothing read yet."""
        table = copy(self)
        table.counts = Counter()
        return table

    def head(self, column: str) -> pl.Series:
        """Return the first cells of a column."""
        check_columns(self.file, [column], self.columns)
        variable, axis, index = self._at[column]
        at: Any = (slice(None), *index)
        values = variable.read(axis, 0, 50)[at]
        return pl.Series(column, np.ascontiguousarray(values))

    def blocks(
        self, columns: Sequence[str], numbers: Collection[str], start: tuple[int, int] = (0, 0)
    ) -> Iterator[Block]:
        """Read some columns; see :meth:`kinefuse.readers.text_table.TextTable.blocks`."""
        check_columns(self.file, columns, self.columns)
        lengths = {}
        for column in columns:
            variable, axis, _ = self._at[column]
            lengths[column] = variable.shape[axis]
            if column in numbers and variable.dtype.kind not in "fiub":
                raise FormatError(
                    f"{self.file}: column {column!r}: expected real numbers, got {variable.dtype}"
                )
        if len(set(lengths.values())) > 1:
            raise FormatError(f"{self.file}: expected columns of one length, got {lengths}")
        rows = lengths[columns[0]]
        for first in range(start[0], rows, CHUNK_ROWS):
            end = min(first + CHUNK_ROWS, rows)
            read: dict[int, NDArray[Any]] = {}
            made = {}
            for column in columns:
                variable, axis, index = self._at[column]
                if id(variable) not in read:
                    read[id(variable)] = variable.read(axis, first, end)
                at: Any = (slice(None), *index)
                values = read[id(variable)][at]
                if values.dtype.kind == "O":
                    values = np.array([None if v is None else str(v) for v in values], dtype=object)
                made[column] = pl.Series(column, np.ascontiguousarray(values))
            yield Block(pl.DataFrame(made), first, (first, first))


class ArrayReader(TableReader):
    """What reading NumPy and MATLAB files has in common.

    Parameters
    ----------
    channels : dict or sequence of str
        As :class:`TableReader` takes them, and ranges of positions: ``{"acc": "data[0:3]"}``;
        ``["joints[0:20,0:3]"]`` are sixty columns, joint by joint.
    axis : int, optional
        Which axis of an array of several counts the samples; the longest without.
    **settings
        As :class:`TableReader` takes them.

    Raises
    ------
    ConfigError
        Settings that make no sense.
    """

    def __init__(
        self,
        *,
        channels: Mapping[str, str | Sequence[str]] | Sequence[str],
        axis: int | None = None,
        **settings: Any,
    ) -> None:
        if isinstance(channels, Mapping):
            named = {
                name: c if isinstance(c, str) and ":" not in c else self._columns_of([c])
                for name, c in channels.items()
            }
            super().__init__(channels=named, **settings)
        else:
            super().__init__(channels=self._columns_of(channels), **settings)
        self._axis = axis
        self._settings["axis"] = axis

    def _columns_of(self, ranges: Sequence[str | Sequence[str]]) -> list[str]:
        """Return the columns that ranges of positions stand for."""
        columns = []
        for part in ranges:
            if not isinstance(part, str):
                columns += self._columns_of(part)
                continue
            found = _RANGE.fullmatch(part)
            if found is None or ":" not in part:
                columns.append(part)
                continue
            try:
                axes = [_positions(text) for text in found["at"].split(",")]
            except ValueError:
                raise ConfigError(
                    f"{self.name}: channels: expected a range like [0:3], got {part!r}"
                ) from None
            columns += [f"{found['name']}[{','.join(map(str, at))}]" for at in product(*axes)]
        return columns

    @abstractmethod
    def open_table(self, file: Path) -> ArrayTable:
        """Open a file; raise FormatError if it is none of its kind."""


def _positions(text: str) -> range:
    begin, colon, end = text.strip().partition(":")
    return range(int(begin), int(end) if colon else int(begin) + 1)
