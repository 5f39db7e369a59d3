"""ActiGraph's ``.gt3x``: the raw log of a wearable, in a zip archive.

The format is ActiGraph's own description, https://github.com/actigraph/GT3X-File-Format.
"""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from kinefuse import _native
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.about import About
from kinefuse.readers.archives import DAMAGE, refuse_damage
from kinefuse.readers.block_files import BlockReader, Decoder
from kinefuse.readers.listing import count_beginnings

__all__ = ["Gt3x"]

_TICKS_TO_1970 = 621_355_968_000_000_000
"""Steps of 100 ns from the year 1 to 1970."""
_PER_G = {"NEO": 341.0, "CLE": 341.0, "MOS": 256.0}
"""Counts a g by the beginning of the serial number, where the file does not say."""
_INFO_BYTES = 2**16
"""More than any ``info.txt`` has."""
_TIMES = ("Start Date", "Stop Date", "Last Sample Time", "Download Date")


class Gt3x(BlockReader):
    """Reads ActiGraph's ``.gt3x`` files.

    The settings are those of :class:`~kinefuse.readers.wearable.WearableReader`.

    One modality, ``inertial``: acceleration in g, by the scale that the file names. A record holds
    the samples of one second of the device's own clock, which is local time; they are spread over
    it at the file's rate. Where the device slept (its idle sleep mode) or a record is damaged there
    is a gap. ActiGraph's software rounds to thousandths of g; this does not.

    Files of the first generation, with ``activity.bin`` inside, are refused, and so is
    ``auxiliary=True``: only acceleration is read.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = readers.get("gt3x", pattern="{subject}_{_}.gt3x")
    >>> reader.settings()["pattern"]
    '{subject}_{_}.gt3x'
    """

    name = "gt3x"
    suffixes = (".gt3x",)
    about = About(
        title="ActiGraph: .gt3x files",
        source="ActiGraph, GT3X-File-Format",
        licence="your own recordings",
        url="https://github.com/actigraph/GT3X-File-Format",
        kind="format",
        units={"acc": "g"},
    )

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        if self._auxiliary:
            raise ConfigError("gt3x: auxiliary: only acceleration is read from .gt3x files")

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like these files, or None."""
        return count_beginnings(path, Gt3x.suffixes, b"PK", "are archives as ActiGraph writes them")

    def _decoder(self, file: Path, wanted: str) -> Decoder:
        told = self._header(file, None)
        rate_hz = _number(told.get("Sample Rate", ""))
        if rate_hz is None or not 0 < rate_hz < float("inf"):
            raise FormatError(
                f"{file}: info.txt: expected a Sample Rate in Hz, got {told.get('Sample Rate')!r}"
            )
        per_g = _number(told.get("Acceleration Scale", ""))
        per_g = per_g or _PER_G.get(told.get("Serial Number", "")[:3])
        return _native.Gt3xDecoder(str(file), wanted, rate_hz, per_g)

    def _header(self, file: Path, decoder: Decoder | None) -> dict[str, Any]:
        with file.open("rb") as raw, self._member(file, raw, "info.txt") as content:
            text = self._unpacked(file, content, _INFO_BYTES).decode("utf-8-sig", "replace")
        pairs = (line.partition(":") for line in text.splitlines())
        return {key.strip(): value.strip() for key, _, value in pairs if value.strip()}

    def _content(self, file: Path, raw: IO[bytes]) -> IO[bytes]:
        return self._member(file, raw, "log.bin")

    def _unpacked(self, file: Path, content: IO[bytes], n: int) -> bytes:
        try:
            return content.read(n)
        except DAMAGE as error:
            refuse_damage(file, error, ".gt3x archive")

    @staticmethod
    def _member(file: Path, raw: IO[bytes], name: str) -> IO[bytes]:
        try:
            archive = zipfile.ZipFile(raw)
            names = archive.namelist()
            if name in names:
                return archive.open(name)
        except DAMAGE as error:
            refuse_damage(file, error, ".gt3x archive")
        old = "; files of the first generation, with activity.bin, are not read"
        raise FormatError(
            f"{file}: expected {name} in the archive, got {', '.join(sorted(names)) or 'nothing'}"
            + (old if "activity.bin" in names else "")
        )

    @staticmethod
    def _channels(n: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("acc_x", "acc_y", "acc_z"), ("g",) * 3

    @staticmethod
    def _metadata(header: Mapping[str, Any]) -> dict[str, Any]:
        told = dict(header)
        for key in _TIMES:
            ticks = told.get(key, "")
            if ticks.isdecimal() and int(ticks) > _TICKS_TO_1970:
                seconds = (int(ticks) - _TICKS_TO_1970) // 10_000_000
                told[key] = str(np.datetime64(seconds, "s"))
        return told

    def _told(self, header: Mapping[str, Any]) -> dict[str, str]:
        where = (header.get("Side", ""), header.get("Limb", ""))
        return {
            "device": header.get("Device Type", "ActiGraph"),
            "subject": header.get("Subject Name", ""),
            "placement": "_".join(" ".join(where).lower().split()) or "actigraph",
        }


def _number(text: str) -> float | None:
    """Return a number, written with a point or a comma."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None
