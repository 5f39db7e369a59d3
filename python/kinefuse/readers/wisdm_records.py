"""The records of both WISDM data sets: ``user,activity,nanoseconds,x,y,z;``."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.errors import FormatError
from kinefuse.readers.stretches import line_up, runs

__all__ = ["load_records", "place"]

_FIELDS = ("user", "activity", "stamp", "x", "y", "z")
_BACK_NS = 1_000_000_000


def load_records(file: Path) -> tuple[pl.DataFrame, dict[str, int]]:
    """Read a file of records, leaving out the ones that are none.

    Parameters
    ----------
    file : Path

    Returns
    -------
    polars.DataFrame
        ``user`` and ``activity`` (text), ``stamp`` (nanoseconds, int64), ``x``, ``y``, ``z``.
    dict of str to int
        How many were left out, by reason: ``records_malformed``, ``records_without_a_stamp``.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        There is no record in it.

    Examples
    --------
    >>> text = "33,Jogging,49105962326000,-0.69,12.68,0.5;33,Jogging,0,0,0,0;33,Jog;"
    >>> _ = Path("raw.txt").write_text(text)
    >>> load_records(Path("raw.txt"))[1]
    {'records_malformed': 1, 'records_without_a_stamp': 1}
    """
    text = file.read_bytes().replace(b"\n", b";").decode("utf-8", "replace")
    records = pl.Series("record", text.split(";")).str.strip_chars().str.strip_chars_end(",")
    records = records.filter(records.str.len_bytes() > 0)
    whole = records.filter(records.str.count_matches(",", literal=True) == len(_FIELDS) - 1)
    cells = (
        whole.str.split_exact(",", len(_FIELDS) - 1)
        .struct.rename_fields(_FIELDS)
        .struct.unnest()
        .with_columns(pl.all().str.strip_chars())
    )
    table = cells.with_columns(
        pl.col("stamp").cast(pl.Int64, strict=False),
        pl.col("x", "y", "z").cast(pl.Float64, strict=False),
    )
    table = table.drop_nulls().filter((pl.col("user") != "") & (pl.col("activity") != ""))
    malformed = len(records) - len(table)
    if table.is_empty():
        raise FormatError(f"{file}: expected records user,activity,nanoseconds,x,y,z;, got none")
    stamped = table.filter(pl.col("stamp") != 0)
    counts = {
        "records_malformed": malformed,
        "records_without_a_stamp": len(table) - len(stamped),
    }
    return stamped, {name: count for name, count in counts.items() if count}


def place(*tables: pl.DataFrame) -> tuple[list[NDArray[np.float64]], int]:
    """Return the stamps of one device's sensors in seconds, its activities one after another.

    The records of an activity, up to where the clock goes back by more than a second, are a
    stretch. Stretches that overlap, since the device was switched off between them, are put one
    behind another, for all sensors alike; see :func:`kinefuse.readers.stretches.line_up`.

    Parameters
    ----------
    *tables : polars.DataFrame
        With the columns ``activity`` and ``stamp``, in the order of the file.

    Returns
    -------
    list of (T,) array of float64
    int
        How many stretches were moved.
    """
    stretches: dict[tuple[str, int], list[tuple[int, slice]]] = {}
    spans: dict[tuple[str, int], tuple[int, int]] = {}
    stamps = [table["stamp"].to_numpy() for table in tables]
    for sensor, (table, stamp) in enumerate(zip(tables, stamps, strict=True)):
        activity = table["activity"].to_numpy()
        back = np.zeros(len(stamp), dtype=np.int64)
        back[1:] = np.cumsum(np.diff(stamp) < -_BACK_NS)
        edges = runs(activity, back)
        seen: dict[str, int] = {}
        for first, end in pairwise(edges):
            name = str(activity[first])
            key = (name, seen.setdefault(name, 0))
            seen[name] += 1
            stretches.setdefault(key, []).append((sensor, slice(first, end)))
            low, high = int(stamp[first:end].min()), int(stamp[first:end].max())
            known = spans.get(key, (low, high))
            spans[key] = (min(low, known[0]), max(high, known[1]))
    origin = min(low for low, _ in spans.values())
    seconds = [(stamp - origin) / 1e9 for stamp in stamps]
    shifts = line_up(
        [(low - origin) / 1e9 for low, _ in spans.values()],
        [(high - origin) / 1e9 for _, high in spans.values()],
    )
    for key, shift in zip(spans, shifts, strict=True):
        for sensor, rows in stretches[key]:
            seconds[sensor][rows] += shift
    return seconds, int(np.count_nonzero(shifts))
