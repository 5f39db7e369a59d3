"""WISDM v1.1: six activities, 36 people, a phone in the front pocket of the trousers.

J. R. Kwapisz, G. M. Weiss, S. A. Moore, "Activity Recognition using Cell Phone Accelerometers",
SIGKDD Explorations 12(2), 2011.
"""

import re
import threading
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from kinefuse.data.recording import Recording, Stream
from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.listing import count_names
from kinefuse.readers.registry import Source
from kinefuse.readers.takes import group_takes
from kinefuse.readers.wisdm_records import load_records, place
from kinefuse.units import convert

__all__ = ["WisdmV1"]

ACTIVITIES = ("walking", "jogging", "upstairs", "downstairs", "sitting", "standing")
_NAME = re.compile(r"WISDM_ar_v1\.1_raw\.txt")
_RATE_HZ = 20.0
_LOADING = threading.Lock()  # not a reader's own: those are handed to other processes


class WisdmV1:
    """Reads ``WISDM_ar_v1.1_raw.txt``, one recording a person.

    One modality, ``inertial``: acceleration turned from m/s² into g, nominally 20 Hz, with stamps
    in nanoseconds since the phone was switched on. Where the clock goes back, as after the phone
    was off, what follows is put 10 s behind what was before. The file has defects: several records
    in a line, records cut short, stamps of zero; what is no record, or has no stamp, is left out
    and counted, malformed records with the first person.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("wisdm-v1").classes[:2]
    ('walking', 'jogging')
    """

    name = "wisdm-v1"
    classes = ACTIVITIES
    about = About(
        title="WISDM v1.1: walking, jogging, stairs and rest with a phone in the pocket",
        source="Kwapisz, Weiss, Moore, SIGKDD Explorations 12(2), 2011",
        licence="none stated; the authors ask to be cited",
        url="https://www.cis.fordham.edu/wisdm/dataset.php",
        units={"acc": "m/s2"},
        rates_hz={"inertial": _RATE_HZ},
        placements=("trouser_pocket",),
        subjects=36,
    )

    def __init__(self) -> None:
        self._loaded: tuple[Path, pl.DataFrame, dict[str, int]] | None = None

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like this data set, or None."""
        return count_names(path, _NAME, "WISDM_ar_v1.1_raw.txt")

    def settings(self) -> dict[str, Any]:
        """Nothing to set."""
        return {}

    def discover(self, path: Path) -> list[Source]:
        """List the people, by number."""
        takes, _ = group_takes(path, ".txt", _NAME, lambda m: (0, ""), dataset="WISDM v1.1")
        if not takes:
            raise FormatError(f"WISDM v1.1: {path} holds no file named WISDM_ar_v1.1_raw.txt")
        (file,) = takes[0].values()
        self._loaded = None  # the file may be another than the last time
        table, counts = self._records(file)
        users = sorted(table["user"].unique(), key=lambda user: (len(user), user))
        return [
            Source(f"user{user}", (file,), {"user": user, "counts": {} if i else counts})
            for i, user in enumerate(users)
        ]

    def read(self, source: Source) -> Recording:
        """Read one person."""
        (file,) = source.files
        table = self._records(file)[0].filter(pl.col("user") == source.info["user"])
        names = table["activity"].str.to_lowercase()
        strange = sorted(set(names) - set(ACTIVITIES))
        if strange:
            raise FormatError(
                f"{file}: user {source.info['user']}: expected activities of "
                f"{', '.join(ACTIVITIES)}, got {strange[0]!r}"
            )
        (time_s,), moved = place(table)
        order = np.argsort(time_s, kind="stable")
        stream = Stream(
            name="trouser_pocket",
            modality="inertial",
            data=convert(table.select("x", "y", "z").to_numpy()[order], "m/s2", "g"),
            channels=("acc_x", "acc_y", "acc_z"),
            units="g",
            rate_hz=_RATE_HZ,
            time_s=time_s[order],
            labels=np.array(names.to_list(), dtype=object)[order],
        )
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=source.info["user"],
            streams=[stream],
            counts=source.info["counts"] | ({"stretches_moved": moved} if moved else {}),
        )

    def _records(self, file: Path) -> tuple[pl.DataFrame, dict[str, int]]:
        """Parse the file once, for all people."""
        with _LOADING:
            if self._loaded is None or self._loaded[0] != file:
                self._loaded = (file, *load_records(file))
            return self._loaded[1:]
