"""Berkeley MHAD: eleven actions, twelve people, six accelerometers.

F. Ofli, R. Chaudhry, G. Kurillo, R. Vidal, R. Bajcsy, "Berkeley MHAD: A Comprehensive Multimodal
Human Action Database", WACV 2013.
"""

import re
from collections.abc import Sequence
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
from kinefuse.units import to_store

__all__ = ["BerkeleyMhad"]

ACTIONS = (
    "jumping_in_place", "jumping_jacks", "bending", "punching", "waving_two_hands",
    "waving_one_hand", "clapping_hands", "throwing_ball", "sit_down_stand_up", "sit_down",
    "stand_up",
)  # fmt: skip
_PLACEMENTS = {
    "left_wrist": "01",
    "right_wrist": "02",
    "left_hip": "03",
    "right_hip": "04",
    "left_ankle": "05",
    "right_ankle": "06",
}
_NAME = re.compile(r"acc_h(\d\d)_s(\d\d)_a(\d\d)_r(\d\d)\.txt")
_RATE_HZ = 30.0
_UNITS = ("g", "m/s2", "mg")


class BerkeleyMhad:
    """Reads ``Accelerometer/Shimmer{nn}/acc_h{nn}_s{subject}_a{action}_r{repetition}.txt``.

    One modality, ``inertial``: six accelerometers at about 30 Hz, three numbers and a stamp in
    seconds a line. What unit the numbers have, no document at hand says; their level does: the one
    of g, m/s² and mg that brings its median nearest to 1 g is taken, and a file that is far from
    all is refused. A recording is one repetition of an action.

    Parameters
    ----------
    placements : sequence of str
        Of ``left_wrist``, ``right_wrist``, ``left_hip``, ``right_hip``, ``left_ankle`` and
        ``right_ankle``, which are the Shimmers 01 to 06.
    unit : {"auto", "g", "m/s2", "mg"}
        Of the files.

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
    >>> len(readers.get("berkeley-mhad", placements=["left_wrist", "right_hip"]).classes)
    11
    """

    name = "berkeley-mhad"
    classes = ACTIONS
    about = About(
        title="Berkeley MHAD: repetitions of actions with six accelerometers",
        source="Ofli, Chaudhry, Kurillo, Vidal, Bajcsy, WACV 2013",
        licence="BSD-2-Clause",
        url="https://tele-immersion.citris-uc.org/berkeley_mhad",
        units={"acc": "auto"},
        rates_hz={"inertial": _RATE_HZ},
        placements=tuple(_PLACEMENTS),
        subjects=12,
        splits={
            "first-seven": {
                "train": {"subject": tuple(map(str, range(1, 8)))},
                "test": {"subject": tuple(map(str, range(8, 13)))},
            }
        },
    )

    def __init__(
        self,
        *,
        placements: Sequence[str] = tuple(_PLACEMENTS),
        unit: Literal["auto", "g", "m/s2", "mg"] = "auto",
    ) -> None:
        if not placements or not set(placements) <= set(_PLACEMENTS):
            raise ConfigError(
                f"berkeley-mhad: placements: expected some of {', '.join(_PLACEMENTS)}, "
                f"got {list(placements)}"
            )
        if unit not in ("auto", *_UNITS):
            raise ConfigError(
                f"berkeley-mhad: unit: expected auto or one of {', '.join(_UNITS)}, got {unit!r}"
            )
        self._placements, self._unit = tuple(dict.fromkeys(placements)), unit
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "acc_h01_s01_a01_r01.txt")

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"placements": list(self._placements), "unit": self._unit}

    def discover(self, path: Path) -> list[Source]:
        """List the repetitions by subject, action and number."""
        takes, self.ignored = group_takes(
            path, ".txt", _NAME, lambda m: ((m[2], m[3], m[4]), m[1]), dataset="Berkeley MHAD"
        )
        if not takes:
            raise FormatError(
                f"Berkeley MHAD: {path} holds no file named like acc_h01_s01_a01_r01.txt"
            )
        wanted = {_PLACEMENTS[placement] for placement in self._placements}
        return [
            Source(
                f"s{subject}_a{action}_r{trial}",
                tuple(file for part, file in sorted(files.items()) if part in wanted),
                {"take": (subject, action, trial), "files": files},
            )
            for (subject, action, trial), files in sorted(takes.items())
        ]

    def read(self, source: Source) -> Recording:
        """Read one repetition."""
        subject, action, trial = map(int, source.info["take"])
        if not 1 <= action <= len(ACTIONS):
            raise FormatError(
                f"{source.name}: expected an action from 1 to {len(ACTIONS)}, got {action}"
            )
        files: dict[str, Path] = source.info["files"]
        missing = [place for place in self._placements if _PLACEMENTS[place] not in files]
        if missing:
            raise FormatError(
                f"{source.name}: no file of {missing[0]} (h{_PLACEMENTS[missing[0]]}); leave it "
                "out with placements=..."
            )
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(subject),
            activity=ACTIONS[action - 1],
            trial=str(trial),
            streams=[self._stream(files[_PLACEMENTS[p]], p) for p in self._placements],
        )

    def _stream(self, file: Path, placement: str) -> Stream:
        rows = load_columns(file, 4, separator=" ")
        steps = np.diff(rows[:, 3])
        step_s = float(np.median(steps)) if len(steps) else 0.0
        if not 0.01 < step_s < 0.1:
            raise FormatError(
                f"{file}: column 4: expected stamps in seconds, about 30 in one, got a step of "
                f"{step_s:g}"
            )
        unit = self._unit if self._unit != "auto" else _unit_of(file, rows[:, :3])
        return Stream(
            name=placement,
            modality="inertial",
            data=rows[:, :3] * to_store(unit)[1],
            channels=("acc_x", "acc_y", "acc_z"),
            units="g",
            rate_hz=_RATE_HZ,
            time_s=rows[:, 3].copy(),
        )


def _unit_of(file: Path, data: NDArray[np.float64]) -> str:
    """Return the unit that brings the median level nearest to 1 g."""
    level = float(np.median(np.linalg.norm(data, axis=1)))
    ratios = {unit: level * to_store(unit)[1] for unit in _UNITS}
    unit = min(ratios, key=lambda unit: abs(np.log(ratios[unit])) if level > 0 else np.inf)
    if not 0.5 < ratios[unit] < 2:
        raise FormatError(
            f"{file}: acceleration of a median of {level:g} is near 1 g in none of "
            f"{', '.join(_UNITS)}; say which unit it has with unit=..."
        )
    return unit
