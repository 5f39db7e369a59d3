"""MHEALTH: 12 activities, ten people, sensors on chest, left ankle and right forearm.

O. Banos, R. Garcia, J. A. Holgado-Terriza et al., "mHealthDroid: A Novel Framework for Agile
Development of Mobile Health Applications", IWAAL 2014. Columns and units are those of its readme.
"""

import re
from typing import ClassVar

from kinefuse.readers.about import About
from kinefuse.readers.columns import Columns, ColumnsReader, triple

__all__ = ["Mhealth"]

ACTIVITIES = {
    1: "standing_still",
    2: "sitting",
    3: "lying_down",
    4: "walking",
    5: "climbing_stairs",
    6: "waist_bends_forward",
    7: "frontal_elevation_of_arms",
    8: "knees_bending",
    9: "cycling",
    10: "jogging",
    11: "running",
    12: "jump_front_and_back",
}


class Mhealth(ColumnsReader):
    """Reads ``mHealth_subject{number}.log``.

    One modality, ``inertial``, 50 Hz without stamps: acceleration turned from m/s² into g at all
    three places, angular rate turned from deg/s into rad/s at ``left_ankle`` and
    ``right_lower_arm``. Rows labelled 0 are unlabelled. The electrocardiogram and the magnetometers
    are left out.

    Parameters
    ----------
    placements : sequence of str
        Of ``chest``, ``left_ankle`` and ``right_lower_arm``.

    Examples
    --------
    >>> from kinefuse import readers
    >>> len(readers.get("mhealth").classes)
    12
    """

    name = "mhealth"
    classes = tuple(ACTIVITIES.values())
    about = About(
        title="MHEALTH: exercises and everyday activities with sensors on chest, ankle and forearm",
        source="Banos, Garcia, Holgado-Terriza et al., IWAAL 2014",
        licence="CC BY 4.0, as the UCI repository says",
        url="https://archive.ics.uci.edu/dataset/319",
        units={"acc": "m/s2", "gyro": "deg/s"},
        rates_hz={"inertial": 50.0},
        placements=("chest", "left_ankle", "right_lower_arm"),
        subjects=10,
    )
    _pattern = re.compile(r"mHealth_subject(?P<subject>\d+)\.log")
    _example = "mHealth_subject1.log"
    _separator = "\t"
    _n_columns = 24
    _rate_hz = 50.0
    _sensors: ClassVar[dict[str, Columns]] = {
        "chest": triple("acc", 0, "m/s2"),
        "left_ankle": triple("acc", 5, "m/s2") | triple("gyro", 8, "deg/s"),
        "right_lower_arm": triple("acc", 14, "m/s2") | triple("gyro", 17, "deg/s"),
    }
    _usual = tuple(_sensors)
    _label = 23
    _labels = ACTIVITIES
