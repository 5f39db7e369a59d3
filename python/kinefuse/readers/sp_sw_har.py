"""SP-SW-HAR: a phone in the pocket and a watch on the wrist, 23 people who sit, walk and turn.

M. Matey-Sanz, S. Casteleyn, C. Granell, "Dataset of inertial measurements of smartphones and
smartwatches for human activity recognition", Data in Brief 51, 2023, 109809.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.frames import refuse_cells
from kinefuse.readers.listing import count_names
from kinefuse.readers.plain_text import load_named
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes
from kinefuse.units import convert

__all__ = ["SpSwHar"]

_ACTIVITIES = ("seated", "standing_up", "walking", "turning", "sitting_down")
_NAME = re.compile(r"(s\d+)_(\d+)_(sp|sw)\.csv")
_DEVICES = {"sp": "phone", "sw": "watch"}
_RATE_HZ = 100.0
_ACC, _GYRO = ([f"{axis}_{kind}" for axis in "xyz"] for kind in ("acc", "gyro"))
_CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")


class SpSwHar:
    """Reads ``{subject}_{execution}_sp.csv`` and ``..._sw.csv``, the two devices of one execution.

    Two modalities, ``phone`` and ``watch``: acceleration turned from m/s² into g, angular rate in
    rad/s as recorded. Each device has its own clock (about 102.5 and 104.3 Hz, nominally 100),
    starts when it likes and repeats stamps; both count the milliseconds of one day, so that the
    store, which repairs each clock by itself, has them on one time line. The labels are those of
    the phone's rows: a store has labels on one modality.

    Attributes
    ----------
    ignored : tuple of str
        CSV files that the last :meth:`discover` left out for their names.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("sp-sw-har").classes
    ('seated', 'standing_up', 'walking', 'turning', 'sitting_down')
    """

    name = "sp-sw-har"
    classes = _ACTIVITIES
    about = About(
        title="SP-SW-HAR: sitting, walking and turning with a phone and a watch",
        source="Matey-Sanz, Casteleyn, Granell, Data in Brief 51, 2023, 109809",
        licence="CC BY 4.0",
        url="https://doi.org/10.5281/zenodo.8398688",
        units={"acc": "m/s2", "gyro": "rad/s"},
        rates_hz={"phone": _RATE_HZ, "watch": _RATE_HZ},
        placements=("pocket", "wrist"),
        subjects=23,
    )

    def __init__(self) -> None:
        self.ignored: tuple[str, ...] = ()

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "s01_01_sp.csv")

    def settings(self) -> dict[str, Any]:
        """Nothing to set."""
        return {}

    def discover(self, path: Path) -> list[Source]:
        """List the executions by subject and number."""
        takes, self.ignored = group_takes(
            path, ".csv", _NAME, lambda m: ((m[1], m[2]), m[3]), dataset="SP-SW-HAR"
        )
        if not takes:
            raise FormatError(
                f"SP-SW-HAR: {path} holds no file named like s01_01_sp.csv; give the folder DATA"
            )
        return [
            Source(
                f"{subject}_{execution}",
                tuple(files.values()),
                {"subject": subject, "execution": execution, "files": files},
            )
            for (subject, execution), files in sorted(takes.items())
        ]

    def read(self, source: Source) -> Recording:
        """Read one execution."""
        files: dict[str, Path] = source.info["files"]
        if "sp" not in files:
            raise FormatError(
                f"{source.name}: expected {source.name}_sp.csv, whose rows are labelled, beside "
                f"{files['sw'].name}"
            )
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=source.info["subject"],
            trial=source.info["execution"],
            streams=[_stream(files[device], device) for device in _DEVICES if device in files],
        )


def _stream(file: Path, device: str) -> Stream:
    labelled = device == "sp"
    numbers = [*_ACC, *_GYRO, "timestamp"]
    table = load_named(file, [*numbers, *(["label"] if labelled else [])], numbers)
    if not len(table):
        raise FormatError(f"{file}: no samples")
    data = table.numbers([*_ACC, *_GYRO]).copy()
    data[:, :3] = convert(data[:, :3], "m/s2", "g")
    labels: NDArray[np.int32] | None = None
    names: tuple[str, ...] = ()
    if labelled:
        known = {activity.upper(): activity for activity in _ACTIVITIES}
        labels, written = table.codes("label")
        if set(written) - set(known):
            cells = table["label"]
            parsed = cells.set(~cells.is_in(list(known)), None)
            refuse_cells(file, cells, parsed, f"one of {', '.join(known)}")
        names = tuple(known[name] for name in written)
    return Stream(
        name=_DEVICES[device],
        modality=_DEVICES[device],
        data=data,
        channels=_CHANNELS,
        units=("g",) * 3 + ("rad/s",) * 3,
        rate_hz=_RATE_HZ,
        time_s=table.numbers(["timestamp"])[:, 0] / 1000,
        labels=labels,
        label_names=names,
    )
