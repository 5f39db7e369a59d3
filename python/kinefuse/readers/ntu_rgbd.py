"""NTU RGB+D: 120 actions, 106 people, three depth cameras at a time.

A. Shahroudy, J. Liu, T.-T. Ng, G. Wang, "NTU RGB+D: A Large Scale Dataset for 3D Human Activity
Analysis", CVPR 2016 (actions 1 to 60); J. Liu, A. Shahroudy, M. Perez et al., "NTU RGB+D 120: A
Large-Scale Benchmark for 3D Human Activity Understanding", TPAMI 42(10), 2020.
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About, Split
from kinefuse.readers.listing import count_names
from kinefuse.readers.ntu_actions import ACTIONS
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes
from kinefuse.skeleton import KINECT_V2, select_persons

__all__ = ["NtuRgbd"]

_TAKE = r"S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})"
_NAME = re.compile(rf"{_TAKE}\.skeleton")
_RATE_HZ = 30.0
_JOINTS = len(KINECT_V2.joints)
# A joint's line: x, y, z, depth x, y, colour x, y, orientation (four), tracking state.
_NUMBERS, _STATE = 12, 11
_TRAIN_60 = (
    1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38,
)  # fmt: skip
_TRAIN_120 = (
    *_TRAIN_60, 45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58, 59, 70, 74, 78, 80, 81, 82, 83, 84,
    85, 86, 89, 91, 92, 93, 94, 95, 97, 98, 100, 103,
)  # fmt: skip
Rule = Literal["ntu", "motion", "largest", "longest"]


def _halves(column: Literal["subject", "scene", "view"], train: Sequence[int], last: int) -> Split:
    rest = [number for number in range(1, last + 1) if number not in train]
    return {
        "train": {column: tuple(map(str, train))},
        "test": {column: tuple(map(str, rest))},
    }


class NtuRgbd:
    """Reads ``S{setup}C{camera}P{subject}R{trial}A{action}.skeleton``.

    One modality, ``skeleton``: 25 joints in metres at 30 Hz, layout ``kinect_v2``, of the person
    whom the action is about; with ``persons=2``, the second is another modality,
    ``second_skeleton``, where there is one. A joint that was not tracked is missing, and so is a
    person in frames without. The setup is the scene, the camera the view.

    Samples that the authors list as broken are left out where their lists
    (``NTU_RGBD_samples_with_missing_skeletons.txt`` and that of the 120 actions) lie in the folder.

    Parameters
    ----------
    persons : {1, 2}
        How many to take.
    rule : {"ntu", "motion", "largest", "longest"}
        By what; see :func:`kinefuse.skeleton.select_persons`.
    inferred : bool
        Whether joints that the camera only inferred count as known.

    Attributes
    ----------
    ignored : tuple of str
        Skeleton files that the last :meth:`discover` left out: for their names, or as broken.

    Raises
    ------
    ConfigError
        An option that makes no sense.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("ntu-rgbd", persons=2).classes[49]
    'punch_other_person'
    """

    name = "ntu-rgbd"
    classes = ACTIONS
    about = About(
        title="NTU RGB+D, 60 and 120: trimmed actions before depth cameras, skeletons",
        source="Shahroudy, Liu, Ng, Wang, CVPR 2016; Liu, Shahroudy, Perez et al., TPAMI 2020",
        licence="academic research only, on request",
        url="https://rose1.ntu.edu.sg/dataset/actionRecognition/",
        units={"joints": "m"},
        rates_hz={"skeleton": _RATE_HZ},
        placements=("kinect",),
        subjects=106,
        splits={
            "cross-subject-60": _halves("subject", _TRAIN_60, 40),
            "cross-view-60": _halves("view", (2, 3), 3),
            "cross-subject-120": _halves("subject", _TRAIN_120, 106),
            "cross-setup-120": _halves("scene", range(2, 33, 2), 32),
        },
    )

    def __init__(self, *, persons: int = 1, rule: Rule = "ntu", inferred: bool = True) -> None:
        if persons not in (1, 2):
            raise ConfigError(f"ntu-rgbd: persons: expected 1 or 2, got {persons!r}")
        if rule not in get_args(Rule):
            raise ConfigError(f"ntu-rgbd: rule: expected one of {get_args(Rule)}, got {rule!r}")
        self._persons, self._rule, self._inferred = persons, rule, inferred
        self._missing: tuple[str, ...] = ()
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "S001C001P001R001A001.skeleton")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with, and which samples the last discovery took for broken."""
        return {
            "persons": self._persons,
            "rule": self._rule,
            "inferred": self._inferred,
            "missing": list(self._missing),
        }

    def discover(self, path: Path) -> list[Source]:
        """List the samples by setup, camera, subject, trial and action."""
        takes, ignored = group_takes(
            path, ".skeleton", _NAME, lambda m: (m[0].removesuffix(".skeleton"), ""),
            dataset="NTU RGB+D",
        )  # fmt: skip
        listed = _listed(path)
        self._missing = tuple(sorted(listed & set(takes)))
        self.ignored = (*ignored, *(f"{take}.skeleton" for take in self._missing))
        if not takes:
            raise FormatError(
                f"NTU RGB+D: {path} holds no file named like S001C001P001R001A001.skeleton"
            )
        return [
            Source(take, tuple(files.values()), {"take": take})
            for take, files in sorted(takes.items())
            if take not in listed
        ]

    def read(self, source: Source) -> Recording:
        """Read one sample."""
        (file,) = source.files
        match = re.fullmatch(_TAKE, source.info["take"])
        assert match is not None
        scene, view, subject, trial, action = map(int, match.groups())
        if not 1 <= action <= len(ACTIONS):
            raise FormatError(f"{file}: expected an action from 1 to {len(ACTIONS)}, got {action}")
        counts: Counter[str] = Counter()
        bodies = _load(file, self._inferred, counts)
        chosen = select_persons(bodies, rule=self._rule, n=self._persons)
        if not chosen.persons:
            raise FormatError(f"{file}: no joint was tracked in any frame")
        counts["bodies_left_out"] += len(bodies) - len(chosen.persons)
        streams = [
            Stream(
                name="kinect",
                modality=modality,
                data=np.ascontiguousarray(chosen.x[i]),
                channels=("x", "y", "z"),
                units="m",
                rate_hz=_RATE_HZ,
                layout=KINECT_V2.name,
            )
            for i, modality in zip(
                range(len(chosen.persons)), ("skeleton", "second_skeleton"), strict=False
            )
        ]
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(subject),
            activity=ACTIONS[action - 1],
            trial=str(trial),
            scene=str(scene),
            view=str(view),
            streams=streams,
            counts=+counts,
        )


def _listed(path: Path) -> set[str]:
    """Return the samples that a list of broken ones in the folder names."""
    found: set[str] = set()
    for file in sorted(path.rglob("*missing*.txt")) if path.is_dir() else ():
        words = file.read_text(encoding="utf-8", errors="replace").split()
        found |= {word for word in words if re.fullmatch(_TAKE, word)}
    return found


def _load(file: Path, inferred: bool, counts: Counter[str]) -> NDArray[np.float64]:
    """Return the joints (P, T, 25, 3) of each body that was tracked."""
    lines = file.read_bytes().splitlines()
    numbers: list[bytes] = []
    where: list[tuple[int, int]] = []
    people: dict[bytes, int] = {}
    at = 0
    try:
        n_frames = int(lines[0])
        at = 1
        for frame in range(n_frames):
            n_bodies = int(lines[at])
            at += 1
            for _ in range(n_bodies):
                # The first word tells bodies apart; it does not fit into a float.
                person = people.setdefault(lines[at].split()[0], len(people))
                at += 1
                if int(lines[at]) != _JOINTS:
                    raise ValueError(f"{int(lines[at])} joints")
                rows = lines[at + 1 : at + 1 + _JOINTS]
                if len(rows) < _JOINTS:
                    raise IndexError
                numbers += rows
                where.append((person, frame))
                at += 1 + _JOINTS
    except IndexError:
        raise FormatError(f"{file}: cut short, after line {len(lines)}; fetch it again") from None
    except ValueError:
        raise FormatError(
            f"{file}: line {at + 1}: expected frames, bodies and {_JOINTS} joints as NTU RGB+D "
            f"writes them, got {lines[at][:40].decode('ascii', 'replace')!r}"
        ) from None
    if not where:
        raise FormatError(f"{file}: nobody in any of {n_frames} frames")
    try:
        values = np.array(b" ".join(numbers).split(), dtype=np.float64)
        values = values.reshape(len(where), _JOINTS, _NUMBERS)
    except ValueError:
        raise FormatError(f"{file}: expected {_NUMBERS} numbers for each joint") from None
    unknown = values[..., _STATE] < (1 if inferred else 2)
    unknown |= (values[..., :3] == 0).all(axis=2)
    counts["joints_not_tracked"] += int(unknown.sum())
    joints = values[..., :3]
    joints[unknown] = np.nan
    bodies = np.full((len(people), n_frames, _JOINTS, 3), np.nan)
    person, frame = np.array(where).T
    bodies[person, frame] = joints
    return bodies
