"""SisFall: 19 everyday activities and 15 falls, 38 people, three sensors at the waist.

A. Sucerquia, J. D. López, J. F. Vargas-Bonilla, "SisFall: A Fall and Movement Dataset", Sensors
17(1), 2017, 198. Units and codes are those of its Readme.txt.
"""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes
from kinefuse.units import convert, convert_counts

__all__ = ["SisFall"]

ACTIVITIES = {
    "D01": "walking_slowly",
    "D02": "walking_quickly",
    "D03": "jogging_slowly",
    "D04": "jogging_quickly",
    "D05": "stairs_slowly",
    "D06": "stairs_quickly",
    "D07": "sit_on_half_height_chair_slowly",
    "D08": "sit_on_half_height_chair_quickly",
    "D09": "sit_on_low_chair_slowly",
    "D10": "sit_on_low_chair_quickly",
    "D11": "collapse_into_chair",
    "D12": "sitting_lying_slowly",
    "D13": "sitting_lying_quickly",
    "D14": "turning_while_lying",
    "D15": "bending_at_knees",
    "D16": "bending_without_knees",
    "D17": "getting_into_car",
    "D18": "stumbling",
    "D19": "jumping_gently",
    "F01": "fall_forward_walking_slip",
    "F02": "fall_backward_walking_slip",
    "F03": "fall_lateral_walking_slip",
    "F04": "fall_forward_walking_trip",
    "F05": "fall_forward_jogging_trip",
    "F06": "fall_vertical_fainting",
    "F07": "fall_walking_fainting_hands_on_table",
    "F08": "fall_forward_getting_up",
    "F09": "fall_lateral_getting_up",
    "F10": "fall_forward_sitting_down",
    "F11": "fall_backward_sitting_down",
    "F12": "fall_lateral_sitting_down",
    "F13": "fall_forward_sitting_fainting",
    "F14": "fall_backward_sitting_fainting",
    "F15": "fall_lateral_sitting_fainting",
}
_NAME = re.compile(r"([DF]\d\d)_(S[AE]\d\d)_(R\d\d)\.txt")
_LINE = re.compile(rb"(-?\d+,){8}-?\d+")
_RATE_HZ = 200.0
# For each sensor its first column, the kind of its channels, range, bits and the unit of the range.
_SENSORS = {
    "adxl345": (0, "acc", 16.0, 13, "g"),
    "itg3200": (3, "gyro", 2000.0, 16, "deg/s"),
    "mma8451q": (6, "acc", 8.0, 14, "g"),
}


class SisFall:
    """Reads ``{activity}_{subject}_{trial}.txt``, as ``F05_SA01_R04.txt``.

    One modality, ``inertial``, 200 Hz without stamps: the counts of the converters turned into g
    and rad/s by the formula of the data set's readme. Activities are the 34 codes; those that begin
    with ``fall`` are falls, which nobody labelled within their recordings.

    Parameters
    ----------
    sensors : sequence of str
        Of ``adxl345`` (±16 g), ``itg3200`` (±2000 deg/s) and ``mma8451q`` (±8 g).

    Attributes
    ----------
    ignored : tuple of str
        Text files that the last :meth:`discover` left out for their names.

    Raises
    ------
    ConfigError
        There is no such sensor.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("sisfall").classes[19]
    'fall_forward_walking_slip'
    """

    name = "sisfall"
    classes = tuple(ACTIVITIES.values())
    about = About(
        title="SisFall: falls and everyday activities of the young and the old, at the waist",
        source="Sucerquia, López, Vargas-Bonilla, Sensors 17(1), 2017, 198",
        licence="none stated; the authors ask to be cited",
        url="http://sistemic.udea.edu.co/en/research/projects/english-falls/",
        units={"acc": "counts", "gyro": "counts"},
        rates_hz={"inertial": _RATE_HZ},
        placements=("waist",),
        subjects=38,
    )

    def __init__(self, *, sensors: Sequence[str] = ("adxl345", "itg3200")) -> None:
        self._sensors = tuple(dict.fromkeys(sensors))
        if not self._sensors or not set(self._sensors) <= set(_SENSORS):
            raise ConfigError(
                f"sisfall: sensors: expected some of {', '.join(_SENSORS)}, got {list(sensors)}"
            )
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "D01_SA01_R01.txt")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"sensors": list(self._sensors)}

    def discover(self, path: Path) -> list[Source]:
        """List the trials by subject, activity and number."""
        takes, self.ignored = group_takes(
            path, ".txt", _NAME, lambda m: ((m[2], m[1], m[3]), ""), dataset="SisFall"
        )
        if not takes:
            raise FormatError(f"SisFall: {path} holds no file named like D01_SA01_R01.txt")
        return [
            Source(
                f"{activity}_{subject}_{trial}",
                tuple(files.values()),
                {"subject": subject, "activity": activity, "trial": trial},
            )
            for (subject, activity, trial), files in sorted(takes.items())
        ]

    def read(self, source: Source) -> Recording:
        """Read one trial."""
        (file,) = source.files
        code = source.info["activity"]
        if code not in ACTIVITIES:
            raise FormatError(f"{file}: expected an activity from D01 to F15, got {code}")
        counts, dropped = _load(file)
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=source.info["subject"],
            activity=ACTIVITIES[code],
            trial=source.info["trial"],
            streams=[_stream(sensor, counts) for sensor in self._sensors],
            counts={"lines_cut_short": dropped} if dropped else {},
        )


def _load(file: Path) -> tuple[NDArray[np.float64], int]:
    """Return the counts (T, 9), and how many lines at the end were cut short."""
    text = file.read_bytes().translate(None, b" ;\r")
    with suppress(pl.exceptions.PolarsError, OSError):
        schema = {str(column): pl.Float64 for column in range(9)}
        table = pl.read_csv(text, has_header=False, schema=schema)
        if len(table) and table.width == 9 and not any(table.null_count().row(0)):
            return table.to_numpy(), 0
    return _by_line(file)


def _by_line(file: Path) -> tuple[NDArray[np.float64], int]:
    lines = file.read_bytes().replace(b";", b"").replace(b" ", b"").strip().splitlines()
    lines = [line for line in lines if line]
    dropped = int(len(lines) > 1 and lines[-1].count(b",") != 8)
    try:
        counts = np.array([line.split(b",") for line in lines[: len(lines) - dropped]], np.float64)
    except ValueError:
        counts = np.empty(0)
    if counts.ndim != 2 or counts.shape[1] != 9:
        rows = [i for i, line in enumerate(lines, start=1) if not _LINE.fullmatch(line)]
        where = f"row {rows[0]}: " if rows else ""
        raise FormatError(f"{file}: {where}expected nine whole numbers between commas")
    return counts, dropped


def _stream(sensor: str, counts: NDArray[np.float64]) -> Stream:
    first, kind, full_scale, bits, unit = _SENSORS[sensor]
    values = convert_counts(counts[:, first : first + 3], full_scale=full_scale, bits=bits)
    if unit == "deg/s":
        values, unit = convert(values, unit, "rad/s"), "rad/s"
    return Stream(
        name=sensor,
        modality="inertial",
        data=values,
        channels=tuple(f"{kind}_{axis}" for axis in "xyz"),
        units=unit,
        rate_hz=_RATE_HZ,
    )
