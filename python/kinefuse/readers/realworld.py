"""RealWorld2016: eight activities, 15 people, devices at seven places of the body.

T. Sztyler, H. Stuckenschmidt, "On-body Localization of Wearable Devices: An Investigation of
Position-Aware Activity Recognition", PerCom 2016.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.plain_text import load_named
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes
from kinefuse.units import to_store

__all__ = ["RealWorld"]

_ACTIVITIES = {
    "climbingdown": "climbing_down",
    "climbingup": "climbing_up",
    "jumping": "jumping",
    "lying": "lying",
    "running": "running",
    "sitting": "sitting",
    "standing": "standing",
    "walking": "walking",
}
_PLACEMENTS = ("chest", "forearm", "head", "shin", "thigh", "upperarm", "waist")
_PREFIXES = {
    "acc": "acc", "gyr": "gyro", "Gyroscope": "gyro", "mag": "mag", "MagneticField": "mag",
}  # fmt: skip
_UNITS = {"acc": "m/s2", "gyro": "rad/s", "mag": "uT"}
_PATH = re.compile(
    rf"proband(?P<subject>\d+)/(?:.*/)?(?P<sensor>{'|'.join(_PREFIXES)})_"
    rf"(?P<activity>{'|'.join(_ACTIVITIES)})(?:_(?P<part>\d+))?_(?P<placement>[a-z]+)\.csv"
)
_FOLDER = re.compile(r"proband\d+/data/(?:acc|gyr|mag)_[a-z]+_csv(?:\.zip)?(?:/.*)?")
_RATE_HZ = 50.0


class RealWorld:
    """Reads ``proband{subject}/data/{sensor}_{activity}_csv.zip``, packed or unpacked.

    One modality, ``inertial``, about 50 Hz with stamps in ms: acceleration turned from m/s² into g
    and angular rate in rad/s of the devices at ``chest``, ``forearm``, ``head``, ``shin``,
    ``thigh``, ``upperarm`` and ``waist``, each with its own clock, brought onto one grid. Archives
    within archives, in which a few people's climbing of stairs lies, are parts of one activity,
    told apart as trials.

    Parameters
    ----------
    placements : sequence of str
        The devices to read. A recording that lacks one is refused: subject 2 climbs up without
        ``forearm``, subject 6 jumps without ``thigh``.
    magnetometer : bool
        Three more channels a device, in µT.

    Attributes
    ----------
    ignored : tuple of str
        CSV files that the last :meth:`discover` left out for their names: other sensors.

    Raises
    ------
    ConfigError
        There is no such placement.

    Examples
    --------
    >>> from kinefuse import readers
    >>> len(readers.get("realworld2016", placements=["waist", "shin"]).classes)
    8
    """

    name = "realworld2016"
    classes = tuple(_ACTIVITIES.values())
    about = About(
        title="RealWorld2016: everyday activities outdoors with devices at seven places",
        source="Sztyler, Stuckenschmidt, PerCom 2016",
        licence="none stated; the authors ask to be cited",
        url="https://www.uni-mannheim.de/dws/research/projects/activity-recognition/dataset/dataset-realworld/",
        units=_UNITS,
        rates_hz={"inertial": _RATE_HZ},
        placements=_PLACEMENTS,
        subjects=15,
    )

    def __init__(
        self, *, placements: Sequence[str] = _PLACEMENTS, magnetometer: bool = False
    ) -> None:
        if not placements or not set(placements) <= set(_PLACEMENTS):
            raise ConfigError(
                f"realworld2016: placements: expected some of {', '.join(_PLACEMENTS)}, "
                f"got {list(placements)}"
            )
        self._placements = tuple(dict.fromkeys(placements))
        self._sensors = ("acc", "gyro", "mag") if magnetometer else ("acc", "gyro")
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _FOLDER, "proband1/data/acc_walking_csv.zip")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {
            "placements": list(self._placements),
            "magnetometer": "mag" in self._sensors,
        }

    def discover(self, path: Path) -> list[Source]:
        """List the recordings by subject, activity and part."""
        takes, self.ignored = group_takes(
            path,
            ".csv",
            _PATH,
            lambda m: (
                (int(m["subject"]), m["activity"]),
                f"{m['part'] or ''}/{_PREFIXES[m['sensor']]}/{m['placement']}",
            ),
            dataset="RealWorld2016",
            by_path=True,
        )
        sources = []
        for (subject, activity), files in sorted(takes.items()):
            trials: dict[str | None, dict[str, Path]] = {}
            sensors = [part.partition("/")[2] for part in files]
            # Some people's files of an activity are all called after its second trial.
            one = len(set(sensors)) == len(sensors)
            for part, file in files.items():
                number, _, sensor = part.partition("/")
                trials.setdefault(None if one else number or "1", {})[sensor] = file
            for trial, theirs in sorted(trials.items(), key=lambda item: item[0] or ""):
                name = f"proband{subject}_{activity}" + ("" if trial is None else f"_{trial}")
                wanted = [f for s, f in theirs.items() if self._wants(s)]
                info = {"subject": subject, "activity": activity, "trial": trial, "files": theirs}
                sources.append(Source(name, tuple(wanted), info))
        if not sources:
            raise FormatError(
                f"RealWorld2016: {path} holds no file like proband1/data/acc_walking_csv.zip with "
                "acc_walking_chest.csv in it"
            )
        return sources

    def _wants(self, sensor: str) -> bool:
        kind, _, placement = sensor.partition("/")
        return kind in self._sensors and placement in self._placements

    def read(self, source: Source) -> Recording:
        """Read one activity of one person."""
        files: dict[str, Path] = source.info["files"]
        streams = []
        for placement in self._placements:
            for kind in self._sensors:
                file = files.get(f"{kind}/{placement}")
                if file is None:
                    raise FormatError(
                        f"{source.name}: no {kind} of {placement}; leave the device out with "
                        "placements=..."
                    )
                streams.append(_stream(file, placement, kind))
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(source.info["subject"]),
            activity=_ACTIVITIES[source.info["activity"]],
            trial=source.info["trial"],
            streams=streams,
        )


def _stream(file: Path, placement: str, kind: str) -> Stream:
    columns = ["attr_time", "attr_x", "attr_y", "attr_z"]
    table = load_named(file, columns, columns)
    if not len(table):
        raise FormatError(f"{file}: no samples")
    unit, factor = to_store(_UNITS[kind])
    return Stream(
        name=placement,
        modality="inertial",
        data=table.numbers(columns)[:, 1:] * factor,
        channels=tuple(f"{kind}_{axis}" for axis in "xyz"),
        units=unit,
        rate_hz=_RATE_HZ,
        time_s=table.numbers(columns)[:, 0] / 1000,
    )
