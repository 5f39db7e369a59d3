"""Some columns of a text table, read whole; a cell that should be a number and is none is named."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from kinefuse.readers.dialect import sniff
from kinefuse.readers.text_table import TextTable

__all__ = ["load_table"]


def load_table(
    file: Path, columns: Sequence[str], numbers: Collection[str], **told: Any
) -> pl.DataFrame:
    """Read some columns of a table of text, in whatever dialect.

    Parameters
    ----------
    file : Path
    columns : sequence of str
        Which.
    numbers : collection of str
        Those that must hold numbers; they become float64, empty cells null. The others are text.
    **told
        What is known of the dialect, as :func:`kinefuse.readers.dialect.sniff` takes it:
        ``separator``, ``names``, ``header_lines``…

    Returns
    -------
    polars.DataFrame

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        It is empty or no table, lacks a column, or a cell should be a number and is none.
    """
    table = TextTable(file, sniff(file, **told))
    blocks = [block.frame(columns) for block in table.blocks(columns, numbers)]
    if not blocks:
        types = {name: pl.Float64 if name in numbers else pl.String for name in columns}
        return pl.DataFrame(schema=types)
    return pl.concat(blocks)
