"""UCI-HAR: six activities, 30 people, a phone at the waist, in windows.

D. Anguita, A. Ghio, L. Oneto, X. Parra, J. L. Reyes-Ortiz, "A Public Domain Dataset for Human
Activity Recognition Using Smartphones", ESANN 2013. Version 2.1 of the same people, with the raw
signals, is read by :mod:`kinefuse.readers.hapt`.
"""

import re
import threading
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.hapt import TEST, TRAIN
from kinefuse.readers.listing import count_names
from kinefuse.readers.registry import Source
from kinefuse.readers.stretches import BREAK_S
from kinefuse.readers.takes import group_takes

__all__ = ["UciHar"]

ACTIVITIES = (
    "walking", "walking_upstairs", "walking_downstairs", "sitting", "standing", "laying",
)  # fmt: skip
_NAME = re.compile(r"((?:total_acc|body_gyro)_[xyz]|subject|y)_(train|test)\.txt")
_SIGNALS = tuple(f"{kind}_{axis}" for kind in ("total_acc", "body_gyro") for axis in "xyz")
_RATE_HZ = 50.0
_ROWS = 128
_LOADING = threading.Lock()  # not a reader's own: those are handed to other processes


class _Part(NamedTuple):
    """``train`` or ``test``: windows (N, 128, 6), who, what."""

    windows: NDArray[np.float64]
    subject: NDArray[np.int64]
    activity: NDArray[np.int64]


class UciHar:
    """Reads ``{train|test}/Inertial Signals`` and the numbers of subjects and activities.

    Two modalities of one clock, 50 Hz: ``accelerometer``, the total acceleration in g, and
    ``gyroscope`` in rad/s, both filtered by the authors. The published windows of 2.56 s overlap by
    half; they are put together again: one recording a person, in which windows that go on from each
    other with the same label are one stretch, and stretches, whose true distance nobody knows, are
    10 s apart. ``window_index(length_s=2.56, stride_s=1.28)`` of the store gives the published
    windows.

    Attributes
    ----------
    ignored : tuple of str
        Text files that the last :meth:`discover` left out for their names.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("uci-har").classes[-1]
    'laying'
    """

    name = "uci-har"
    classes = ACTIVITIES
    about = About(
        title="UCI-HAR: everyday activities with a phone, in windows of 2.56 s",
        source="Anguita, Ghio, Oneto, Parra, Reyes-Ortiz, ESANN 2013",
        licence="CC BY 4.0, as the UCI repository says",
        url="https://archive.ics.uci.edu/dataset/240",
        units={"acc": "g", "gyro": "rad/s"},
        rates_hz={"accelerometer": _RATE_HZ, "gyroscope": _RATE_HZ},
        placements=("waist",),
        subjects=30,
        splits={"published": {"train": {"subject": TRAIN}, "test": {"subject": TEST}}},
    )

    def __init__(self) -> None:
        self.ignored: tuple[str, ...] = ()
        self._parts: dict[tuple[Path, ...], _Part] = {}

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(
            path, re.compile(r"total_acc_[xyz]_(train|test)\.txt"), "total_acc_x_train.txt"
        )

    def settings(self) -> dict[str, Any]:
        """Nothing to set."""
        return {}

    def discover(self, path: Path) -> list[Source]:
        """List the people, by number."""
        takes, self.ignored = group_takes(
            path, ".txt", _NAME, lambda m: (m[2], m[1]), dataset="UCI-HAR"
        )
        found: dict[int, Source] = {}
        for part, files in takes.items():
            if not set(files) & set(_SIGNALS):
                continue
            missing = [name for name in (*_SIGNALS, "subject", "y") if name not in files]
            if missing:
                raise FormatError(f"UCI-HAR: {path}: no file {missing[0]}_{part}.txt")
            ordered = tuple(files[name] for name in (*_SIGNALS, "subject", "y"))
            subjects = np.unique(_numbers(files["subject"]))
            if not np.isfinite(subjects).all():
                raise FormatError(f"{files['subject']}: expected a person's number in each line")
            for subject in subjects:
                if subject in found:
                    raise FormatError(f"UCI-HAR: subject {subject:g} is in train and in test")
                found[int(subject)] = Source(
                    f"{part}_subject{int(subject):02}", ordered, {"subject": int(subject)}
                )
        if not found:
            raise FormatError(f"UCI-HAR: {path} holds no file named like total_acc_x_train.txt")
        return [source for _, source in sorted(found.items())]

    def read(self, source: Source) -> Recording:
        """Put the windows of one person together."""
        part = self._part(source.files)
        mine = part.subject == source.info["subject"]
        data, time_s, labels, joined = _join(part.windows[mine], part.activity[mine])
        streams = [
            Stream(
                name="waist",
                modality=modality,
                data=np.ascontiguousarray(data[:, columns]),
                channels=tuple(f"{kind}_{axis}" for axis in "xyz"),
                units=unit,
                rate_hz=_RATE_HZ,
                time_s=time_s,
                labels=labels if kind == "acc" else None,
            )
            for modality, kind, unit, columns in (
                ("accelerometer", "acc", "g", slice(0, 3)),
                ("gyroscope", "gyro", "rad/s", slice(3, 6)),
            )
        ]
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(source.info["subject"]),
            streams=streams,
            counts={"windows_joined": joined},
        )

    def _part(self, files: tuple[Path, ...]) -> _Part:
        """Load the windows of all its people once."""
        with _LOADING:
            if files not in self._parts:
                *signals, subject, activity = files
                arrays = [_signal(file) for file in signals]
                people, codes = _numbers(subject), _numbers(activity)
                for file, rows in zip(
                    files, (*map(len, arrays), len(people), len(codes)), strict=True
                ):
                    if rows != len(arrays[0]):
                        raise FormatError(
                            f"{file}: expected {len(arrays[0])} rows, as {files[0].name} has, "
                            f"got {rows}"
                        )
                strange = np.flatnonzero(~np.isin(codes, range(1, len(ACTIVITIES) + 1)))
                if len(strange):
                    raise FormatError(
                        f"{activity}: row {strange[0] + 1}: expected an activity from 1 to "
                        f"{len(ACTIVITIES)}, got {codes[strange[0]]:g}"
                    )
                self._parts[files] = _Part(
                    np.stack(arrays, axis=2), people.astype(np.int64), codes.astype(np.int64)
                )
            return self._parts[files]


def _join(
    windows: NDArray[np.float64], activity: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_], int]:
    """Return samples, stamps, labels, and how many windows went on from the one before."""
    half = _ROWS // 2
    goes_on = np.zeros(len(windows), dtype=bool)
    goes_on[1:] = (windows[1:, :half] == windows[:-1, half:]).all(axis=(1, 2)) & (
        activity[1:] == activity[:-1]
    )
    rows = np.where(goes_on, half, _ROWS)
    data = np.concatenate([window[-n:] for window, n in zip(windows, rows, strict=True)])
    steps = np.full(len(data), 1 / _RATE_HZ)
    steps[(np.cumsum(rows) - rows)[~goes_on]] = BREAK_S
    steps[0] = 0.0
    labels = np.array([None, *ACTIVITIES], dtype=object)[np.repeat(activity, rows)]
    return data, np.cumsum(steps), labels, int(goes_on.sum())


def _signal(file: Path) -> NDArray[np.float64]:
    numbers = _numbers(file)
    if numbers.size % _ROWS:
        raise FormatError(f"{file}: expected {_ROWS} numbers a line, got {numbers.size} in all")
    return numbers.reshape(-1, _ROWS)


def _numbers(file: Path) -> NDArray[np.float64]:
    try:
        return np.array(file.read_bytes().split(), dtype=np.float64)
    except ValueError as error:
        raise FormatError(f"{file}: expected numbers between blanks: {error}") from None
