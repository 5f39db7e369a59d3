"""MSR-Action3D: 20 actions, 10 people, the skeletons of a depth camera.

W. Li, Z. Zhang, Z. Liu, "Action Recognition Based on a Bag of 3D Points", CVPR Workshops 2010; the
joints in metres, ``real_world_coordinates``, as distributed with R. Vemulapalli, F. Arrate,
R. Chellappa, "Human Action Recognition by Representing 3D Skeletons as Points in a Lie Group", CVPR
2014, whose body model names them.
"""

import re
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.plain_text import load_columns
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes
from kinefuse.skeleton import KINECT_V1

__all__ = ["MsrAction3D"]

ACTIONS = (
    "high_arm_wave", "horizontal_arm_wave", "hammer", "hand_catch", "forward_punch", "high_throw",
    "draw_x", "draw_tick", "draw_circle", "hand_clap", "two_hand_wave", "side_boxing", "bend",
    "forward_kick", "side_kick", "jogging", "tennis_swing", "tennis_serve", "golf_swing",
    "pickup_and_throw",
)  # fmt: skip
_NAME = re.compile(r"a(\d+)_s(\d+)_e(\d+)_skeleton3D\.txt")
_RATE_HZ = 15.0
# The file's joint, counted from 1, for each of kinect_v1: trunk, arms, legs.
_JOINTS = (20, 3, 4, 7, 1, 8, 10, 12, 2, 9, 11, 13, 5, 14, 16, 18, 6, 15, 17, 19)


class MsrAction3D:
    """Reads ``a{action}_s{subject}_e{trial}_skeleton3D.txt``.

    A line a joint, 20 lines a frame: x, y, z in metres and a confidence from 0 to 1. The joints are
    brought into the order of ``kinect_v1``; the rate is about 15 Hz. A joint whose coordinates are
    all zero was not found: it is missing, not at the camera.

    Parameters
    ----------
    missing_frames : {"nan", "gap"}
        What becomes of a frame without any joint: a row of NaN, or missing time, which the store
        interpolates where it is short and keeps as a gap where not.
    min_confidence : float
        Joints of less confidence are missing too. At 0, what the camera inferred is taken as given:
        about a quarter of all joints.
    confidence : bool
        A second modality, ``confidence``: one channel for each joint.

    Attributes
    ----------
    ignored : tuple of str
        Text files that the last :meth:`discover` left out for their names.

    Raises
    ------
    ConfigError
        An option that makes no sense.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("msr-action3d", missing_frames="gap").classes[:2]
    ('high_arm_wave', 'horizontal_arm_wave')
    """

    name = "msr-action3d"
    classes = ACTIONS
    about = About(
        title="MSR-Action3D: trimmed actions before a depth camera",
        source="Li, Zhang, Liu, CVPR Workshops 2010; in metres: Vemulapalli et al., CVPR 2014",
        licence="none stated; for research",
        url="https://sites.google.com/view/wanqingli/data-sets/msr-action3d",
        units={"joints": "m", "confidence": "1"},
        rates_hz={"skeleton": _RATE_HZ},
        placements=("depth_camera",),
        subjects=10,
        splits={
            "cross-subject": {
                "train": {"subject": ("1", "3", "5", "7", "9")},
                "test": {"subject": ("2", "4", "6", "8", "10")},
            }
        },
    )

    def __init__(
        self,
        *,
        missing_frames: Literal["nan", "gap"] = "nan",
        min_confidence: float = 0.0,
        confidence: bool = False,
    ) -> None:
        if missing_frames not in ("nan", "gap"):
            raise ConfigError(
                f"msr-action3d: missing_frames: expected 'nan' or 'gap', got {missing_frames!r}"
            )
        if not 0 <= min_confidence <= 1:
            raise ConfigError(
                f"msr-action3d: min_confidence: expected 0 to 1, got {min_confidence}"
            )
        self._missing_frames = missing_frames
        self._min_confidence = float(min_confidence)
        self._confidence = confidence
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "a01_s01_e01_skeleton3D.txt")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {
            "missing_frames": self._missing_frames,
            "min_confidence": self._min_confidence,
            "confidence": self._confidence,
        }

    def discover(self, path: Path) -> list[Source]:
        """List the recordings by action, subject and trial."""
        takes, self.ignored = group_takes(
            path,
            ".txt",
            _NAME,
            lambda m: ((int(m[1]), int(m[2]), int(m[3])), ""),
            dataset="MSR-Action3D",
        )
        if not takes:
            raise FormatError(
                f"MSR-Action3D: {path} holds no file named a{{action}}_s{{subject}}_e{{trial}}_"
                "skeleton3D.txt; give the folder real_world_coordinates"
            )
        return [
            Source(
                f"a{a:02}_s{s:02}_e{e:02}",
                (*files.values(),),
                {"action": a, "subject": s, "trial": e},
            )
            for (a, s, e), files in sorted(takes.items())
        ]

    def read(self, source: Source) -> Recording:
        """Read one trial."""
        (file,) = source.files
        action = source.info["action"]
        if not 1 <= action <= len(ACTIONS):
            raise FormatError(f"{file}: expected an action from 1 to {len(ACTIONS)}, got {action}")
        joints, confidence = self._frames(file)
        time_s = None
        if self._missing_frames == "gap":
            there = np.isfinite(joints).any(axis=(1, 2))
            if not there.any():
                raise FormatError(f"{file}: no joint was found in any frame")
            time_s = np.flatnonzero(there) / _RATE_HZ
            joints, confidence = joints[there], confidence[there]
        streams = [
            Stream(
                name="depth_camera",
                modality="skeleton",
                data=joints,
                channels=("x", "y", "z"),
                units="m",
                rate_hz=_RATE_HZ,
                time_s=time_s,
                layout=KINECT_V1.name,
            )
        ]
        if self._confidence:
            streams.append(
                Stream(
                    name="depth_camera",
                    modality="confidence",
                    data=confidence,
                    channels=KINECT_V1.joints,
                    units="1",
                    rate_hz=_RATE_HZ,
                    time_s=time_s,
                )
            )
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(source.info["subject"]),
            activity=ACTIONS[action - 1],
            trial=str(source.info["trial"]),
            streams=streams,
        )

    def _frames(self, file: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return joints (T, 20, 3), NaN where missing, and their confidence (T, 20)."""
        rows = load_columns(file, 4, separator=" ")
        n_joints = len(_JOINTS)
        if len(rows) % n_joints:
            raise FormatError(
                f"{file}: expected {n_joints} lines for each frame, got {len(rows)} lines"
            )
        frames = rows.reshape(-1, n_joints, 4)[:, np.array(_JOINTS) - 1]
        joints, confidence = frames[..., :3].copy(), frames[..., 3].copy()
        joints[(joints == 0).all(axis=2) | (confidence < self._min_confidence)] = np.nan
        return joints, confidence
