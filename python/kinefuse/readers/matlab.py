"""MATLAB files, as far as readers need them.

An array of plain numbers in a little-endian version 5 file is read here, in less time than SciPy
takes to be imported; everything else, and everything broken, is SciPy's.
"""

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.errors import FormatError, MissingExtraError

__all__ = ["load_variable"]

# "MAT-File Format", MathWorks: data types of elements and classes of arrays.
_MATRIX, _COMPRESSED = 14, 15
_TYPES = {1: "i1", 2: "u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8"}
_DOUBLE_CLASS, _COMPLEX = 6, 0x0800


def load_variable(file: Path, name: str) -> NDArray[Any]:
    """Read one array of a ``.mat`` file (version 5, compressed or not).

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        The file is truncated, not of this format, or lacks the variable.
    MissingExtraError
        SciPy is not installed.
    """
    content = file.read_bytes()
    plain = _plain_variable(content, name)
    if plain is not None:
        return plain
    try:
        from scipy.io import loadmat, whosmat
    except ImportError as error:
        raise MissingExtraError(
            "reading .mat files needs SciPy: pip install 'kinefuse[io]'"
        ) from error
    try:
        values = loadmat(BytesIO(content), variable_names=(name,)).get(name)
        found = [] if values is not None else [entry[0] for entry in whosmat(BytesIO(content))]
    except Exception as error:
        # SciPy meets a broken file with whatever breaks first: zlib.error, ValueError, TypeError,
        # MatReadError, NotImplementedError (version 7.3), even SystemError.
        reason = str(error).strip() or type(error).__name__
        raise FormatError(
            f"{file}: not a whole MATLAB version 5 file ({reason}); fetch it again"
        ) from error
    if values is None:
        raise FormatError(f"{file}: expected a variable {name!r}, found {found or 'none'}")
    array: NDArray[Any] = values
    return array


def _plain_variable(content: bytes, name: str) -> NDArray[Any] | None:
    """Read a real double array, or return None and leave the file to SciPy."""
    if content[124:128] != b"\x00\x01IM":
        return None
    try:
        for kind, element in _elements(content[128:]):
            if kind == _COMPRESSED:
                ((kind, element),) = _elements(zlib.decompress(element))
            parts = list(_elements(element)) if kind == _MATRIX else []
            if len(parts) == 4 and parts[2][1] == name.encode():
                (flags,) = struct.unpack_from("<I", parts[0][1])
                if flags & 0xFF != _DOUBLE_CLASS or flags & _COMPLEX:
                    return None
                shape = np.frombuffer(parts[1][1], "<i4")
                values = np.frombuffer(parts[3][1], _TYPES[parts[3][0]])
                return values.reshape(shape, order="F").astype(np.float64)
    except (struct.error, zlib.error, ValueError, KeyError):
        return None
    return None


def _elements(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(content):
        kind, size = struct.unpack_from("<II", content, at)
        if kind >> 16:  # a small element: size and type share a word, the data are in the next
            size, kind = kind >> 16, kind & 0xFFFF
            yield kind, content[at + 4 : at + 4 + size]
            at += 8
            continue
        if at + 8 + size > len(content):
            raise ValueError("cut short")
        yield kind, content[at + 8 : at + 8 + size]
        # Compressed elements are the only ones that are not padded to eight bytes.
        at += 8 + (size if kind == _COMPRESSED else -(-size // 8) * 8)
