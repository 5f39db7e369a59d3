"""Text files of numbers without a header: a row a sample, several sensors side by side."""

import re
from abc import ABC
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

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

__all__ = ["Columns", "ColumnsReader", "Take", "triple"]

Columns = Mapping[str, tuple[int, str]]
"""The channels of a sensor: for each its column, counted from 0, and the unit in the file."""


def triple(kind: str, first: int, unit: str) -> dict[str, tuple[int, str]]:
    """Return x, y and z in three columns, as a sensor's channels.

    Examples
    --------
    >>> triple("acc", 4, "m/s2")
    {'acc_x': (4, 'm/s2'), 'acc_y': (5, 'm/s2'), 'acc_z': (6, 'm/s2')}
    """
    return {f"{kind}_{axis}": (first + i, unit) for i, axis in enumerate("xyz")}


@dataclass(frozen=True)
class Take:
    """Who did what, as the name of a file tells."""

    id: str
    subject: str
    session: str | None = None


class ColumnsReader(ABC):
    """What data sets have in common whose files are columns of numbers, one file a recording.

    One modality, ``inertial``: the sensors are its streams, named by where they are worn, and have
    one clock. A row where a sensor has lost a value is missing time for all of them; leave out
    sensors that are not needed.

    Parameters
    ----------
    placements : sequence of str, optional
        The sensors to read; the reader's usual ones if not given.

    Attributes
    ----------
    ignored : tuple of str
        Files of the same ending that the last :meth:`discover` left out for their names.

    Raises
    ------
    ConfigError
        There is no such sensor.
    """

    name: ClassVar[str]
    classes: tuple[str, ...]
    about: ClassVar[About]
    _pattern: ClassVar[re.Pattern[str]]
    _example: ClassVar[str]
    _separator: ClassVar[str]
    _n_columns: ClassVar[int]
    _rate_hz: ClassVar[float]
    _sensors: ClassVar[Mapping[str, Columns]]
    _usual: ClassVar[tuple[str, ...]]
    _time: ClassVar[tuple[int, float] | None] = None
    """The column of time stamps and how many of them are a second."""
    _label: int
    _labels: Mapping[int, str]

    def __init__(self, *, placements: Sequence[str] | None = None) -> None:
        chosen = tuple(self._usual if placements is None else dict.fromkeys(placements))
        for placement in chosen:
            if placement not in self._sensors:
                raise ConfigError(
                    f"{self.name}: placements: expected some of {', '.join(self._sensors)}, "
                    f"got {placement!r}"
                )
        if not chosen:
            raise ConfigError(f"{self.name}: placements: expected at least one, got none")
        self._placements = chosen
        self.ignored: tuple[str, ...] = ()

    @classmethod
    def recognize(cls, path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, cls._pattern, cls._example)

    def settings(self) -> dict[str, Any]:
        """Return what it was made with."""
        return {"placements": list(self._placements)}

    def discover(self, path: Path) -> list[Source]:
        """List the recordings, by subject and session."""
        ending = Path(self._example).suffix
        takes, self.ignored = group_takes(
            path,
            ending,
            self._pattern,
            lambda m: (self._take(m), ""),
            dataset=self.name,
            by_path=True,
        )
        if not takes:
            raise FormatError(f"{self.name}: {path} holds no file named like {self._example}")
        return [
            Source(take.id, tuple(files.values()), {"take": take})
            for take, files in sorted(takes.items(), key=lambda item: _natural(item[0].id))
        ]

    def _take(self, match: re.Match[str]) -> Take:
        """Say who did what, by the name of the file."""
        name = match[0].rpartition("/")[2].rpartition(".")[0]
        return Take(name, match["subject"], match.groupdict().get("session"))

    def read(self, source: Source) -> Recording:
        """Read one recording."""
        (file,) = source.files
        take: Take = source.info["take"]
        rows = load_columns(file, self._n_columns, separator=self._separator)
        labels = self._named(file, rows[:, self._label])
        time_s = None
        if self._time is not None:
            column, per_second = self._time
            time_s = rows[:, column] / per_second
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=take.subject,
            session=take.session,
            streams=[
                self._stream(placement, rows, time_s, None if i else labels)
                for i, placement in enumerate(self._placements)
            ],
        )

    def _stream(
        self,
        placement: str,
        rows: NDArray[np.float64],
        time_s: NDArray[np.float64] | None,
        labels: NDArray[np.object_] | None,
    ) -> Stream:
        columns = self._sensors[placement]
        data = rows[:, [column for column, _ in columns.values()]]
        known = [to_store(unit) for _, unit in columns.values()]
        return Stream(
            name=placement,
            modality="inertial",
            data=data * np.array([factor for _, factor in known]),
            channels=tuple(columns),
            units=tuple(unit for unit, _ in known),
            rate_hz=self._rate_hz,
            time_s=time_s,
            labels=labels,
        )

    def _named(self, file: Path, codes: NDArray[np.float64]) -> NDArray[np.object_]:
        """Return the activity of each row, None for the number 0: nobody says."""
        found, where = np.unique(codes, return_inverse=True)
        for place, code in enumerate(found):
            if code != 0 and code not in self._labels:
                row = int(np.argmax(where == place)) + 1
                raise FormatError(
                    f"{file}: row {row}, column {self._label + 1}: expected an activity of "
                    f"{', '.join(map(str, self._labels))} or 0, got {code:g}"
                )
        names = np.array([self._labels.get(int(code)) for code in found], dtype=object)
        named: NDArray[np.object_] = names[where]
        return named


def _natural(text: str) -> tuple[tuple[bool, int, str], ...]:
    parts = re.split(r"(\d+)", text)
    return tuple((part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)
