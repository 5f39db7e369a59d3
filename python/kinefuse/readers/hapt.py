"""HAPT: six activities and the transitions between postures, a phone at the waist.

J.-L. Reyes-Ortiz, L. Oneto, A. Samà, X. Parra, D. Anguita, "Transition-Aware Human Activity
Recognition Using Smartphones", Neurocomputing 171, 2016: the raw signals of version 2.1, continuous
recordings of 5 to 10 minutes, 30 people.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.plain_text import load_columns
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes

__all__ = ["Hapt"]

ACTIVITIES = (
    "walking", "walking_upstairs", "walking_downstairs", "sitting", "standing", "laying",
    "stand_to_sit", "sit_to_stand", "sit_to_lie", "lie_to_sit", "stand_to_lie", "lie_to_stand",
)  # fmt: skip
# subject_id_train.txt and subject_id_test.txt.
TRAIN = (
    "1", "3", "5", "6", "7", "8", "11", "14", "15", "16", "17", "19", "21", "22", "23", "25", "26",
    "27", "28", "29", "30",
)  # fmt: skip
TEST = ("2", "4", "9", "10", "12", "13", "18", "20", "24")
_NAME = re.compile(r"(acc|gyro)_exp(\d+)_user(\d+)\.txt")
_LABELS = "labels.txt"
_RATE_HZ = 50.0


class Hapt:
    """Reads ``acc_exp{E}_user{U}.txt``, ``gyro_exp{E}_user{U}.txt`` and ``labels.txt`` beside them.

    Two modalities of the same clock, 50 Hz: ``accelerometer`` in g and ``gyroscope`` in rad/s, both
    as recorded. The labelled intervals of ``labels.txt`` (rows counted from 1, the last included)
    become labels of samples; what lies between them, about a quarter, has none.

    Attributes
    ----------
    ignored : tuple of str
        Text files that the last :meth:`discover` left out for their names.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("hapt").classes[:3]
    ('walking', 'walking_upstairs', 'walking_downstairs')
    """

    name = "hapt"
    classes = ACTIVITIES
    about = About(
        title="HAPT: everyday activities and postural transitions with a phone, raw signals",
        source="Reyes-Ortiz, Oneto, Samà, Parra, Anguita, Neurocomputing 171, 2016",
        licence="CC BY 4.0, as the UCI repository says",
        url="https://archive.ics.uci.edu/dataset/341",
        units={"acc": "g", "gyro": "rad/s"},
        rates_hz={"accelerometer": _RATE_HZ, "gyroscope": _RATE_HZ},
        placements=("waist",),
        subjects=30,
        splits={"published": {"train": {"subject": TRAIN}, "test": {"subject": TEST}}},
    )

    def __init__(self) -> None:
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "acc_exp01_user01.txt")

    def settings(self) -> dict[str, Any]:
        """Nothing to set."""
        return {}

    def discover(self, path: Path) -> list[Source]:
        """List the recordings by number."""
        takes, ignored = group_takes(
            path, ".txt", _NAME, lambda m: ((int(m[2]), int(m[3])), m[1]), dataset="HAPT"
        )
        self.ignored = tuple(name for name in ignored if Path(name).name != _LABELS)
        if not takes:
            raise FormatError(
                f"HAPT: {path} holds no file named acc_exp{{experiment}}_user{{user}}.txt; give "
                "the folder with Raw-Data in it"
            )
        sources = []
        for (experiment, user), files in sorted(takes.items()):
            labels = next(iter(files.values())).with_name(_LABELS)
            if not labels.is_file():
                raise FormatError(f"HAPT: expected the labelled intervals in {labels}")
            sources.append(
                Source(
                    f"exp{experiment:02}_user{user:02}",
                    (*files.values(), labels),
                    {"experiment": experiment, "user": user, "files": files, "labels": labels},
                )
            )
        return sources

    def read(self, source: Source) -> Recording:
        """Read one recording."""
        files: dict[str, Path] = source.info["files"]
        if "acc" not in files:
            raise FormatError(
                f"{source.name}: expected an acc_..., whose rows are labelled, beside "
                f"{files['gyro'].name}"
            )
        data = {kind: load_columns(file, 3, separator=" ") for kind, file in files.items()}
        if "gyro" in data and len(data["gyro"]) != len(data["acc"]):
            raise FormatError(
                f"{files['gyro']}: expected {len(data['acc'])} rows, as {files['acc'].name} has, "
                f"got {len(data['gyro'])}"
            )
        labels = _labels(source, len(data["acc"]))
        streams = [_stream("accelerometer", "acc", "g", data["acc"], labels)]
        if "gyro" in data:
            streams.append(_stream("gyroscope", "gyro", "rad/s", data["gyro"], None))
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(source.info["user"]),
            session=str(source.info["experiment"]),
            streams=streams,
        )


def _stream(
    modality: str, kind: str, unit: str, data: NDArray[Any], labels: NDArray[np.int32] | None
) -> Stream:
    return Stream(
        name="waist",
        modality=modality,
        data=data,
        channels=tuple(f"{kind}_{axis}" for axis in "xyz"),
        units=unit,
        rate_hz=_RATE_HZ,
        labels=labels,
        label_names=() if labels is None else ACTIVITIES,
    )


def _labels(source: Source, n_rows: int) -> NDArray[np.int32]:
    """Return the activity of each sample, -1 between the intervals of ``labels.txt``."""
    file: Path = source.info["labels"]
    table = load_columns(file, 5, separator=" ")
    labels = np.full(n_rows, -1, dtype=np.int32)
    who = [source.info["experiment"], source.info["user"]]
    for row in np.flatnonzero((table[:, :2] == who).all(axis=1)).tolist():
        activity, first, last = table[row, 2:].tolist()
        row += 1
        if activity not in range(1, len(ACTIVITIES) + 1):
            raise FormatError(
                f"{file}: row {row}: expected an activity from 1 to {len(ACTIVITIES)}, "
                f"got {activity:g}"
            )
        if not (1 <= first <= last <= n_rows and first % 1 == last % 1 == 0):
            raise FormatError(
                f"{file}: row {row}: expected samples within 1 to {n_rows}, the first before the "
                f"last, got {first:g} to {last:g}"
            )
        samples = slice(int(first) - 1, int(last))
        if (labels[samples] >= 0).any():
            raise FormatError(f"{file}: row {row}: {first:g} to {last:g} is labelled already")
        labels[samples] = int(activity) - 1
    return labels
