"""Parmay Tech's Matrix: ``.bin`` files as the devices write them.

The layout is as GGIRread (R package, function ``readParmayMatrix``) reads it.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinefuse import _native
from kinefuse.data.chunked import ChunkedStream
from kinefuse.errors import ConfigError
from kinefuse.readers.about import About
from kinefuse.readers.block_files import BlockReader, Decoder
from kinefuse.readers.listing import count_beginnings

__all__ = ["ParmayMatrix"]


class ParmayMatrix(BlockReader):
    """Reads the Matrix's ``.bin`` files, ``.bin.gz`` too.

    The settings are those of :class:`~kinefuse.readers.wearable.WearableReader`. One modality,
    ``inertial``: acceleration in g, and where the gyroscope was on a second stream of angular rate
    in rad/s, which has samples of its own.

    A packet holds some minutes and says in whole seconds when it began and ended; its samples are
    spread evenly between. A packet that begins late by the second, as its number of samples shows,
    begins where the last one ended. Stamps count seconds since 1970 as the file does. The rate is
    that on offer (12.5, 25, 50 or 100 Hz) which is nearest to the first packet's. Packets whose
    checksum or layout is wrong are skipped and counted; what they held is a gap.

    Temperature and heart rate are not read: ``auxiliary=True`` is refused. The subject is what
    ``pattern`` or ``fixed`` say, else the file's name.

    Examples
    --------
    >>> from kinefuse import readers
    >>> reader = readers.get("parmay-matrix", pattern="{subject}_{stream}.bin")
    >>> reader.settings()["auxiliary"]
    False
    """

    name = "parmay-matrix"
    suffixes = (".bin",)
    about = About(
        title="Parmay Tech Matrix: .bin files",
        source="GGIRread, function readParmayMatrix",
        licence="your own recordings",
        url="https://www.parmaytech.com/devices/en-matrix",
        kind="format",
        units={"acc": "g", "gyro": "deg/s"},
    )

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        if self._auxiliary:
            raise ConfigError("parmay-matrix: auxiliary: only motion is read from these files")

    @staticmethod
    def recognize(path: Path) -> str | None:
        """Return why a path looks like these files, or None."""
        words = "have the mark of a Matrix"
        return count_beginnings(path, ParmayMatrix.suffixes, b"MDTC", words, at=512)

    def _decoder(self, file: Path, wanted: str) -> Decoder:
        return _native.ParmayDecoder(str(file), wanted)

    def _open(self, file: Path, name: str) -> tuple[Mapping[str, str], list[ChunkedStream]]:
        told, streams = super()._open(file, name)
        header, (_, rate_hz) = self._begin(file)
        if header["has_gyroscope"]:
            axes = tuple(f"gyro_{axis}" for axis in "xyz")
            units = ("rad/s",) * 3
            streams.append(
                self._stream(file, "gyroscope", streams[0].name, "inertial", axes, units, rate_hz)
            )
        return told, streams

    @staticmethod
    def _channels(n: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return ("acc_x", "acc_y", "acc_z"), ("g",) * 3

    @staticmethod
    def _metadata(header: Mapping[str, Any]) -> dict[str, Any]:
        remarks = header["remarks"].rstrip(b"\0\xff").decode("utf-8", "replace").strip()
        return {**header, "remarks": remarks}

    def _told(self, header: Mapping[str, Any]) -> dict[str, str]:
        return {"device": "Matrix", "subject": "", "placement": "matrix"}
