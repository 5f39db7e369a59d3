"""PAMAP2: 18 activities, nine people, inertial units on hand, chest and ankle.

A. Reiss, D. Stricker, "Introducing a New Benchmarked Dataset for Activity Monitoring", ISWC 2012.
Columns and units are those of its readme.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Literal

from kinefuse.errors import ConfigError
from kinefuse.readers.about import About
from kinefuse.readers.columns import Columns, ColumnsReader, Take, triple

__all__ = ["Pamap2"]

ACTIVITIES = {
    1: "lying",
    2: "sitting",
    3: "standing",
    4: "walking",
    5: "running",
    6: "cycling",
    7: "nordic_walking",
    9: "watching_tv",
    10: "computer_work",
    11: "car_driving",
    12: "ascending_stairs",
    13: "descending_stairs",
    16: "vacuum_cleaning",
    17: "ironing",
    18: "folding_laundry",
    19: "house_cleaning",
    20: "playing_soccer",
    24: "rope_jumping",
}
_RANGES = {"16g": 1, "6g": 4}
_FIRST = {"hand": 3, "chest": 20, "ankle": 37}


def _unit(first: int, acceleration: str) -> dict[str, tuple[int, str]]:
    return triple("acc", first + _RANGES[acceleration], "m/s2") | triple("gyro", first + 7, "rad/s")


class Pamap2(ColumnsReader):
    """Reads ``subject{number}.dat`` of the folders ``Protocol`` and ``Optional``.

    One modality, ``inertial``, 100 Hz with stamps: acceleration turned from m/s² into g, angular
    rate in rad/s, of ``hand``, ``chest`` and ``ankle``. Rows that a unit lost on its way through
    the air are missing. Activity 0, between the activities, is unlabelled. The folder is the
    session: ``protocol`` or ``optional``.

    Parameters
    ----------
    placements : sequence of str
        Of ``hand``, ``chest`` and ``ankle``.
    acceleration : {"16g", "6g"}
        Which of the two accelerometers of each unit: that of ±16 g, as the authors advise, or that
        of ±6 g, which is finer and saturates when people run.
    magnetometer : bool
        Three more channels a unit, in µT.

    Raises
    ------
    ConfigError
        An option that makes no sense.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("pamap2", placements=["hand"]).classes[:3]
    ('lying', 'sitting', 'standing')
    """

    name = "pamap2"
    classes = tuple(ACTIVITIES.values())
    about = About(
        title="PAMAP2: everyday and sports activities with units on hand, chest and ankle",
        source="Reiss, Stricker, ISWC 2012",
        licence="CC BY 4.0, as the UCI repository says",
        url="https://archive.ics.uci.edu/dataset/231",
        units={"acc": "m/s2", "gyro": "rad/s", "mag": "uT"},
        rates_hz={"inertial": 100.0},
        placements=tuple(_FIRST),
        subjects=9,
        splits={
            "hammerla-2016": {
                "train": {"subject": ("101", "102", "103", "104", "107", "108", "109")},
                "validation": {"subject": ("105",)},
                "test": {"subject": ("106",)},
            }
        },
    )
    _pattern = re.compile(r"(?:(?P<session>Protocol|Optional)/)?subject(?P<subject>1\d\d)\.dat")
    _example = "Protocol/subject101.dat"
    _separator = " "
    _n_columns = 54
    _rate_hz = 100.0
    _sensors: ClassVar[dict[str, Columns]] = {
        name: _unit(first, "16g") for name, first in _FIRST.items()
    }
    _usual = tuple(_FIRST)
    _time = (0, 1.0)
    _label = 1
    _labels = ACTIVITIES

    def __init__(
        self,
        *,
        placements: Sequence[str] | None = None,
        acceleration: Literal["16g", "6g"] = "16g",
        magnetometer: bool = False,
    ) -> None:
        if acceleration not in _RANGES:
            raise ConfigError(
                f"pamap2: acceleration: expected one of {', '.join(_RANGES)}, got {acceleration!r}"
            )
        super().__init__(placements=placements)
        self._acceleration, self._magnetometer = acceleration, magnetometer
        self._sensors = {  # type: ignore[misc]
            name: _unit(first, acceleration)
            | (triple("mag", first + 10, "uT") if magnetometer else {})
            for name, first in _FIRST.items()
        }

    def _take(self, match: re.Match[str]) -> Take:
        session = (match["session"] or "protocol").lower()
        return Take(f"{session}_subject{match['subject']}", match["subject"], session)

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {
            **super().settings(),
            "acceleration": self._acceleration,
            "magnetometer": self._magnetometer,
        }
