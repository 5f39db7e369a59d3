"""Where in a large text table the rows of each group stand."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from kinefuse.errors import FormatError
from kinefuse.readers.frames import check_columns, refuse_cells
from kinefuse.readers.stretches import runs

__all__ = ["Range", "index_ranges", "read_ranges"]

_BLOCK = 32 * 2**20


class Range(NamedTuple):
    """Some rows that follow each other: where they begin and end in the file, in bytes."""

    begin: int
    end: int


def index_ranges(
    file: Path, columns: Sequence[str], keys: Sequence[str]
) -> dict[tuple[str, ...], list[Range]]:
    r"""Pass over a comma-separated table with a header once, and say where each group's rows are.

    Memory is bounded by a block of the file. Cells hold no line breaks.

    Parameters
    ----------
    file : Path
    columns : sequence of str
        All columns, as the header has to name them.
    keys : sequence of str
        Those that make a group.

    Returns
    -------
    dict of tuple of str to list of Range
        By the values of ``keys``, in the order in which they turn up.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        Another header, or rows that do not have these columns.

    Examples
    --------
    >>> _ = Path("t.csv").write_bytes(b"x,who\n1,a\n2,b\n3,a\n")
    >>> index_ranges(Path("t.csv"), ("x", "who"), ("who",))
    {('a',): [Range(begin=6, end=10), Range(begin=14, end=18)], ('b',): [Range(begin=10, end=14)]}
    """
    found: dict[tuple[str, ...], list[Range]] = {}
    with file.open("rb") as content:
        header = content.readline()
        there = header.decode("utf-8-sig", "replace").strip().split(",")
        check_columns(file, columns, there)
        if there != list(columns):
            raise FormatError(f"{file}: expected the columns {', '.join(columns)}, got {there}")
        at, left, row = len(header), b"", 1
        while block := content.read(_BLOCK):
            block = left + block
            cut = block.rfind(b"\n") + 1
            whole, left = block[:cut], block[cut:]
            at, row = _index(file, whole, at, row, columns, keys, found)
        if left:
            _index(file, left, at, row, columns, keys, found)
    if not found:
        raise FormatError(f"{file}: no samples")
    return found


def _index(
    file: Path,
    block: bytes,
    at: int,
    row: int,
    columns: Sequence[str],
    keys: Sequence[str],
    found: dict[tuple[str, ...], list[Range]],
) -> tuple[int, int]:
    if not block:
        return at, row
    table = _table(file, block, dict.fromkeys(columns, pl.String), keys)
    ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")) + 1
    if not block.endswith(b"\n"):
        ends = np.append(ends, len(block))
    if len(ends) != len(table):
        raise FormatError(f"{file}: expected a row a line from row {row} on")
    edges = runs(*(table[key].cast(pl.Categorical).to_physical().to_numpy() for key in keys))
    for first, end in pairwise(edges):
        group = table.row(int(first))
        if None in group:
            raise FormatError(f"{file}: row {row + first}: expected all of {', '.join(keys)}")
        begin = at + (int(ends[first - 1]) if first else 0)
        ranges = found.setdefault(group, [])
        if ranges and ranges[-1].end == begin:
            ranges[-1] = Range(ranges[-1].begin, at + int(ends[end - 1]))
        else:
            ranges.append(Range(begin, at + int(ends[end - 1])))
    return at + len(block), row + len(table)


def read_ranges(file: Path, ranges: Sequence[Range], types: Mapping[str, Any]) -> pl.DataFrame:
    """Read the rows of one group.

    Parameters
    ----------
    file : Path
    ranges : sequence of Range
        From :func:`index_ranges`.
    types : dict of str to a Polars type
        Of all columns, in their order.

    Returns
    -------
    polars.DataFrame

    Raises
    ------
    FormatError
        A cell is not of its type.
    """
    with file.open("rb") as content:
        parts = []
        for begin, end in ranges:
            content.seek(begin)
            parts.append(content.read(end - begin))
    return _table(file, b"".join(parts), types, list(types))


def _table(
    file: Path, rows: bytes, types: Mapping[str, Any], wanted: Sequence[str]
) -> pl.DataFrame:
    settings: dict[str, Any] = {"has_header": False, "quote_char": None}
    places = [list(types).index(name) for name in wanted]
    try:
        return pl.read_csv(BytesIO(rows), schema=dict(types), columns=places, **settings).select(
            wanted
        )
    except pl.exceptions.PolarsError:
        pass
    try:
        cells = pl.read_csv(BytesIO(rows), schema=dict.fromkeys(types, pl.String), **settings)
    except pl.exceptions.PolarsError as error:
        reason = str(error).split("\n", 1)[0]
        raise FormatError(f"{file}: not a table of text ({reason})") from error
    parsed = []
    for name in wanted:
        value = cells[name].cast(types[name], strict=False)
        refuse_cells(file, cells[name], value, "a number")
        parsed.append(value)
    return pl.DataFrame(parsed)
