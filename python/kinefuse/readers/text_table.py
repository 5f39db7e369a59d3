"""A table written as text, read a block of rows at a time."""

from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from kinefuse.data.chunked import CHUNK_ROWS
from kinefuse.errors import FormatError
from kinefuse.readers.dialect import Dialect
from kinefuse.readers.frames import LARGE_BYTES, Block, check_columns, refuse_cells
from kinefuse.readers.header import MISSING, split_cells
from kinefuse.readers.plain_rows import parse_names, parse_numbers
from kinefuse.readers.text_rows import clean_rows, fill_first_row, without_blank_lines
from kinefuse.readers.text_stream import BLOCK_BYTES, HEAD_BYTES, not_utf8, stream_utf8

__all__ = ["TextTable"]

_LONGEST_ROW = 2**24
_PLAIN_BYTES = 2**22
"""What is parsed at once where nothing is odd: text and numbers stay near the core."""
_TAIL_BYTES = 2**14
_REFUSED = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
"""Polars panics where a file ends in a column of numbers with a quotation mark alone."""


class TextTable:
    r"""The rows of a text file.

    Parameters
    ----------
    file : Path
    dialect : Dialect
        How it is written.

    Attributes
    ----------
    columns : tuple of str
        What can be asked for.
    units : dict of str to str
        Units that the header states, by column.
    found : str
        How it is written, in words.
    counts : Counter of str
        What was found odd while reading: ``rows_too_short`` (their last cells are missing),
        ``rows_cut_off`` (the last row, when the file ends within it; it is left out).

    Examples
    --------
    >>> from kinefuse.readers.dialect import sniff
    >>> file = Path("walk.csv")
    >>> _ = file.write_text("t;acc\n0,00;1,02\n0,02;0,98\n")
    >>> table = TextTable(file, sniff(file))
    >>> [block["acc"].to_list() for block in table.blocks(["acc"], ["acc"])]
    [[1.02, 0.98]]
    """

    def __init__(self, file: Path, dialect: Dialect) -> None:
        self.file, self.dialect = file, dialect
        self.columns, self.units = dialect.columns, dialect.units
        self.counts: Counter[str] = Counter()
        self.found = dialect.describe()
        self._plain = dialect.compression is None and dialect.encoding == "utf-8"

    @property
    def large(self) -> bool:
        """Whether it is too large to be held in memory whole."""
        packed = 1 if self.dialect.compression is None else 8
        return self.file.stat().st_size * packed > LARGE_BYTES

    def again(self) -> "TextTable":
        """Return the same table, nothing read yet."""
        return TextTable(self.file, self.dialect)

    def head(self, column: str) -> pl.Series:
        """Return the first cells of a column."""
        check_columns(self.file, [column], self.columns)
        at = self.columns.index(column)
        rows = self.dialect.first_rows
        return pl.Series(column, [row[at] for row in rows if len(row) > at], dtype=pl.String)

    def blocks(
        self, columns: Sequence[str], numbers: Collection[str], start: tuple[int, int] = (0, 0)
    ) -> Iterator[Block]:
        """Read some columns.

        Parameters
        ----------
        columns : sequence of str
            Which.
        numbers : collection of str
            Those that must hold numbers; they become float64, empty cells and NaN are missing. All
            others are text without blanks around it.
        start : (int, int)
            The ``offset`` and ``row`` of a block of an earlier reading, to begin with that.

        Raises
        ------
        FormatError
            A column that is not there or comes twice; a cell that should be a number and is none, a
            row with too many cells, text that is not UTF-8, each by row.
        """
        check_columns(self.file, columns, self.columns)
        row = start[1]
        for offset, end, text in self._texts(start[0]):
            block = self._plainly(text, columns, numbers, row)
            if block is None:
                block = Block(self._parse(text, columns, numbers, row), row, (offset, row))
            block = replace(block, start=(offset, row))
            for first in range(0, len(block), CHUNK_ROWS):
                part = block.slice(first, CHUNK_ROWS)
                last = first + len(part) == len(block)
                yield replace(part, bytes_read=end if last and self._plain else None)
            row += len(block)

    def _plainly(
        self, text: bytes, columns: Sequence[str], numbers: Collection[str], row: int
    ) -> Block | None:
        """Parse rows in which nothing is odd, which is fast; None where something may be."""
        d = self.dialect
        names = tuple(dict.fromkeys(name for name in columns if name in numbers))
        if b'"' in text or self._has_comments(text):
            return None
        width, at = len(self.columns), self.columns.index
        values = None
        if names:
            values = parse_numbers(
                text, [*map(at, names)], separator=d.separator, decimal=d.decimal, columns=width
            )
            if values is None:
                return None
        coded = {}
        for name in dict.fromkeys(name for name in columns if name not in numbers):
            found = parse_names(text, at(name), separator=d.separator, columns=width)
            if found is None:
                return None
            coded[name] = found
        return Block(pl.DataFrame(), row, (0, row), values=values, names=names, coded=coded)

    def _has_comments(self, text: bytes) -> bool:
        sign = (self.dialect.comment or "").encode()
        return bool(sign) and (text.startswith(sign) or b"\n" + sign in text)

    def _texts(self, offset: int) -> Iterator[tuple[int, int, bytes]]:
        """Yield blocks of whole rows, each with where it begins and ends."""
        newline = self.dialect.line_end.encode()
        if self._plain:
            offset = yield from self._whole_rows(newline, offset)
        rest, skip = b"", 0 if offset else self.dialect.data_line
        for block in stream_utf8(self.file, self.dialect.encoding, offset=offset, size=BLOCK_BYTES):
            text = rest + block
            while skip:
                at = text.find(newline)
                if at < 0:
                    break
                offset, text, skip = offset + at + 1, text[at + 1 :], skip - 1
            cut = 0 if skip else self._cut(text, newline)
            if cut:
                yield offset, offset + cut, clean_rows(text[:cut], self.dialect)
            offset, rest = offset + cut, text[cut:]
            if len(rest) > _LONGEST_ROW + BLOCK_BYTES:
                raise FormatError(
                    f"{self.file}: a row of over {_LONGEST_ROW} bytes from byte {offset} on; is a "
                    "quote never closed?"
                )
        if rest.strip() and not skip:
            last = self._last(rest)
            if last:
                yield offset, offset + len(rest), clean_rows(last, self.dialect)

    def _whole_rows(
        self, newline: bytes, offset: int
    ) -> Generator[tuple[int, int, bytes], None, int]:
        """Read a plain file at whole rows, so that nothing is copied; return where that ended.

        What is left is less than a block, or has quotes or rows of a length that nobody has.
        """
        with self.file.open("rb", buffering=0) as content:
            if offset == 0:
                head = content.read(HEAD_BYTES)
                for _ in range(self.dialect.data_line):
                    offset = head.find(newline, offset) + 1
                    if not offset:
                        return 0
            while True:
                content.seek(offset + _PLAIN_BYTES - _TAIL_BYTES)
                end = content.read(_TAIL_BYTES).rfind(newline) + 1
                if not end:
                    return offset
                content.seek(offset)
                length = _PLAIN_BYTES - _TAIL_BYTES + end
                text = content.read(length)
                if len(text) < length or b'"' in text:
                    return offset
                yield offset, offset + length, clean_rows(text, self.dialect)
                offset += length

    def _cut(self, text: bytes, newline: bytes) -> int:
        """Return where the last whole row ends, not counting line ends between quotes."""
        cut = text.rfind(newline) + 1
        if b'"' in text:
            while cut > 0 and text.count(b'"', 0, cut) % 2:
                cut = text.rfind(newline, 0, cut - 1) + 1
        return cut

    def _last(self, text: bytes) -> bytes:
        """Leave the last row out, which no line end follows, if the file breaks off within it."""
        d = self.dialect
        at = text.rfind(d.row_end.encode(), 0, len(text.rstrip()) - 1) + 1 if d.row_end else 0
        row = text[at:].decode("utf-8", "replace").rstrip("\x1a \r\n\0")
        cells = split_cells(row.rstrip(d.row_end), d.separator)
        whole = all(len(cells) == len(d.columns) for cells in d.first_rows)
        if row and whole and d.first_rows and len(cells) < len(d.columns):
            self.counts["rows_cut_off"] += 1
            return text[:at]
        return text

    def _parse(
        self, text: bytes, columns: Sequence[str], numbers: Collection[str], row: int
    ) -> pl.DataFrame:
        """Turn whole rows into a table; polars' own errors say too little of where."""
        d = self.dialect
        at = {name: f"column_{self.columns.index(name) + 1}" for name in columns}
        types: dict[str, Any] = {f"column_{i + 1}": pl.String for i in range(len(d.columns))}
        types |= {at[name]: pl.Float64 for name in columns if name in numbers}
        options: dict[str, Any] = {
            "has_header": False,
            "columns": None if b'"' in text else list(dict.fromkeys(at.values())),
            "separator": d.separator,
            "decimal_comma": d.decimal == ",",
            "comment_prefix": d.comment if self._has_comments(text) else None,
        }
        rows = fill_first_row(text, d)
        try:
            try:
                table = pl.read_csv(rows, schema=types | self._counts_of(at, numbers), **options)
            except _REFUSED:
                table = pl.read_csv(rows, schema=types, **options)
        except _REFUSED:
            try:
                table = pl.read_csv(rows, schema=dict.fromkeys(types, pl.String), **options)
            except _REFUSED as error:
                raise self._explained(text, row, error) from error
        table = table.select(list(dict.fromkeys(at.values())))
        if len(table) and all(column.null_count() for column in table.get_columns()):
            without = without_blank_lines(text)
            if len(without) < len(text):
                return self._parse(without, columns, numbers, row)
        self._check_widths(text, table, row)
        made = []
        for name in columns:
            cells = table[at[name]].rename(name)
            if cells.dtype == pl.String:
                cells = cells.str.strip_chars()
            if name in numbers and cells.dtype == pl.String:
                cells = self._numbers(cells, row)
            elif name in numbers:
                cells = cells.cast(pl.Float64).fill_nan(None)
            made.append(cells)
        return pl.DataFrame(made)

    def _counts_of(self, at: Mapping[str, str], numbers: Collection[str]) -> dict[str, Any]:
        """Return the columns that hold long whole numbers, which polars reads faster as such."""
        rows = self.dialect.first_rows
        return {
            position: pl.Int64
            for name, position in at.items()
            if name in numbers
            and all(
                10 <= len(cell) <= 18 and cell.isdecimal()
                for cell in (
                    row[self.columns.index(name)]
                    for row in rows[:5]
                    if len(row) == len(self.columns)
                )
            )
            and len(rows) > 1
        }

    def _numbers(self, cells: pl.Series, row: int) -> pl.Series:
        known = cells.set(cells.str.to_lowercase().is_in(list(MISSING)), None)
        if self.dialect.decimal == ",":
            known = known.str.replace(",", ".", literal=True)
        numbers = known.cast(pl.Float64, strict=False)
        shown = cells.set(known.is_null(), None)
        refuse_cells(self.file, shown, numbers, "a number", row)
        return numbers

    def _check_widths(self, text: bytes, table: pl.DataFrame, row: int) -> None:
        """Count the rows that have fewer cells than there are columns, and refuse one with more.

        Of the columns that nobody wants, polars looks at neither.
        """
        if b'"' in text:  # polars has looked at all columns, and fills short rows up
            return
        separator, width = self.dialect.separator.encode(), len(self.columns)
        there = np.count_nonzero(np.frombuffer(text, np.uint8) == separator[0])
        if there == len(table) * (width - 1) and not any(
            column.null_count() for column in table.get_columns()
        ):
            return
        comment = (self.dialect.comment or "\n").encode()
        lines = [
            line for line in text.split(b"\n") if line.strip() and not line.startswith(comment)
        ]
        cells = np.array([line.count(separator) + 1 for line in lines])
        if (cells > width).any():
            raise self._explained(text, row, ValueError("a row with too many cells"))
        self.counts["rows_too_short"] += int((cells < width).sum())

    def _explained(self, text: bytes, row: int, error: BaseException) -> FormatError:
        """Find what polars could not read."""
        d, width = self.dialect, len(self.columns)
        try:
            lines = text.decode().split("\n")
        except UnicodeDecodeError as wrong:
            return not_utf8(self.file, text, wrong.start, d.data_line + row)
        for line in lines:
            if line.strip() and not (d.comment and line.startswith(d.comment)):
                row += 1
                cells = split_cells(line, d.separator)
                if len(cells) > width:
                    return FormatError(
                        f"{self.file}: row {row}: expected {width} cells, got {len(cells)}: "
                        f"{line.strip()[:60]!r}"
                    )
        reason = str(error).split("\n", 1)[0]
        return FormatError(f"{self.file}: not a table of text up to row {row} ({reason})")
