"""OPPORTUNITY: people who have breakfast in a room full of sensors.

D. Roggen, A. Calatroni, M. Rossi et al., "Collecting complex activity datasets in highly rich
networked sensor environments", INSS 2010; R. Chavarriaga et al., "The Opportunity challenge",
Pattern Recognition Letters 34, 2013. Columns and units are those of its column_names.txt.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from kinefuse.errors import ConfigError
from kinefuse.readers.about import About
from kinefuse.readers.columns import Columns, ColumnsReader, triple

__all__ = ["Opportunity"]

_GESTURES = {
    406516: "open_door_1",
    406517: "open_door_2",
    404516: "close_door_1",
    404517: "close_door_2",
    406520: "open_fridge",
    404520: "close_fridge",
    406505: "open_dishwasher",
    404505: "close_dishwasher",
    406519: "open_drawer_1",
    404519: "close_drawer_1",
    406511: "open_drawer_2",
    404511: "close_drawer_2",
    406508: "open_drawer_3",
    404508: "close_drawer_3",
    408512: "clean_table",
    407521: "drink_from_cup",
    405506: "toggle_switch",
}
_LOCOMOTION = {1: "stand", 2: "walk", 4: "sit", 5: "lie"}
_HIGH_LEVEL = {
    101: "relaxing",
    102: "coffee_time",
    103: "early_morning",
    104: "cleanup",
    105: "sandwich_time",
}
_TRACKS: dict[str, tuple[int, dict[int, str]]] = {
    "gestures": (249, _GESTURES),
    "locomotion": (243, _LOCOMOTION),
    "high_level": (244, _HIGH_LEVEL),
}
_UNITS = {"back": 37, "right_upper_arm": 50, "right_lower_arm": 63, "left_upper_arm": 76,
          "left_lower_arm": 89}  # fmt: skip
_SHOES = {"left_shoe": 102, "right_shoe": 118}
# The names of column_names.txt, without ^ and _, which stand for upper and lower.
_ACCELEROMETERS = (
    "right_knee_upper", "hip", "left_arm_upper", "right_arm_lower", "left_hand", "back_acc",
    "right_knee_lower", "right_wrist", "right_arm_upper", "left_arm_lower", "left_wrist",
    "right_hand",
)  # fmt: skip


class Opportunity(ColumnsReader):
    """Reads ``S{subject}-ADL{run}.dat`` and ``S{subject}-Drill.dat``.

    One modality, ``inertial``, about 30 Hz with stamps in ms: acceleration turned from thousandths
    of g into g, angular rate in rad/s. The five Xsens units count thousandths of rad/s, which the
    files call a unit unknown; so do the shoes, where they call it mm/s, and of which acceleration
    and angular rate in the sensor's own frame are read. What the sensors lost is missing. The
    session is the run, ``ADL1`` to ``ADL5`` or ``Drill``.

    The challenge tests on runs ADL4 and ADL5 of subjects 2 and 3, and trains on all runs of
    subject 1 and the others of 2 and 3.

    Parameters
    ----------
    labels : {"gestures", "locomotion", "high_level"}
        The annotation to take: 17 gestures of both arms, 4 modes of locomotion, 5 situations. Rows
        with none are unlabelled.
    placements : sequence of str
        Of ``back``, ``right_upper_arm``, ``right_lower_arm``, ``left_upper_arm``,
        ``left_lower_arm``, which are read if not given; ``left_shoe``, ``right_shoe``; and the
        wireless accelerometers ``right_knee_upper``, ``hip``, ``left_arm_upper``,
        ``right_arm_lower``, ``left_hand``, ``back_acc``, ``right_knee_lower``, ``right_wrist``,
        ``right_arm_upper``, ``left_arm_lower``, ``left_wrist``, ``right_hand``, which lose much.

    Raises
    ------
    ConfigError
        An option that makes no sense.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("opportunity", labels="locomotion").classes
    ('stand', 'walk', 'sit', 'lie')
    """

    name = "opportunity"
    classes = tuple(_GESTURES.values())
    about = About(
        title="OPPORTUNITY: breakfast and its gestures with units on back, arms and shoes",
        source="Roggen, Calatroni, Rossi et al., INSS 2010",
        licence="CC BY 4.0, as the UCI repository says",
        url="https://archive.ics.uci.edu/dataset/226",
        units={"acc": "mg", "gyro": "mrad/s"},
        rates_hz={"inertial": 30.0},
        placements=(*_UNITS, *_SHOES, *_ACCELEROMETERS),
        subjects=4,
    )
    _pattern = re.compile(r"S(?P<subject>\d+)-(?P<session>ADL\d+|Drill)\.dat")
    _example = "S1-ADL1.dat"
    _separator = " "
    _n_columns = 250
    _rate_hz = 30.0
    _sensors: ClassVar[Mapping[str, Columns]] = {
        **{
            name: triple("acc", first, "mg") | triple("gyro", first + 3, "mrad/s")
            for name, first in _UNITS.items()
        },
        **{
            name: triple("acc", first + 6, "mg") | triple("gyro", first + 9, "mrad/s")
            for name, first in _SHOES.items()
        },
        **{name: triple("acc", 1 + 3 * i, "mg") for i, name in enumerate(_ACCELEROMETERS)},
    }
    _usual = tuple(_UNITS)
    _time = (0, 1000.0)

    def __init__(
        self,
        *,
        labels: Literal["gestures", "locomotion", "high_level"] = "gestures",
        placements: Sequence[str] | None = None,
    ) -> None:
        if labels not in _TRACKS:
            raise ConfigError(
                f"opportunity: labels: expected one of {', '.join(_TRACKS)}, got {labels!r}"
            )
        super().__init__(placements=placements)
        self._track = labels
        self._label, self._labels = _TRACKS[labels]
        self.classes = tuple(self._labels.values())

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {**super().settings(), "labels": self._track}
