"""Rows of one file that belong to several recordings: found in one pass, read one by one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from kinefuse.errors import FormatError
from kinefuse.readers.frames import Block, TableFile

__all__ = ["Run", "find_groups", "rows_of"]

_MOST_RUNS = 100_000

Group = tuple[Any, ...]


@dataclass(frozen=True)
class Run:
    """Rows ``first`` to ``end`` of a file, and what reading begins with to come to them."""

    first: int
    end: int
    start: tuple[int, int]


def find_groups(table: TableFile, columns: Mapping[str, str]) -> dict[Group, list[Run]]:
    """Find the rows that agree in some columns.

    Parameters
    ----------
    table : TableFile
    columns : dict of str to str
        The columns, by what they tell.

    Returns
    -------
    dict
        For what ``columns`` say, in this order, where the rows are, in the order of the file.

    Raises
    ------
    FormatError
        A column is not there, or the rows are so mixed that one after the other cannot be read.
    """
    wanted = list(dict.fromkeys(columns.values()))
    groups: dict[Group, list[Run]] = {}
    n_runs = 0
    for block in table.blocks(wanted, ()):
        rows = block.frame(wanted).select(
            pl.struct(pl.col(column).alias(key) for key, column in columns.items()).alias("who")
        )["who"]
        changes = rows.rle().struct.unnest()
        at = block.row
        for who, length in zip(changes["value"], changes["len"], strict=True):
            runs = groups.setdefault(tuple(who.values()), [])
            if runs and runs[-1].end == at:
                runs[-1] = Run(runs[-1].first, at + length, runs[-1].start)
            else:
                runs.append(Run(at, at + length, block.start))
                n_runs += 1
            at += length
        if n_runs > _MOST_RUNS:
            raise FormatError(
                f"{table.file}: {', '.join(map(repr, wanted))} change {n_runs} times within "
                f"{at} rows; sort the file by them, each recording's rows one after the other"
            )
    return groups


def rows_of(
    table: TableFile, columns: Sequence[str], numbers: Collection[str], runs: Sequence[Run] | None
) -> Iterator[Block]:
    """Read the rows of some runs, without what lies between them."""
    if runs is None:
        yield from table.blocks(columns, numbers)
        return
    i = 0
    while i < len(runs):
        begun = i
        for block in table.blocks(columns, numbers, runs[i].start):
            end = block.row + len(block)
            parts = []
            while i < len(runs) and runs[i].first < end:
                a, b = max(runs[i].first, block.row), min(runs[i].end, end)
                if a < b:
                    parts.append(block.slice(a - block.row, b - a))
                if runs[i].end > end:
                    break
                i += 1
            if parts:
                yield replace(Block.join(parts), bytes_read=block.bytes_read)
            if i == len(runs) or runs[i].start[1] > end:
                break
        else:
            if i == begun or i < len(runs):
                raise FormatError(f"{table.file}: the file became shorter while it was read")
