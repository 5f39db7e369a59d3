"""CRC-32 of files and of a manifest: what tells that somebody changed them since."""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["KEY", "checksum_file", "checksum_manifest"]

KEY = "crc32"
_PIECE_BYTES = 2**20


def checksum_file(path: Path) -> str:
    """Return the CRC-32 of a file, the one of zip and ``crc32``, as eight hexadecimal digits.

    Examples
    --------
    >>> path = Path("word")
    >>> path.write_bytes(b"kinefuse")
    8
    >>> checksum_file(path)
    'e01c4123'
    """
    crc = 0
    piece = bytearray(_PIECE_BYTES)
    with path.open("rb", buffering=0) as file:
        while n := file.readinto(piece):
            crc = zlib.crc32(memoryview(piece)[:n], crc)
    return f"{crc:08x}"


def checksum_manifest(manifest: Mapping[str, Any]) -> str:
    """Return the CRC-32 of what a manifest says, however its JSON is laid out, itself left out.

    Examples
    --------
    >>> checksum_manifest({"a": 1, "b": 2}) == checksum_manifest({"b": 2, "a": 1, KEY: "x"})
    True
    """
    said = {key: value for key, value in manifest.items() if key != KEY}
    return f"{zlib.crc32(json.dumps(said, sort_keys=True).encode()):08x}"
