"""How a table is written as text: found out by looking at its first lines, or told."""

import codecs
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.header import (
    find_header,
    is_missing,
    is_value,
    name_columns,
    split_cells,
)
from kinefuse.readers.text_stream import compression_of, detect_encoding, read_head

__all__ = ["Dialect", "sniff"]

_SEPARATORS = (",", ";", "\t", "|", " ")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}
_EMPTY_ROW = "".join(_SEPARATORS) + '"'
_COMMENTS = ("#", "%", "//")
_LOOKED_AT = 40
"""Lines that decide on the separator."""
_LINES = 340
"""Lines that are looked at."""
_SOON = 80
"""Lines that are looked at first for the header; most are among them."""
_HEADS = (2**16, 2**22)
"""How much of a file is looked at; the second only if its first line is longer."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    r"""How a text file holds a table.

    Attributes
    ----------
    columns : tuple of str
        The names of the columns. Several header rows are joined with dots (``left_foot.acc_x``);
        what has no name is called ``column_1`` and so on, counted from 1.
    units : dict of str to str
        What a row of units, or brackets in the header, say of columns.
    separator : str
        Between cells; ``" "`` is any number of blanks and tabs.
    decimal : str
        ``"."`` or ``","``.
    encoding : str
        What Python calls it.
    comment : str or None
        What lines that are no data begin with.
    skip_lines : int
        Lines before the header, or before the data where there is none.
    header_lines : int
        Rows of the header, that of the units included.
    data_line : int
        Lines before the first row.
    row_end : str
        ``";"`` where rows end in a semicolon before the line end, or instead of it.
    line_end : str
        ``"\n"``, also for those of Windows, or ``"\r"``.
    padded : bool
        Whether cells have blanks around them.
    compression : str or None
        ``"gzip"``, ``"bzip2"``, ``"xz"`` or ``"zstd"``.
    first_rows : tuple of tuple of str
        The cells of the first rows.
    """

    columns: tuple[str, ...]
    units: dict[str, str] = field(default_factory=dict)
    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    comment: str | None = None
    skip_lines: int = 0
    header_lines: int = 1
    data_line: int = 1
    row_end: str = ""
    line_end: str = "\n"
    padded: bool = False
    compression: str | None = None
    first_rows: tuple[tuple[str, ...], ...] = ()

    def describe(self) -> str:
        """Return it in a few words, without the columns.

        >>> Dialect(columns=("x",), separator=";", decimal=",", header_lines=2).describe()
        'separator semicolon, decimal comma, 2 header lines'
        """
        parts = [
            f"separator {_NAMES.get(self.separator, repr(self.separator))}",
            "decimal comma" if self.decimal == "," else "",
            _lines(self.header_lines, "header line") if self.header_lines else "no header",
            f"{_lines(self.skip_lines, 'line')} before it" if self.skip_lines else "",
            f"comments after {self.comment}" if self.comment else "",
            "rows end in a semicolon" if self.row_end else "",
            "line ends of old Macs" if self.line_end == "\r" else "",
            "units in the header" if self.units else "",
            self.encoding if self.encoding != "utf-8" else "",
            self.compression or "",
        ]
        return ", ".join(part for part in parts if part)


def sniff(
    file: Path,
    *,
    separator: str | None = None,
    decimal: str | None = None,
    encoding: str | None = None,
    comment: str | None = None,
    skip_lines: int | None = None,
    header_lines: int | None = None,
    names: Sequence[str] | None = None,
) -> Dialect:
    r"""Find out how a text file holds a table.

    Parameters
    ----------
    file : Path
    separator, decimal, encoding, comment, skip_lines, header_lines : optional
        What is known; the rest is found out. See :class:`Dialect`.
    names : sequence of str, optional
        The names of the columns, in place of those in the file.

    Returns
    -------
    Dialect

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        It is empty, no text, or in an encoding that has to be said.
    ConfigError
        A setting that makes no sense.
    MissingExtraError
        It is packed with zstd, and nothing here can unpack that.

    Examples
    --------
    >>> file = Path("walk.csv")
    >>> _ = file.write_text("t;acc;\ns;g;\n0,00;1,02;\n0,02;0,98;\n")
    >>> found = sniff(file)
    >>> found.columns, found.units
    (('t', 'acc', 'column_3'), {'t': 's', 'acc': 'g'})
    >>> found.describe()
    'separator semicolon, decimal comma, 2 header lines, units in the header'
    """
    _check(separator, decimal, comment, skip_lines, header_lines)
    encoding, lines, line_end = _head(file, encoding)
    body = [(i, line) for i, line in enumerate(lines) if line.strip() and i >= (skip_lines or 0)]
    if comment is None and body:
        comment = next((sign for sign in _COMMENTS if body[0][1].lstrip().startswith(sign)), None)
    comments = []
    if comment:
        comments = [(i, line) for i, line in body if line.lstrip().startswith(comment)]
        body = [(i, line) for i, line in body if not line.lstrip().startswith(comment)]
        comments = [(i, line.lstrip().removeprefix(comment)) for i, line in comments]
    if not body:
        raise FormatError(f"{file}: holds {'comments only' if comments else 'nothing'}")
    start = min(header_lines or 0, len(body) - 1)
    sample = [line for _, line in body[start:]]
    # Rows without any cell filled would say that other separators make uneven rows.
    sample = ([line for line in sample if line.strip(_EMPTY_ROW)] or sample)[-_LOOKED_AT:]
    separator, row_end = _choose(sample, separator)
    if row_end:
        body = [(i, row) for i, line in body for row in line.split(row_end) if row.strip()] or body
    header = find_header(body[:_SOON], separator, comments, header_lines=header_lines)
    if len(body) > _SOON and header.data > body[_SOON // 2][0]:
        header = find_header(body, separator, comments, header_lines=header_lines)
    columns, units = name_columns(header.rows, header.width)
    if names is not None:
        columns, units = _renamed(file, columns, names), {}
    data = [line for i, line in body if i >= header.data][:_LOOKED_AT]
    return Dialect(
        columns=columns,
        units=units,
        separator=separator,
        decimal=decimal or _decimal(header.sample, separator),
        encoding=encoding,
        comment=comment,
        skip_lines=header.first,
        header_lines=len(header.rows) if header.first < header.data else 0,
        data_line=header.data,
        row_end=row_end,
        line_end=line_end,
        padded=separator != " " and any(_is_padded(line, separator) for line in data),
        compression=compression_of(file),
        first_rows=header.sample,
    )


def _check(
    separator: str | None,
    decimal: str | None,
    comment: str | None,
    skip_lines: int | None,
    header_lines: int | None,
) -> None:
    if separator is not None and (len(separator.encode()) != 1 or separator in '"\n\r'):
        raise ConfigError(f"separator: expected one character, got {separator!r}")
    if decimal not in (None, ".", ","):
        raise ConfigError(f"decimal: expected '.' or ',', got {decimal!r}")
    if decimal == "," and separator == ",":
        raise ConfigError("decimal: a comma cannot be the separator too")
    if comment == "":
        raise ConfigError("comment: expected what such lines begin with, got nothing")
    for name, value in (("skip_lines", skip_lines), ("header_lines", header_lines)):
        if value is not None and (isinstance(value, bool) or value < 0):
            raise ConfigError(f"{name}: expected 0 or more, got {value}")


def _head(file: Path, encoding: str | None) -> tuple[str, list[str], str]:
    """Return the encoding, the first lines, without one that may be cut off, and the line end."""
    for size in _HEADS:
        head = read_head(file, size)
        if not head.strip():
            raise FormatError(f"{file}: the file is empty")
        named = encoding or detect_encoding(file, head)
        try:
            text = codecs.getincrementaldecoder(named)().decode(head)
        except LookupError:
            raise ConfigError(f"encoding: Python knows none called {named!r}") from None
        except UnicodeDecodeError as error:
            raise FormatError(
                f"{file}: expected {named}: {error.reason} at byte {error.start}"
            ) from None
        text = text.removeprefix("\ufeff")
        if "\0" in text:
            raise FormatError(f"{file}: expected a table of text in {named}, got zero bytes")
        line_end = "\r" if "\r" in text and "\n" not in text else "\n"
        lines = text.replace("\r\n", "\n").split(line_end, _LINES)
        if len(lines) > _LINES:
            return named, lines[:_LINES], line_end
        if len(head) < size:
            return named, lines, line_end
        if len(lines) > 2:
            return named, lines[:-1], line_end
    raise FormatError(f"{file}: expected lines of cells; there is one of over {_HEADS[-1]} bytes")


def _choose(sample: Sequence[str], given: str | None) -> tuple[str, str]:
    """Return the separator, and ``";"`` if rows end so."""
    candidates = _SEPARATORS if given is None else (given,)
    separator, even, share = _best(sample, candidates)
    ending = sum(line.rstrip().endswith(";") for line in sample)
    # "1,2;3,4;" are four numbers with decimal commas, "1,2,3;4,5,6;" two rows.
    if given != ";" and 5 * ending >= 4 * len(sample) and _rate(sample, ";")[1] < 0.9:
        rows = [row for line in sample for row in line.split(";") if row.strip()]
        inner, inner_even, inner_share = _best(rows, [c for c in candidates if c != ";"])
        if given is not None or inner_even * inner_share > even * share:
            return inner, ";"
    return separator, ""


def _best(rows: Sequence[str], candidates: Sequence[str]) -> tuple[str, float, float]:
    """Return the separator that makes the evenest rows of the most values, or else the first."""
    rated = [(candidate, *_rate(rows, candidate)) for candidate in candidates]
    return max(rated, key=lambda rating: rating[1] * (0.2 + rating[2]))


def _rate(rows: Sequence[str], separator: str) -> tuple[float, float]:
    """Return the share of rows as wide as most are, and the share of their cells with values."""
    if not rows or (separator != " " and not any(separator in row for row in rows)):
        return 0.0, 0.0
    split = [split_cells(row, separator) for row in rows]
    width, often = Counter(map(len, split)).most_common(1)[0]
    if width < 2:
        return 0.0, 0.0
    late = [row for row in split if len(row) == width][-max(1, len(split) // 3) :]  # no header
    cells = [cell for row in late for cell in row if not is_missing(cell)]
    return often / len(rows), sum(map(is_value, cells)) / max(1, len(cells))


def _decimal(rows: Sequence[Sequence[str]], separator: str) -> str:
    cells = [cell for row in rows for cell in row if is_value(cell)]
    commas = sum("," in cell for cell in cells)
    return "," if commas and not any("." in cell and ":" not in cell for cell in cells) else "."


def _is_padded(line: str, separator: str) -> bool:
    text = line.rstrip("\r\n")
    return text != text.strip(" ") or f"{separator} " in text or f" {separator}" in text


def _renamed(file: Path, columns: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    """Give names to the columns; one after the last separator needs none."""
    if len(names) not in (len(columns), len(columns) - 1):
        raise FormatError(
            f"{file}: names: expected {len(columns)}, one for each column, got {len(names)}"
        )
    if len(set(names)) < len(names):
        raise ConfigError(f"names: one comes twice in {list(names)}")
    return (*names, *columns[len(names) :])


def _lines(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
