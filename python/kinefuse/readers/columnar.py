"""Parquet and Arrow tables through Polars, a stretch of rows at a time."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from copy import copy
from pathlib import Path

import polars as pl

from kinefuse.data.chunked import CHUNK_ROWS
from kinefuse.errors import FormatError
from kinefuse.readers.frames import LARGE_BYTES, Block, check_columns

__all__ = ["ColumnarTable"]

_BROKEN = (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError)


class ColumnarTable:
    """The rows of a file that stores columns with their types.

    Parameters
    ----------
    file : Path
    scan : callable
        Makes a :class:`polars.LazyFrame` of it.
    kind : str
        What the file should be, for complaints.
    """

    def __init__(self, file: Path, scan: Callable[[Path], pl.LazyFrame], kind: str) -> None:
        self.file, self._kind = file, kind
        if not file.is_file():
            raise FileNotFoundError(f"no such file: {file}")
        try:
            self._rows = scan(file)
            self._schema = self._rows.collect_schema()
        except _BROKEN as error:
            raise self._broken(error) from error
        self.columns = tuple(self._schema)
        self.units: dict[str, str] = {}
        self.counts: Counter[str] = Counter()
        self.found = f"{kind}, {len(self.columns)} columns"

    @property
    def large(self) -> bool:
        """Whether it is too large to be held in memory whole."""
        return self.file.stat().st_size * 2 > LARGE_BYTES

    def again(self) -> "ColumnarTable":
        """Return the same table, nothing read yet."""
        table = copy(self)
        table.counts = Counter()
        return table

    def head(self, column: str) -> pl.Series:
        """Return the first cells of a column."""
        check_columns(self.file, [column], self.columns)
        try:
            return self._rows.select(column).head(50).collect()[column]
        except _BROKEN as error:
            raise self._broken(error) from error

    def blocks(
        self, columns: Sequence[str], numbers: Collection[str], start: tuple[int, int] = (0, 0)
    ) -> Iterator[Block]:
        """Read some columns; see :meth:`kinefuse.readers.text_table.TextTable.blocks`."""
        check_columns(self.file, columns, self.columns)
        for column in columns:
            dtype = self._schema[column]
            if column in numbers and not (dtype.is_numeric() or dtype.is_temporal()):
                raise FormatError(f"{self.file}: column {column!r}: expected numbers, got {dtype}")
        row = start[0]
        rows = self._rows.select(columns).slice(row)
        try:
            batches = rows.collect_batches(chunk_size=CHUNK_ROWS, maintain_order=True)
            for batch in batches:
                for part in batch.iter_slices(CHUNK_ROWS):
                    if len(part):
                        yield Block(part, row, (row, row))
                    row += len(part)
        except _BROKEN as error:
            raise self._broken(error) from error

    def _broken(self, error: BaseException) -> FormatError:
        if isinstance(error, OSError) and error.errno is not None:  # the disk's
            raise error
        reason = str(error).split("\n", 1)[0]
        return FormatError(f"{self.file}: not a whole {self._kind} file ({reason})")
