"""HHAR: six activities, nine people, eight phones and four watches of different makes.

A. Stisen, H. Blunck, S. Bhattacharya et al., "Smart Devices are Different: Assessing and Mitigating
Mobile Sensing Heterogeneities for Activity Recognition", SenSys 2015.
"""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.registry import Source
from kinefuse.readers.row_ranges import Range, index_ranges, read_ranges
from kinefuse.readers.stretches import runs
from kinefuse.readers.takes import group_takes
from kinefuse.units import to_store

__all__ = ["Hhar"]

ACTIVITIES = {
    "bike": "biking",
    "sit": "sitting",
    "stand": "standing",
    "walk": "walking",
    "stairsup": "stairs_up",
    "stairsdown": "stairs_down",
}
_NAME = re.compile(r"(Phones|Watch)_(accelerometer|gyroscope)\.csv")
_COLUMNS = (
    "Index", "Arrival_Time", "Creation_Time", "x", "y", "z", "User", "Model", "Device", "gt",
)  # fmt: skip
_TYPES = dict.fromkeys(_COLUMNS, pl.String) | {
    "Arrival_Time": pl.Int64,
    "Creation_Time": pl.Int64,
    "x": pl.Float64,
    "y": pl.Float64,
    "z": pl.Float64,
}
_SENSORS = {"accelerometer": ("acc", "m/s2"), "gyroscope": ("gyro", "rad/s")}
_JUMP_NS = 1_000_000_000
_RATES_HZ = {
    "nexus4": 200.0, "s3": 150.0, "s3mini": 100.0, "samsungold": 50.0, "gear": 100.0,
    "lgwatch": 200.0,
}  # fmt: skip


class Hhar:
    """Reads ``Phones_accelerometer.csv``, ``Phones_gyroscope.csv`` and those of ``Watch``.

    A recording is what one person did with one device, which is its session. One modality,
    ``inertial``: acceleration turned from m/s² into g, angular rate in rad/s, brought onto 50 Hz
    unless told otherwise: the devices sample at 50 to 200 Hz. Rows labelled ``null`` have no label.

    Samples are timed by the device's own count of nanoseconds (``Creation_Time``), put on the time
    line of ``Arrival_Time`` where it does not jump against it, so that both sensors have one clock.
    Where the two disagree about how much time went by, by more than a twentieth, the arrival counts
    and is counted.

    The files are large and hold many people: they are passed over once for who stands where, and
    then only what belongs to a recording is read.

    Attributes
    ----------
    ignored : tuple of str
        CSV files that the last :meth:`discover` left out for their names.
    rate_hz : dict of str to float
        What :func:`kinefuse.data.ingest` makes of the modality unless told otherwise.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("hhar").rate_hz
    {'inertial': 50.0}
    """

    name = "hhar"
    classes = tuple(ACTIVITIES.values())
    about = About(
        title="HHAR: everyday activities with many phones at the waist and watches on the wrist",
        source="Stisen, Blunck, Bhattacharya et al., SenSys 2015",
        licence="CC BY 4.0, as the UCI repository says",
        url="https://archive.ics.uci.edu/dataset/344",
        units={"acc": "m/s2", "gyro": "rad/s"},
        rates_hz={"inertial": 50.0},
        placements=("waist", "wrist"),
        subjects=9,
    )

    def __init__(self) -> None:
        self.ignored: tuple[str, ...] = ()
        self.rate_hz = {"inertial": 50.0}

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "Phones_accelerometer.csv")

    def settings(self) -> dict[str, Any]:
        """Nothing to set."""
        return {}

    def discover(self, path: Path) -> list[Source]:
        """List the recordings by person and device."""
        takes, self.ignored = group_takes(
            path, ".csv", _NAME, lambda m: (m[1], m[2]), dataset="HHAR"
        )
        if not takes:
            raise FormatError(f"HHAR: {path} holds no file named like Phones_accelerometer.csv")
        sources = []
        for files in takes.values():
            where: dict[tuple[str, ...], dict[str, list[Range]]] = {}
            for sensor, file in sorted(files.items()):
                for key, ranges in index_ranges(file, _COLUMNS, ("User", "Device")).items():
                    where.setdefault(key, {})[sensor] = ranges
            for (user, device), here in where.items():
                name = f"{user}_{device}"
                info = {"user": user, "device": device, "files": files, "ranges": here}
                sources.append(Source(name, tuple(files[s] for s in sorted(here)), info))
        return sorted(sources, key=lambda source: source.name)

    def read(self, source: Source) -> Recording:
        """Read one person with one device."""
        files, ranges = source.info["files"], source.info["ranges"]
        missing = [sensor for sensor in _SENSORS if sensor not in ranges]
        if missing:
            raise FormatError(f"{source.name}: no rows of the {missing[0]}")
        counts: Counter[str] = Counter()
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=source.info["user"],
            session=source.info["device"],
            streams=[
                _stream(sensor, read_ranges(files[sensor], ranges[sensor], _TYPES), counts, files)
                for sensor in _SENSORS
            ],
            counts=counts,
        )


def _stream(
    sensor: str, table: pl.DataFrame, counts: Counter[str], files: dict[str, Path]
) -> Stream:
    kind, unit = _SENSORS[sensor]
    stored, factor = to_store(unit)
    labels = None
    if kind == "acc":
        given = table["gt"].str.strip_chars().replace(["null", ""], [None, None])
        names = given.replace_strict(ACTIVITIES, default=None, return_dtype=pl.String)
        strange = given.filter(names.is_null() & given.is_not_null())
        if len(strange):
            raise FormatError(
                f"{files[sensor]}: expected gt to be one of {', '.join(ACTIVITIES)} or null, "
                f"got {strange[0]!r}"
            )
        labels = np.array(names.to_list(), dtype=object)
    time_s = _seconds(table["Arrival_Time"].to_numpy(), table["Creation_Time"].to_numpy(), counts)
    order = np.argsort(time_s, kind="stable")
    return Stream(
        name=sensor,
        modality="inertial",
        data=table.select("x", "y", "z").to_numpy()[order] * factor,
        channels=tuple(f"{kind}_{axis}" for axis in "xyz"),
        units=stored,
        rate_hz=_RATES_HZ.get(table["Model"][0], 100.0),
        time_s=time_s[order],
        labels=None if labels is None else labels[order],
    )


def _seconds(
    arrival_ms: NDArray[np.int64], creation_ns: NDArray[np.int64], counts: Counter[str]
) -> NDArray[np.float64]:
    """Return creation times, moved onto the time line of arrival between jumps."""
    arrival_ns = arrival_ms * 1_000_000
    late = arrival_ns - creation_ns
    jumps = np.zeros(len(late), dtype=np.int64)
    jumps[1:] = np.cumsum(np.abs(np.diff(late)) > _JUMP_NS)
    edges = runs(jumps)
    time_ns = np.empty(len(late), dtype=np.int64)
    for first, end in pairwise(edges):
        rows = slice(first, end)
        spans = np.ptp(arrival_ns[rows]), np.ptp(creation_ns[rows])
        if spans[0] > _JUMP_NS and not 0.95 < spans[1] / spans[0] < 1.05:
            counts["stretches_timed_by_arrival"] += 1
            time_ns[rows] = arrival_ns[rows]
        else:
            time_ns[rows] = creation_ns[rows] + int(np.median(late[rows]))
    return time_ns / 1e9
