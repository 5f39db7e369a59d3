"""GENEActiv: ``.bin`` files as the maker's software extracts them.

The format is described in the GENEActiv operating instructions (Activinsights), "Decoding .bin
files".
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinefuse import _native
from kinefuse.data.chunked import ChunkedStream
from kinefuse.readers.about import About
from kinefuse.readers.block_files import BlockReader, Decoder
from kinefuse.readers.listing import count_beginnings

__all__ = ["Geneactiv"]

_PAGE = 300
"""Samples of a page."""


class Geneactiv(BlockReader):
    """Reads GENEActiv's ``.bin`` files, ``.bin.gz`` too.

    The settings are those of :class:`~kinefuse.readers.wearable.WearableReader`.

    One modality, ``inertial``: acceleration in g by the calibration in the file's header. With
    ``auxiliary=True`` two more: ``light``, a row a sample of the light meter in lux and the button
    (0 or 1); ``auxiliary``, a row a page of temperature in °C and battery in V.

    A page says when its first sample was taken, and the others follow at the page's rate. The
    stamps count seconds since 1970 on the device's own clock, in the time zone that the header
    names. Pages whose time, rate or digits are wrong are skipped and counted; what they held is a
    gap.

    The subject is what ``pattern`` or ``fixed`` say, else the subject code of the header, else the
    file's name.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = readers.get("geneactiv", fixed={"activity": "sleep"})
    >>> reader.settings()["fixed"]
    {'activity': 'sleep'}
    """

    name = "geneactiv"
    suffixes = (".bin",)
    about = About(
        title="GENEActiv: .bin files",
        source="GENEActiv operating instructions, Activinsights",
        licence="your own recordings",
        url="https://activinsights.com",
        kind="format",
        units={"acc": "g", "light": "lux"},
    )

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like these files, or None."""
        return count_beginnings(
            path, Geneactiv.suffixes, b"Device Identity", "begin as GENEActiv writes them"
        )

    def _decoder(self, file: Path, wanted: str) -> Decoder:
        return _native.GeneactivDecoder(str(file), wanted)

    @staticmethod
    def _channels(n: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("acc_x", "acc_y", "acc_z"), ("g",) * 3

    @staticmethod
    def _metadata(header: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in header["fields"] if value}

    def _told(self, header: Mapping[str, Any]) -> dict[str, str]:
        fields = self._metadata(header)
        placement = "_".join(fields.get("Device Location Code", "").lower().split())
        return {
            "device": fields.get("Device Type", "GENEActiv"),
            "subject": fields.get("Subject Code", ""),
            "placement": placement or self.name,
        }

    def _others(self, file: Path, name: str, layout: tuple[int, float]) -> list[ChunkedStream]:
        _, rate_hz = layout
        light, auxiliary = ("light", "button"), ("temperature", "battery")
        return [
            self._stream(file, "light", name, "light", light, ("lux", "1"), rate_hz),
            self._stream(
                file, "auxiliary", name, "auxiliary", auxiliary, ("degC", "V"), rate_hz / _PAGE
            ),
        ]
