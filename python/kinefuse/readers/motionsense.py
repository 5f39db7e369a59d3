"""MotionSense: six activities, 24 people, a phone in the front pocket of the trousers.

M. Malekzadeh, R. G. Clegg, A. Cavallaro, H. Haddadi, "Mobile Sensor Data Anonymization", IoTDI
2019. What Core Motion of an iPhone 6s estimates, 50 rows a second.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.plain_text import load_named
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes

__all__ = ["MotionSense"]

_ACTIVITIES = {
    "dws": "downstairs",
    "ups": "upstairs",
    "wlk": "walking",
    "jog": "jogging",
    "std": "standing",
    "sit": "sitting",
}
_PATH = re.compile(rf"({'|'.join(_ACTIVITIES)})_(\d+)/sub_(\d+)\.csv")
_RATE_HZ = 50.0


class MotionSense:
    """Reads ``{activity}_{trial}/sub_{subject}.csv`` of ``A_DeviceMotion_data``.

    Modalities: ``accelerometer``, the sum of the columns ``gravity`` and ``userAcceleration``, in
    g; ``gyroscope``, the columns ``rotationRate``, in rad/s. Signs are those of Core Motion: at
    rest the acceleration points down, where most other phones have it point up.

    Parameters
    ----------
    attitude : bool
        A third modality, ``attitude``: roll, pitch and yaw in rad, as recorded.

    Attributes
    ----------
    ignored : tuple of str
        CSV files that the last :meth:`discover` left out for their paths.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("motionsense", attitude=True).settings()
    {'attitude': True}
    """

    name = "motionsense"
    classes = tuple(_ACTIVITIES.values())
    about = About(
        title="MotionSense: trials of everyday activities with a phone in the trousers' pocket",
        source="Malekzadeh, Clegg, Cavallaro, Haddadi, IoTDI 2019",
        licence="MIT",
        url="https://github.com/mmalekzadeh/motion-sense",
        units={"acc": "g", "gyro": "rad/s", "attitude": "rad"},
        rates_hz={"accelerometer": _RATE_HZ, "gyroscope": _RATE_HZ},
        placements=("trouser_pocket",),
        subjects=24,
    )

    def __init__(self, *, attitude: bool = False) -> None:
        self._attitude = attitude
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _PATH, "dws_1/sub_1.csv")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"attitude": self._attitude}

    def discover(self, path: Path) -> list[Source]:
        """List the recordings by activity, trial and subject."""
        codes = list(_ACTIVITIES)
        takes, self.ignored = group_takes(
            path,
            ".csv",
            _PATH,
            lambda m: ((codes.index(m[1]), int(m[2]), int(m[3])), ""),
            dataset="MotionSense",
            by_path=True,
            twice="; give the folder A_DeviceMotion_data",
        )
        if not takes:
            raise FormatError(
                f"MotionSense: {path} holds no file like dws_1/sub_1.csv; give the folder "
                "A_DeviceMotion_data"
            )
        return [
            Source(
                f"{codes[code]}_{trial}_sub_{subject}",
                tuple(files.values()),
                {"activity": _ACTIVITIES[codes[code]], "trial": trial, "subject": subject},
            )
            for (code, trial, subject), files in sorted(takes.items())
        ]

    def read(self, source: Source) -> Recording:
        """Read one trial."""
        (file,) = source.files
        gravity, user, rotation = (
            [f"{what}.{axis}" for axis in "xyz"]
            for what in ("gravity", "userAcceleration", "rotationRate")
        )
        attitude = [f"attitude.{angle}" for angle in ("roll", "pitch", "yaw")]
        columns = [*gravity, *user, *rotation, *(attitude if self._attitude else [])]
        table = load_named(file, columns, columns)
        if not len(table):
            raise FormatError(f"{file}: no samples")

        def stream(modality: str, data: Any, channels: list[str], unit: str) -> Stream:
            return Stream(
                name="trouser_pocket",
                modality=modality,
                data=np.ascontiguousarray(data),
                channels=channels,
                units=unit,
                rate_hz=_RATE_HZ,
            )

        acceleration = table.numbers(gravity) + table.numbers(user)
        streams = [
            stream("accelerometer", acceleration, ["acc_x", "acc_y", "acc_z"], "g"),
            stream(
                "gyroscope",
                table.numbers(rotation),
                ["gyro_x", "gyro_y", "gyro_z"],
                "rad/s",
            ),
        ]
        if self._attitude:
            angles = table.numbers(attitude)
            streams.append(stream("attitude", angles, ["roll", "pitch", "yaw"], "rad"))
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(source.info["subject"]),
            activity=source.info["activity"],
            trial=str(source.info["trial"]),
            streams=streams,
        )
