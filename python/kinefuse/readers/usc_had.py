"""USC-HAD: 12 activities, 14 people, one unit at the front right hip.

M. Zhang, A. A. Sawchuk, "USC-HAD: A Daily Activity Dataset for Ubiquitous Activity Recognition
Using Wearable Sensors", UbiComp 2012 (SAGAware).
"""

import re
from pathlib import Path
from typing import Any

import numpy as np

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.matlab import load_variable
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes
from kinefuse.units import convert

__all__ = ["UscHad"]

ACTIVITIES = (
    "walking_forward", "walking_left", "walking_right", "walking_upstairs", "walking_downstairs",
    "running_forward", "jumping_up", "sitting", "standing", "sleeping", "elevator_up",
    "elevator_down",
)  # fmt: skip
_PATH = re.compile(r"Subject(\d+)/a(\d+)t(\d+)\.mat")
_RATE_HZ = 100.0


class UscHad:
    """Reads ``Subject{subject}/a{activity}t{trial}.mat``.

    One modality, ``inertial``, 100 Hz without stamps: the variable ``sensor_readings`` (T, 6),
    acceleration in g, angular rate turned from deg/s into rad/s. Who did what is told by the path:
    in a few files the variables of that purpose are misspelt.

    Attributes
    ----------
    ignored : tuple of str
        MATLAB files that the last :meth:`discover` left out for their paths.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("usc-had").classes[:2]
    ('walking_forward', 'walking_left')
    """

    name = "usc-had"
    classes = ACTIVITIES
    about = About(
        title="USC-HAD: trials of everyday activities with a unit at the hip",
        source="Zhang, Sawchuk, UbiComp 2012",
        licence="none stated; for research",
        url="https://sipi.usc.edu/had/",
        units={"acc": "g", "gyro": "deg/s"},
        rates_hz={"inertial": _RATE_HZ},
        placements=("front_right_hip",),
        subjects=14,
    )

    def __init__(self) -> None:
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _PATH, "Subject1/a1t1.mat")

    def settings(self) -> dict[str, Any]:
        """Nothing to set."""
        return {}

    def discover(self, path: Path) -> list[Source]:
        """List the trials by subject, activity and trial."""
        takes, self.ignored = group_takes(
            path,
            ".mat",
            _PATH,
            lambda m: ((int(m[1]), int(m[2]), int(m[3])), ""),
            dataset="USC-HAD",
            by_path=True,
        )
        if not takes:
            raise FormatError(f"USC-HAD: {path} holds no file like Subject1/a1t1.mat")
        return [
            Source(f"s{s}_a{a}_t{t}", (*files.values(),), {"subject": s, "activity": a, "trial": t})
            for (s, a, t), files in sorted(takes.items())
        ]

    def read(self, source: Source) -> Recording:
        """Read one trial."""
        (file,) = source.files
        activity = source.info["activity"]
        if not 1 <= activity <= len(ACTIVITIES):
            raise FormatError(
                f"{file}: expected an activity from 1 to {len(ACTIVITIES)}, got {activity}"
            )
        data = load_variable(file, "sensor_readings")
        if data.dtype.kind not in "fiu" or data.ndim != 2 or data.shape[1] != 6 or not data.size:
            raise FormatError(
                f"{file}: sensor_readings: expected numbers (T, 6), got {data.dtype} {data.shape}"
            )
        data = np.array(data, dtype=np.float64, order="C")
        data[:, 3:] = convert(data[:, 3:], "deg/s", "rad/s")
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(source.info["subject"]),
            activity=ACTIVITIES[activity - 1],
            trial=str(source.info["trial"]),
            streams=[
                Stream(
                    name="front_right_hip",
                    modality="inertial",
                    data=data,
                    channels=("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z"),
                    units=("g",) * 3 + ("rad/s",) * 3,
                    rate_hz=_RATE_HZ,
                )
            ],
        )
