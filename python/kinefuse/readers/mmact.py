"""MMAct: 35 activities, 20 people, a phone, a watch and four cameras.

Q. Kong, Z. Wu, Z. Deng, M. Klinkigt, B. Tong, T. Murakami, "MMAct: A Large-Scale Dataset for Cross
Modal Human Action Understanding", ICCV 2019; the poses are those of its challenge
(``trimmed_pose.zip``).
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.archives import list_files
from kinefuse.readers.listing import count_names
from kinefuse.readers.mmact_clips import load_pose, load_sensor, unwrap_degrees
from kinefuse.readers.registry import Source
from kinefuse.skeleton import COCO17, fill_missing
from kinefuse.units import convert, to_store

__all__ = ["Mmact"]

ACTIVITIES = (
    "carrying", "checking_time", "closing", "crouching", "entering", "exiting", "fall", "jumping",
    "kicking", "loitering", "looking_around", "opening", "picking_up", "pointing", "pulling",
    "pushing", "running", "setting_down", "standing", "talking", "talking_on_phone", "throwing",
    "transferring_object", "using_phone", "walking", "waving_hand", "drinking", "pocket_in",
    "pocket_out", "sitting", "sitting_down", "standing_up", "using_pc", "carrying_heavy",
    "carrying_light",
)  # fmt: skip
_SENSOR = re.compile(
    r"(?:.*/)?(acc_phone|acc_watch|gyro|orientation)_clip(?:\.zip|\.tar|\.tar\.gz|\.tgz)?"
    r"/subject(\d+)/scene(\d+)/session(\d+)/([^/]+)\.csv"
)
_POSE = re.compile(r"(.*/)?subject(\d+)/cam(\d+)/scene(\d+)/session(\d+)/([^/]+)\.json")
_EITHER = re.compile(f"{_SENSOR.pattern}|{_POSE.pattern}")
# The challenge's archive holds the same clips once for each of its protocols.
_PROTOCOL = re.compile(r"(?:^|/)(cross_[a-z]+/\w+)/")
_POSE_RATE_HZ = 30.0


@dataclass(frozen=True)
class _Sensor:
    """Who has it, what it measures, its nominal rate, its unit in the files."""

    device: str
    channels: tuple[str, str, str]
    rate_hz: float
    unit: str


_SENSORS = {
    "acc_phone": _Sensor("phone", ("acc_x", "acc_y", "acc_z"), 100.0, "m/s2"),
    "acc_watch": _Sensor("watch", ("acc_x", "acc_y", "acc_z"), 100.0, "m/s2"),
    "gyro": _Sensor("phone", ("gyro_x", "gyro_y", "gyro_z"), 50.0, "rad/s"),
    "orientation": _Sensor("phone", ("azimuth", "pitch", "roll"), 50.0, "deg"),
}


@dataclass
class _Take:
    """One activity of one session: the files of its sensors, and of its poses by view."""

    sensors: dict[str, list[Path]] = field(default_factory=dict)
    poses: dict[str, list[Path]] = field(default_factory=dict)


class Mmact:
    """Reads the trimmed clips, in folders or in the archives they come in.

    Inertial, 12 channels at 50 Hz: acceleration of the phone and of the watch (about 100 Hz, turned
    from m/s² into g), angular rate (rad/s) and orientation (degrees) of the phone (about 50 Hz),
    from ``{acc_phone|acc_watch|gyro|orientation}_clip/subject*/scene*/session*/{activity}.csv``:
    a stamp and three numbers a row, no header. All four are brought onto one grid by their stamps.
    Azimuth, pitch and roll are unwrapped, so that no sample lies between 359 and 0 degrees.

    Skeleton: 17 joints at 30 Hz in pixels, layout ``coco17``, from
    ``pose/{part}/subject*/cam*/scene*/session*/{activity}.json``: for each frame
    ``person1`` and perhaps ``person2`` with 17 times x, y and confidence. A joint of confidence 0
    is missing; the first frame is taken to be at the first sample of the sensors.

    A take of whose sensors a file is missing or empty has no inertial stream; a pose in which no
    frame shows shoulders and hips is left out too; both are counted. The data set lists
    ``using_phone`` as two classes, 24 and 34, whose files have the same name: here it is one.

    Parameters
    ----------
    views : sequence of int
        The cameras. With several, each is a recording of its own, with the same inertial samples.
    part : str
        The part of the challenge's archive that poses are taken from; it holds most clips once for
        each of its protocols.
    person : {"second", "first"}
        Whom to take where a frame has two.
    max_gap_s : float
        A joint that is missing for so long is interpolated, longer not; 0: never.
    units : dict of str to str, optional
        The unit of ``acc_phone``, ``acc_watch``, ``gyro`` or ``orientation``, if the files have
        another than m/s², m/s², rad/s and degrees.

    Attributes
    ----------
    rate_hz : dict of str to float
        What :func:`kinefuse.data.ingest` makes of the modalities unless told otherwise.
    ignored : tuple of str
        CSV and JSON files that the last :meth:`discover` left out for their paths.

    Raises
    ------
    ConfigError
        An option that makes no sense.

    Notes
    -----
    Two things differ from the preparation of CMC-CMKM (Brinzea et al., IJCNN 2022): samples are
    paired by their stamps and not by their row numbers, and a file's first row is kept.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = readers.get("mmact", views=[1, 4])
    >>> len(reader.classes), reader.rate_hz
    (35, {'inertial': 50.0})
    """

    name = "mmact"
    classes = ACTIVITIES
    about = About(
        title="MMAct: trimmed actions with a phone, a watch and four cameras",
        source="Kong, Wu, Deng, Klinkigt, Tong, Murakami, ICCV 2019",
        licence="non-commercial research, on the authors' terms of use",
        url="https://mmact19.github.io/2019/",
        units={"acc": "m/s2", "gyro": "rad/s", "orientation": "deg", "joints": "px"},
        rates_hz={"inertial": 50.0, "skeleton": _POSE_RATE_HZ},
        placements=("phone", "watch", "camera"),
        subjects=20,
        splits={
            "cross-subject": {
                "train": {"subject": tuple(str(number) for number in range(1, 17))},
                "test": {"subject": ("17", "18", "19", "20")},
            },
            "cross-scene": {"train": {"scene": ("1", "3", "4")}, "test": {"scene": ("2",)}},
        },
    )

    def __init__(
        self,
        *,
        views: Sequence[int] = (1,),
        part: str = "cross_view/trainval",
        person: Literal["second", "first"] = "second",
        max_gap_s: float = 0.5,
        units: Mapping[str, str] | None = None,
    ) -> None:
        self._views = tuple(dict.fromkeys(str(view) for view in views))
        if not self._views:
            raise ConfigError("mmact: views: expected at least one camera, got none")
        if _PROTOCOL.fullmatch(f"{part}/") is None:
            raise ConfigError(f"mmact: part: expected one like cross_view/trainval, got {part!r}")
        if person not in ("second", "first"):
            raise ConfigError(f"mmact: person: expected 'second' or 'first', got {person!r}")
        if not 0 <= max_gap_s < float("inf"):
            raise ConfigError(f"mmact: max_gap_s: expected seconds of 0 or more, got {max_gap_s}")
        for sensor, unit in (units or {}).items():
            if sensor not in _SENSORS:
                raise ConfigError(
                    f"mmact: units: expected some of {', '.join(_SENSORS)}, got {sensor!r}"
                )
            convert(0.0, unit, _SENSORS[sensor].unit)
        self._part, self._person, self._max_gap_s = part, person, float(max_gap_s)
        self._units = {key: sensor.unit for key, sensor in _SENSORS.items()} | dict(units or {})
        self.rate_hz = {"inertial": 50.0}
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _EITHER, "acc_phone_clip/subject1/scene1/session1/carrying.csv")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {
            "views": list(self._views),
            "part": self._part,
            "person": self._person,
            "max_gap_s": self._max_gap_s,
            "units": self._units,
        }

    def discover(self, path: Path) -> list[Source]:
        """List the takes by subject, scene, session and activity; each view is one."""
        takes: dict[tuple[int, int, int, str], _Take] = {}
        ignored = []
        for name, file in list_files(Path(path)):
            if file.suffix not in (".csv", ".json"):
                continue
            if sensor := _SENSOR.fullmatch(name):
                what, *where, activity = sensor.groups()
                take = takes.setdefault(_key(where, activity), _Take())
                take.sensors.setdefault(what, []).append(file)
            elif pose := _POSE.fullmatch(name):
                below, subject, view, *where, activity = pose.groups()
                protocol = _PROTOCOL.search(below or "")
                if view in self._views and (protocol is None or protocol[1] == self._part):
                    take = takes.setdefault(_key([subject, *where], activity), _Take())
                    take.poses.setdefault(view, []).append(file)
            else:
                ignored.append(name)
        self.ignored = tuple(ignored)
        if not takes:
            raise FormatError(
                f"MMAct: {path} holds no file like acc_phone_clip/subject1/scene1/session1/"
                "carrying.csv or pose/cross_view/trainval/subject1/cam1/scene1/session1/"
                "carrying.json, nor an archive of such files"
            )
        order = {activity: number for number, activity in enumerate(ACTIVITIES)}
        keys = sorted(takes, key=lambda key: (*key[:3], order.get(key[3], len(order)), key[3]))
        return [source for key in keys for source in self._sources(key, takes[key])]

    def _sources(self, key: tuple[int, int, int, str], take: _Take) -> list[Source]:
        subject, scene, session, activity = key
        name = f"s{subject}_sc{scene}_ses{session}_{activity}"
        sensors = [file for what in _SENSORS for file in take.sensors.get(what, ())]
        found = []
        views: list[str | None] = [*sorted(take.poses, key=int)]
        for view in views or [None]:
            poses = [] if view is None else take.poses[view]
            info = {"take": key, "view": view, "sensors": take.sensors, "poses": poses}
            own = name if view is None else f"{name}_v{view}"
            found.append(Source(own, (*sensors, *poses), info))
        return found

    def read(self, source: Source) -> Recording:
        """Read one take from one view."""
        subject, scene, session, activity = source.info["take"]
        if activity not in ACTIVITIES:
            raise FormatError(
                f"{source.files[0]}: expected the name of an activity, got {activity!r}"
            )
        counts: Counter[str] = Counter()
        streams = self._inertial(source.info["sensors"], counts)
        skeleton = self._skeleton(source.info["poses"], counts)
        if skeleton is not None:
            streams.append(skeleton)
        if not streams:
            reasons = ", ".join(name.replace("_", " ") for name in counts)
            raise FormatError(f"{source.name}: neither inertial samples nor a pose ({reasons})")
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(subject),
            activity=activity,
            session=str(session),
            scene=str(scene),
            view=source.info["view"],
            streams=streams,
            counts=counts,
        )

    def _inertial(self, files: dict[str, list[Path]], counts: Counter[str]) -> list[Stream]:
        if len(files) < len(_SENSORS):
            counts["takes_without_all_four_sensors"] += 1
            return []
        tables = {}
        for what in _SENSORS:
            table = load_sensor(_only(files[what]))
            if len(table[0]) < 2:
                counts["takes_with_an_empty_sensor_file"] += 1
                return []
            tables[what] = table
        begins = [float(np.nanmin(time_s)) for time_s, _ in tables.values()]
        if max(begins) >= min(np.nanmax(time_s) for time_s, _ in tables.values()):
            counts["takes_whose_sensors_share_no_time"] += 1
            return []
        return [self._sensor(what, *tables[what], min(begins)) for what in _SENSORS]

    def _sensor(
        self, what: str, time_s: NDArray[np.float64], data: NDArray[np.float64], origin_s: float
    ) -> Stream:
        sensor = _SENSORS[what]
        data = convert(data, self._units[what], sensor.unit)
        if what == "orientation":
            data = unwrap_degrees(time_s, data)
        unit, factor = to_store(sensor.unit)
        return Stream(
            name=sensor.device,
            modality="inertial",
            data=data * factor,
            channels=sensor.channels,
            units=unit,
            rate_hz=sensor.rate_hz,
            time_s=time_s - origin_s,
        )

    def _skeleton(self, files: list[Path], counts: Counter[str]) -> Stream | None:
        if not files:
            return None
        persons = ("person1", "person2")
        order = persons if self._person == "first" else persons[::-1]
        joints, n_both = load_pose(_only(files), order)
        counts["frames_with_two_persons"] += n_both
        if len(joints):
            done = fill_missing(
                joints, COCO17, max_gap_s=self._max_gap_s, rate_hz=_POSE_RATE_HZ, zeros=None
            )
            counts["joints_interpolated"] += done.report.filled
            joints = done.x
        torso = [COCO17.index(joint) for ends in (COCO17.shoulders, COCO17.hips) for joint in ends]
        if not np.isfinite(joints[:, torso]).all(axis=(1, 2)).any():
            # Such a body cannot be put at the origin and made of one size.
            counts["poses_without_shoulders_and_hips"] += 1
            return None
        return Stream(
            name="camera",
            modality="skeleton",
            data=joints,
            channels=("x", "y"),
            units="px",
            rate_hz=_POSE_RATE_HZ,
            layout=COCO17.name,
        )


def _key(where: Sequence[str], activity: str) -> tuple[int, int, int, str]:
    subject, scene, session = (int(number) for number in where)
    return subject, scene, session, activity.strip().lower()


def _only(files: list[Path]) -> Path:
    if len(files) > 1:
        raise FormatError(
            f"{files[0]}: the same clip is also in {files[1]}; leave one of them out, as an "
            "archive that is unpacked already"
        )
    return files[0]
