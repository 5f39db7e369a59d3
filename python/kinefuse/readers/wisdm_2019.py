"""WISDM 2019: 18 activities, 51 people, a phone in the pocket and a watch on the wrist.

G. M. Weiss, K. Yoneda, T. Hayajneh, "Smartphone and Smartwatch-Based Biometrics Using Activities of
Daily Living", IEEE Access 7, 2019.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes
from kinefuse.readers.wisdm_records import load_records, place
from kinefuse.units import to_store

__all__ = ["Wisdm2019"]

ACTIVITIES = {
    "A": "walking",
    "B": "jogging",
    "C": "stairs",
    "D": "sitting",
    "E": "standing",
    "F": "typing",
    "G": "brushing_teeth",
    "H": "eating_soup",
    "I": "eating_chips",
    "J": "eating_pasta",
    "K": "drinking",
    "L": "eating_sandwich",
    "M": "kicking",
    "O": "playing_catch",
    "P": "dribbling",
    "Q": "writing",
    "R": "clapping",
    "S": "folding_clothes",
}
_NAME = re.compile(r"data_(\d+)_(accel|gyro)_(phone|watch)\.txt")
_DEVICES = ("phone", "watch")
_SENSORS = {
    "accel": ("accelerometer", "acc", "m/s2"),
    "gyro": ("gyroscope", "gyro", "rad/s"),
}
_RATE_HZ = 20.0


class Wisdm2019:
    """Reads ``raw/{device}/{sensor}/data_{subject}_{sensor}_{device}.txt``.

    One modality, ``inertial``, nominally 20 Hz with stamps in nanoseconds: acceleration turned from
    m/s² into g, angular rate in rad/s. Phone and watch count time each for itself, so each is a
    recording of its own, with the device as the session. The activities of a recording are put one
    behind another by their stamps; where these overlap, since the device was off in between, 10 s
    apart. Malformed records are left out and counted.

    Parameters
    ----------
    devices : sequence of str
        Of ``phone`` and ``watch``.

    Attributes
    ----------
    ignored : tuple of str
        Text files that the last :meth:`discover` left out for their names.

    Raises
    ------
    ConfigError
        There is no such device.

    Examples
    --------
    >>> from kinefuse import readers
    >>> len(readers.get("wisdm-2019", devices=["watch"]).classes)
    18
    """

    name = "wisdm-2019"
    classes = tuple(ACTIVITIES.values())
    about = About(
        title="WISDM 2019: sports, meals and office work with a phone and a watch",
        source="Weiss, Yoneda, Hayajneh, IEEE Access 7, 2019",
        licence="CC BY 4.0, as the UCI repository says",
        url="https://archive.ics.uci.edu/dataset/507",
        units={"acc": "m/s2", "gyro": "rad/s"},
        rates_hz={"inertial": _RATE_HZ},
        placements=("pocket", "dominant_wrist"),
        subjects=51,
    )

    def __init__(self, *, devices: Sequence[str] = _DEVICES) -> None:
        if not devices or not set(devices) <= set(_DEVICES):
            raise ConfigError(
                f"wisdm-2019: devices: expected some of phone, watch, got {list(devices)}"
            )
        self._devices = tuple(dict.fromkeys(devices))
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "data_1600_accel_phone.txt")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"devices": list(self._devices)}

    def discover(self, path: Path) -> list[Source]:
        """List the recordings by subject and device."""
        takes, self.ignored = group_takes(
            path, ".txt", _NAME, lambda m: ((m[1], m[3]), m[2]), dataset="WISDM 2019"
        )
        sources = [
            Source(
                f"{subject}_{device}",
                tuple(files.values()),
                {"subject": subject, "device": device, "files": files},
            )
            for (subject, device), files in sorted(takes.items())
            if device in self._devices
        ]
        if not sources:
            raise FormatError(
                f"WISDM 2019: {path} holds no file named like data_1600_accel_phone.txt"
            )
        return sources

    def read(self, source: Source) -> Recording:
        """Read one device of one person."""
        files: dict[str, Path] = source.info["files"]
        missing = [sensor for sensor in _SENSORS if sensor not in files]
        if missing:
            raise FormatError(
                f"{source.name}: no file of its {missing[0]} beside {source.files[0]}"
            )
        counts: Counter[str] = Counter()
        tables = []
        for sensor in _SENSORS:
            table, left_out = load_records(files[sensor])
            counts.update(left_out)
            strange = sorted(set(table["activity"]) - set(ACTIVITIES))
            if strange:
                raise FormatError(
                    f"{files[sensor]}: expected an activity from A to S but N, got {strange[0]!r}"
                )
            tables.append(table)
        times, moved = place(*tables)
        counts["stretches_moved"] += moved
        streams = []
        for (name, kind, unit), table, time_s in zip(_SENSORS.values(), tables, times, strict=True):
            order = np.argsort(time_s, kind="stable")
            labels: NDArray[np.object_] = np.array(
                [ACTIVITIES[letter] for letter in table["activity"].to_list()], dtype=object
            )
            stored, factor = to_store(unit)
            streams.append(
                Stream(
                    name=name,
                    modality="inertial",
                    data=table.select("x", "y", "z").to_numpy()[order] * factor,
                    channels=tuple(f"{kind}_{axis}" for axis in "xyz"),
                    units=stored,
                    rate_hz=_RATE_HZ,
                    time_s=time_s[order],
                    labels=labels[order] if kind == "acc" else None,
                )
            )
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=source.info["subject"],
            session=source.info["device"],
            streams=streams,
            counts=+counts,
        )
