"""UTD-MHAD: 27 actions, 8 subjects, a Kinect v1 and one inertial sensor.

C. Chen, R. Jafari, N. Kehtarnavaz, "UTD-MHAD: A Multimodal Dataset for Human Action Recognition
Utilizing a Depth Camera and a Wearable Inertial Sensor", ICIP 2015. The sensor is worn on the
right wrist in actions 1 to 21 and on the right thigh in 22 to 27.
"""

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.matlab import load_variable
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import find_files

__all__ = ["UtdMhad"]

ACTIONS = (
    "swipe_left", "swipe_right", "wave", "clap", "throw", "arm_cross", "basketball_shoot",
    "draw_x", "draw_circle_clockwise", "draw_circle_counter_clockwise", "draw_triangle", "bowling",
    "boxing", "baseball_swing", "tennis_swing", "arm_curl", "tennis_serve", "push", "knock",
    "catch", "pick_up_and_throw", "jog", "walk", "sit_to_stand", "stand_to_sit", "lunge", "squat",
)  # fmt: skip
_LAST_WRIST_ACTION = 21
_NAME = re.compile(r"a(\d+)_s(\d+)_t(\d+)_(inertial|skeleton)\.mat")
_ENDS = re.compile(rf"(?:.*/)?{_NAME.pattern}")
_INERTIAL_CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")


class UtdMhad:
    """Reads ``a{action}_s{subject}_t{trial}_{inertial|skeleton}.mat``, paired where both exist.

    Inertial: ``d_iner`` (T, 6) at 50 Hz, acceleration in g, angular rate turned from deg/s into
    rad/s. Skeleton: ``d_skel`` (20, 3, F) at 30 Hz in metres, layout ``kinect_v1``.
    """

    name = "utd-mhad"
    classes: tuple[str, ...] = ACTIONS
    about = About(
        title="UTD-MHAD: trimmed actions before a Kinect with one inertial sensor",
        source="Chen, Jafari, Kehtarnavaz, ICIP 2015",
        licence="none stated; the authors ask to be cited",
        url="https://personal.utdallas.edu/~kehtar/UTD-MHAD.html",
        units={"acc": "g", "gyro": "deg/s", "joints": "m"},
        rates_hz={"inertial": 50.0, "skeleton": 30.0},
        placements=("right_wrist", "right_thigh", "kinect"),
        subjects=8,
        splits={
            "cross-subject": {
                "train": {"subject": ("1", "3", "5", "7")},
                "test": {"subject": ("2", "4", "6", "8")},
            }
        },
    )

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "a1_s1_t1_inertial.mat")

    def settings(self) -> dict[str, Any]:
        """Nothing to set."""
        return {}

    def discover(self, path: Path) -> list[Source]:
        """List the recordings, by action, subject and trial; then the files with foreign names."""
        if not path.exists():
            raise FileNotFoundError(f"UTD-MHAD: no such folder: {path}")
        takes: dict[tuple[int, int, int], list[Path]] = {}
        foreign = []
        found, _ = find_files(path, ".mat", lambda name: bool(_ENDS.fullmatch(name)))
        for relative, file in found:
            match = _NAME.fullmatch(file.name)
            if match is None:
                foreign.append(Source(relative, (file,)))
            else:
                action, subject, trial = (int(group) for group in match.groups()[:3])
                takes.setdefault((action, subject, trial), []).append(file)
        if not takes:
            raise FormatError(
                f"UTD-MHAD: {path} holds no file named a{{action}}_s{{subject}}_t{{trial}}_"
                "inertial.mat or ..._skeleton.mat; give the folder with Inertial and Skeleton in it"
            )
        trials = [
            Source(f"a{a}_s{s}_t{t}", tuple(files), {"action": a, "subject": s, "trial": t})
            for (a, s, t), files in sorted(takes.items())
        ]
        return trials + foreign

    def read(self, source: Source) -> Recording:
        """Read one trial."""
        if "action" not in source.info:
            raise FormatError(
                f"{source.name}: expected a name like a1_s1_t1_inertial.mat or "
                "a1_s1_t1_skeleton.mat"
            )
        action = source.info["action"]
        if not 1 <= action <= len(ACTIONS):
            raise FormatError(f"{source.name}: expected an action from 1 to 27, got {action}")
        streams: dict[str, Stream] = {}
        for file in source.files:
            kind = file.stem.rpartition("_")[2]
            if kind in streams:
                raise FormatError(f"{source.name}: two files of the same name: {file}")
            streams[kind] = _inertial(file, action) if kind == "inertial" else _skeleton(file)
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(source.info["subject"]),
            activity=ACTIONS[action - 1],
            trial=str(source.info["trial"]),
            streams=[streams[kind] for kind in sorted(streams)],
        )


def _inertial(file: Path, action: int) -> Stream:
    values = load_variable(file, "d_iner")
    _expect(file, "d_iner", values, values.ndim == 2 and values.shape[1] == 6, "(T, 6)")
    data = np.ascontiguousarray(values, dtype=np.float64)
    data[:, 3:] *= math.pi / 180
    return Stream(
        name="right_wrist" if action <= _LAST_WRIST_ACTION else "right_thigh",
        modality="inertial",
        data=data,
        channels=_INERTIAL_CHANNELS,
        units=("g",) * 3 + ("rad/s",) * 3,
        rate_hz=50.0,
    )


def _skeleton(file: Path) -> Stream:
    values = load_variable(file, "d_skel")
    _expect(file, "d_skel", values, values.ndim == 3 and values.shape[:2] == (20, 3), "(20, 3, F)")
    return Stream(
        name="kinect",
        modality="skeleton",
        data=np.ascontiguousarray(values.transpose(2, 0, 1), dtype=np.float64),
        channels=("x", "y", "z"),
        units="m",
        rate_hz=30.0,
        layout="kinect_v1",
    )


def _expect(file: Path, name: str, values: NDArray[Any], fits: bool, shape: str) -> None:
    if values.dtype.kind not in "fiu":
        raise FormatError(f"{file}: {name}: expected numbers, got {values.dtype}")
    if not fits:
        raise FormatError(f"{file}: {name}: expected {shape}, got {values.shape}")
    if values.size == 0:
        raise FormatError(f"{file}: {name}: no samples")
