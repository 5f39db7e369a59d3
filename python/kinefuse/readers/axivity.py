"""Axivity AX3 and AX6: ``.cwa`` files as the devices write them.

The format is ``Docs/ax3/cwa.h`` of the Open Movement project (Newcastle University).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np

from kinefuse import _native
from kinefuse.data.chunked import ChunkedStream
from kinefuse.readers.about import About
from kinefuse.readers.block_files import BlockReader, Decoder
from kinefuse.readers.listing import count_beginnings

__all__ = ["Axivity"]

# What the maker's software writes for short.
_NOTES = {
    "_c": "study_center",
    "_s": "study_code",
    "_i": "investigator",
    "_x": "exercise_code",
    "_v": "volunteer",
    "_p": "placement",
    "_so": "setup_operator",
    "_n": "notes",
    "_b": "start_time",
    "_e": "end_time",
    "_ro": "recovery_operator",
    "_r": "retrieval_time",
    "_co": "comments",
    "_sc": "subject_code",
    "_se": "sex",
    "_h": "height",
    "_w": "weight",
    "_ha": "handedness",
    "_sn": "subject_notes",
}
_AUXILIARY = ("temperature", "light", "battery")
_FULL_BLOCK = {3: 120, 6: 40, 9: 26}
"""Samples of a full block, by values of a sample."""


class Axivity(BlockReader):
    """Reads ``.cwa`` files, ``.cwa.gz`` too.

    The settings are those of :class:`~kinefuse.readers.wearable.WearableReader`.

    One modality, ``inertial``: acceleration in g and, of an AX6, angular rate turned from deg/s
    into rad/s (and magnetic flux density in µT, where a device has it). With ``auxiliary=True`` a
    second one, ``auxiliary``, with a row a block: temperature in °C, battery in V, and the light
    meter's counts, which the maker calls "a general, relative indicator" only.

    A block says when its first sample was taken; its samples are spread evenly up to the next
    block, so that the stamps follow the device's true rate, some percent off the nominal one. They
    count seconds since 1970 on the device's own clock, which knows no time zone. Blocks whose
    checksum, time or layout is wrong are skipped and counted; what they held is a gap.

    The subject is what ``pattern`` or ``fixed`` say, else the subject code among the file's notes,
    else the file's name.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = readers.get("axivity", pattern="{subject}/{_}.cwa")
    >>> reader.settings()["auxiliary"]
    False
    """

    name = "axivity"
    suffixes = (".cwa",)
    about = About(
        title="Axivity AX3 and AX6: .cwa files",
        source="Open Movement, Docs/ax3/cwa.h",
        licence="your own recordings",
        url="https://github.com/openmovementproject/openmovement",
        kind="format",
        units={"acc": "g", "gyro": "deg/s", "mag": "uT"},
    )

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like these files, or None."""
        return count_beginnings(path, Axivity.suffixes, b"MD", "begin as Axivity writes them")

    def _decoder(self, file: Path, wanted: str) -> Decoder:
        return _native.CwaDecoder(str(file), wanted)

    @staticmethod
    def _channels(n: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        kinds = (("acc", "g"), ("gyro", "rad/s"), ("mag", "uT"))[: n // 3]
        names = tuple(f"{kind}_{axis}" for kind, _ in kinds for axis in "xyz")
        return names, tuple(unit for _, unit in kinds for _ in "xyz")

    @staticmethod
    def _metadata(header: Mapping[str, Any]) -> dict[str, Any]:
        notes = header["annotation"].decode("latin-1")
        pairs = {_NOTES.get(key, key): value for key, value in parse_qsl(notes)}
        told = {key: value for key, value in header.items() if key not in ("annotation", "device")}
        for key in ("start_s", "stop_s"):
            when = told.pop(key)
            name = key.replace("_s", "_time")
            told[name] = None if when is None else str(np.datetime64(when, "s"))
        return told | {"notes": pairs}

    def _told(self, header: Mapping[str, Any]) -> dict[str, str]:
        notes = self._metadata(header)["notes"]
        placement = "_".join(notes.get("placement", "").lower().split())
        return {
            "device": header["device"],
            "subject": notes.get("subject_code", "").strip(),
            "placement": placement or header["device"].lower(),
        }

    def _others(self, file: Path, name: str, layout: tuple[int, float]) -> list[ChunkedStream]:
        n, rate_hz = layout
        units = ("degC", "1", "V")
        rate_hz /= _FULL_BLOCK[n]
        return [self._stream(file, "auxiliary", name, "auxiliary", _AUXILIARY, units, rate_hz)]
