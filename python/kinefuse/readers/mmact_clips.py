"""The clips of MMAct: a table for each sensor, an object of frames for each pose."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.errors import FormatError
from kinefuse.readers.frames import refuse_cells
from kinefuse.skeleton import COCO17

__all__ = ["load_pose", "load_sensor", "unwrap_degrees"]


def load_sensor(file: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read a clip of one sensor: a stamp and three numbers a row, without a header.

    Returns
    -------
    time_s : (T,) array of float64
        Seconds; the stamps name no time zone. NaN where a row has none.
    data : (T, 3) array of float64
        NaN where a cell is empty. No rows if the file is empty.

    Raises
    ------
    FormatError
        Another number of columns, or a cell that is no stamp or no number.
    """
    text = file.read_bytes()
    if not text.strip():
        return np.empty(0), np.empty((0, 3))
    names = ["stamp", "x", "y", "z"]
    try:
        cells = pl.read_csv(BytesIO(text), has_header=False, infer_schema=False)
    except (pl.exceptions.PolarsError, UnicodeError, OSError) as error:
        reason = str(error).split("\n", 1)[0]
        raise FormatError(f"{file}: not a table of text ({reason})") from error
    if cells.width != len(names):
        raise FormatError(f"{file}: expected a stamp and three numbers, got {cells.width} columns")
    cells.columns = names
    text_stamps = cells["stamp"].str.strip_chars()
    stamps = text_stamps.str.to_datetime("%Y%m%d_%H:%M:%S%.f", time_unit="ns", strict=False)
    refuse_cells(file, text_stamps, stamps, "a stamp like 20181120_15:36:42.123")
    if stamps.null_count() == len(stamps):
        raise FormatError(f"{file}: no row has a stamp")
    columns = []
    for name in names[1:]:
        numbers = cells[name].str.strip_chars().cast(pl.Float64, strict=False)
        refuse_cells(file, cells[name], numbers, "a number")
        columns.append(numbers.to_numpy())
    seconds = stamps.dt.epoch("ns").cast(pl.Float64).to_numpy() / 1e9
    return seconds, np.stack(columns, axis=1)


def unwrap_degrees(time_s: NDArray[np.float64], angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Take jumps of 360 degrees out of (T, C) angles, in the order of time; NaN stays."""
    out = angles.copy()
    known = np.flatnonzero(np.isfinite(time_s) & np.isfinite(angles).all(axis=1))
    known = known[np.argsort(time_s[known], kind="stable")]
    out[known] = np.unwrap(angles[known], axis=0, period=360.0)
    return out


def load_pose(file: Path, persons: Sequence[str]) -> tuple[NDArray[np.float64], int]:
    """Read a clip of poses: an object of frames, each an object of persons.

    Parameters
    ----------
    file : Path
    persons : sequence of str
        Whom to take, the first that a frame has (``("person2", "person1")``).

    Returns
    -------
    joints : (T, 17, 2) array of float64
        Pixels; NaN where nobody is, or the confidence is 0.
    n_both : int
        Frames that have more than one of the persons.

    Raises
    ------
    FormatError
        It is something else.
    """
    try:
        frames = json.loads(file.read_bytes())
    except ValueError as error:
        raise FormatError(f"{file}: not JSON ({error})") from error
    if not isinstance(frames, dict) or not all(isinstance(f, dict) for f in frames.values()):
        raise FormatError(f"{file}: expected an object of frames, each an object of persons")
    joints = np.full((len(frames), len(COCO17.joints), 2), np.nan)
    both = 0
    for number, (name, frame) in enumerate(frames.items()):
        there = [frame[key] for key in persons if frame.get(key)]
        both += len(there) > 1
        if not there:
            continue
        try:
            values = np.array(there[0], dtype=np.float64).reshape(len(COCO17.joints), 3)
        except (ValueError, TypeError):
            raise FormatError(
                f"{file}: frame {name!r}: expected {len(COCO17.joints)} times x, y, confidence"
            ) from None
        joints[number] = np.where(values[:, 2:] > 0, values[:, :2], np.nan)
    return joints, both
