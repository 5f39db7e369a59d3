"""Where a text table begins and what its columns are called, from its first lines."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from kinefuse.units import is_unit

__all__ = ["Header", "find_header", "is_missing", "is_value", "name_columns", "split_cells"]

MISSING = frozenset(
    {"", "-", "--", "?", "na", "n/a", "#n/a", "nan", "-nan", "null", "none", "inf", "-inf", "nil"}
)
"""What a cell without a number may hold, in lower case."""

_NUMBER = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_TIME = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([T ].*)?|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}([T ].*)?"
    r"|\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?"
)
_BRACKETS = re.compile(r".*?\s*[\[(]([^\[\]()]*(?:\([^()]*\))?)[\])]")
_OTHER_UNITS = frozenset(
    {
        "",
        "-",
        "s",
        "ms",
        "us",
        "µs",
        "ns",
        "Hz",
        "%",
        "V",
        "mV",
        "uV",
        "µV",
        "uS",
        "µS",
        "bpm",
        "lux",
    }
)
_MOST_ROWS = 4
"""Header rows that are looked for."""


@dataclass(frozen=True)
class Header:
    """The header's rows, and the lines around it.

    ``first`` lines are before the header, ``data`` before the first row; ``width`` is the number
    of cells of a row; ``sample`` are the first rows.
    """

    rows: tuple[tuple[str, ...], ...]
    first: int
    data: int
    width: int
    sample: tuple[tuple[str, ...], ...]


def split_cells(line: str, separator: str) -> list[str]:
    """Return the cells of a line, without blanks around them.

    >>> split_cells('1; "a;b" ;3', ";")
    ['1', 'a;b', '3']
    """
    if '"' in line:
        blank = separator == " "
        text = re.sub(r"[ \t]+", " ", line.strip()) if blank else line
        try:
            cells = next(csv.reader([text], delimiter=separator, skipinitialspace=not blank))
        except (csv.Error, StopIteration):  # a NUL, or a cell that never ends
            cells = text.split(separator)
    else:
        cells = line.split(None if separator == " " else separator)
    return [cell.strip() for cell in cells]


def is_missing(cell: str) -> bool:
    """Tell whether a cell says that there is no number."""
    return cell.lower() in MISSING


def is_value(cell: str) -> bool:
    """Tell whether a cell is a number or a time."""
    return bool(_NUMBER.fullmatch(cell) or _TIME.fullmatch(cell))


def find_header(
    lines: Sequence[tuple[int, str]],
    separator: str,
    comments: Sequence[tuple[int, str]],
    *,
    header_lines: int | None,
) -> Header:
    """Find the header among the first lines of a file.

    Parameters
    ----------
    lines : sequence of (number, text)
        Those that are neither empty nor comments.
    separator : str
        Between cells.
    comments : sequence of (number, text)
        Comment lines, without the sign; the last one may be the header.
    header_lines : int, optional
        How many rows it has, if that is known.
    """
    table = [(number, split_cells(text, separator)) for number, text in lines]
    width = Counter(len(cells) for _, cells in table[-40:]).most_common(1)[0][0]
    if header_lines is not None:
        begin, data = 0, min(header_lines, len(table))
        if header_lines == 0 and table:
            width = len(table[0][1])
    else:
        data = _first_row(table, width)
        begin = _first_header(table, data, width)
    rows = [cells for _, cells in table[begin:data]]
    first = table[begin][0] if begin < len(table) else lines[-1][0] + 1
    data_line = table[data][0] if data < len(table) else lines[-1][0] + 1
    if not rows and header_lines is None and comments and comments[-1][0] < data_line:
        # As numpy.savetxt writes it.
        cells = split_cells(comments[-1][1].strip(), separator)
        if len(cells) == width and not any(map(is_value, cells)):
            rows = [cells]
    sample = tuple(tuple(cells) for _, cells in table[data : data + 50])
    return Header(
        tuple(_fitted(row, width, sample) for row in rows), first, data_line, width, sample
    )


def _first_row(table: Sequence[tuple[int, list[str]]], width: int) -> int:
    """Return which row is the first with values where the last rows have values."""
    fitting = [cells for _, cells in table if len(cells) == width]
    late = max(1, min(20, len(fitting) // 3))
    numeric = []
    for i in range(width):
        last = [row[i] for row in fitting if not is_missing(row[i])][-late:]
        if 2 * sum(map(is_value, last)) > len(last):
            numeric.append(i)
    for k, (_, cells) in enumerate(table):
        named = k > 0 and len(table[k - 1][1]) == width
        if len(cells) != width and not (named and len(cells) > width // 2):
            continue
        if not numeric:
            return k + 1
        shown = [cells[i] for i in numeric if i < len(cells) and not is_missing(cells[i])]
        # A cell of the first row, or their number, may be wrong: reading names it.
        if shown and 2 * sum(map(is_value, shown)) >= len(shown):
            return k + 1 if _counts_columns(table[k:], width) else k
    return len(table)


def _counts_columns(rows: Sequence[tuple[int, list[str]]], width: int) -> bool:
    """Tell whether the first row is what pandas writes for columns without names."""
    if len(rows) < 2 or width < 2:
        return False
    first, following = rows[0][1], rows[1][1]
    counted = [str(i) for i in range(width)]
    if first[0] == "" and first[1:] == counted[:-1]:
        return True
    return first == counted and not all(cell.isdigit() for cell in following)


def _first_header(table: Sequence[tuple[int, list[str]]], data: int, width: int) -> int:
    begin = data
    while begin > 0 and data - begin < _MOST_ROWS:
        number, cells = table[begin - 1]
        adjacent = begin == data or number == table[begin][0] - 1
        if not adjacent or len(cells) not in (width, width - 1):
            break
        if not _is_level(cells) or (begin < data and any(map(is_value, cells))):
            break
        begin -= 1
    return begin


def _is_level(cells: Sequence[str]) -> bool:
    """Tell a level of the header (also of merged cells) from a line about the recording."""
    filled = [any(map(str.isalnum, cell)) for cell in cells]
    if not any(filled):
        return False
    leading = filled.index(False) if False in filled else len(filled)
    return 2 * sum(filled) >= len(filled) or any(filled[leading:])


def _fitted(row: Sequence[str], width: int, sample: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Bring a header row to the width of the others."""
    if len(row) >= width:
        return tuple(row[:width])
    ends_empty = all(not cells[-1] for cells in sample if len(cells) == width)
    # R leaves the name of the row names out.
    return (*row, *[""] * (width - len(row))) if ends_empty else ("", *row)


def name_columns(
    rows: Sequence[Sequence[str]], width: int
) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the names of the columns and, where the header says so, their units.

    >>> name_columns([("left", "", "right"), ("x", "y", "x"), ("[g]", "[g]", "[mg]")], 3)
    (('left.x', 'left.y', 'right.x'), {'left.x': 'g', 'left.y': 'g', 'right.x': 'mg'})
    """
    levels = [list(row) for row in rows]
    said: list[str] = [""] * width
    if len(levels) > 1 and _are_units(levels[-1]):
        said = [_without_brackets(cell) for cell in levels.pop()]
    for upper, lower in pairwise(levels):
        for i in range(1, width):  # cells that were merged
            if not upper[i] and lower[i]:
                upper[i] = upper[i - 1]
    names = [
        ".".join(dict.fromkeys(cell for cell in cells if cell)) or f"column_{i + 1}"
        for i, cells in enumerate(zip(*levels, strict=True))
    ] or [f"column_{i + 1}" for i in range(width)]
    units = {}
    for name, unit in zip(names, said, strict=True):
        found = _BRACKETS.fullmatch(name)
        if unit:
            units[name] = unit
        elif found and _is_unit(found[1].strip()):
            units[name] = found[1].strip()
    return tuple(names), units


def _are_units(row: Sequence[str]) -> bool:
    cells = [_without_brackets(cell) for cell in row if cell]
    return bool(cells) and all(_is_unit(cell) for cell in cells)


def _is_unit(cell: str) -> bool:
    return is_unit(cell) or cell in _OTHER_UNITS


def _without_brackets(cell: str) -> str:
    found = re.fullmatch(r"[\[(](.*)[\])]", cell)
    return found[1].strip() if found else cell
