"""The bytes of a text file as UTF-8, whatever its compression, encoding and line ends."""

import bz2
import codecs
import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.zstd import open_zstd, zstd_error

__all__ = ["compression_of", "detect_encoding", "not_utf8", "read_head", "stream_utf8"]

HEAD_BYTES = 2**16
BLOCK_BYTES = 2**24

_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_OTHER = {
    b"PK\x03\x04": "a zip archive (or a spreadsheet): unpack it, or save it as CSV",
    b"7z\xbc\xaf": "a 7z archive: unpack it",
    b"Rar!": "a RAR archive: unpack it",
    b"PAR1": "a Parquet file: the reader is 'parquet'",
    b"ARROW1": "an Arrow file: the reader is 'arrow'",
    b"\x89HDF": "an HDF5 file (MATLAB 7.3?): the reader is 'mat'",
    b"MATLAB 5.0": "a MATLAB file: the reader is 'mat'",
    b"\x93NUMPY": "a NumPy file: the reader is 'npz'",
    b"%PDF": "a PDF",
    b"\xd0\xcf\x11\xe0": "an old Excel file: save it as CSV",
}
_BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_BINARY = bytes(set(range(32)) - set(b"\t\n\r\f\x1a\x1b"))


def compression_of(file: Path) -> str | None:
    """Return ``"gzip"``, ``"bzip2"``, ``"xz"``, ``"zstd"`` or None, by the file's first bytes.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        It is an archive, or a binary format that another reader reads.
    """
    with file.open("rb") as content:
        first = content.read(16)
    for magic, what in _OTHER.items():
        if first.startswith(magic):
            raise FormatError(f"{file}: expected a table of text; it is {what}")
    return next((name for magic, name in _COMPRESSED.items() if first.startswith(magic)), None)


def read_head(file: Path, size: int = HEAD_BYTES) -> bytes:
    """Return the first bytes of a file, unpacked but not decoded; raises as :func:`stream_utf8`."""
    with _open(file, compression_of(file)) as content:
        return _read(file, content, size)


def detect_encoding(file: Path, head: bytes) -> str:
    """Tell UTF-8, UTF-16 and UTF-32 apart.

    Raises
    ------
    FormatError
        It is another encoding, which has to be said, or no text.
    """
    for bom, name in _BOMS.items():
        if head.startswith(bom):
            return name
    if b"\x00" in head:
        # Text in Latin letters has its zeros on one side only.
        zeros = [head[side::2].count(0) / max(1, len(head[side::2])) for side in (0, 1)]
        if max(zeros) > 0.4 and min(zeros) < 0.05:
            return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    if any(byte in head for byte in _BINARY):
        at = next(i for i, byte in enumerate(head) if byte in _BINARY)
        raise FormatError(f"{file}: expected a table of text, got byte 0x{head[at]:02x} at {at}")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError as error:
        raise not_utf8(file, head, error.start, 0) from None
    return "utf-8"


def not_utf8(file: Path, text: bytes, at: int, lines_before: int) -> FormatError:
    """Say which byte is no UTF-8, and what it could be."""
    line = lines_before + text.count(b"\n", 0, at) + 1
    begin, end = text.rfind(b"\n", 0, at) + 1, text.find(b"\n", at)
    shown = text[begin : end if end >= 0 else None].decode("latin-1").strip()[:60]
    return FormatError(
        f"{file}: line {line}: byte 0x{text[at]:02x} is not UTF-8; if the line should read "
        f"{shown!r}, say encoding='latin-1', else the encoding that it is in"
    )


def stream_utf8(
    file: Path, encoding: str = "utf-8", *, offset: int = 0, size: int = BLOCK_BYTES
) -> Iterator[bytes]:
    """Yield a file's text in blocks of UTF-8, unpacked.

    Parameters
    ----------
    file : Path
        Plain, or packed with gzip, bzip2, xz or zstd.
    encoding : str
        What Python calls it.
    offset : int
        Where to begin, in bytes of what comes out; a plain UTF-8 file is not read up to there.
    size : int
        How many bytes are read at once.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    FormatError
        The file is damaged, or is not in this encoding.
    ConfigError
        There is no such encoding.
    MissingExtraError
        It is packed with zstd, and nothing here can unpack that.
    """
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        raise ConfigError(f"encoding: Python knows none called {encoding!r}") from None
    packed = compression_of(file)
    plain = name == "utf-8"
    decoder = None if plain else codecs.getincrementaldecoder(encoding)()
    with _open(file, packed) as content:
        skip = offset
        if plain and packed is None:
            content.seek(offset)
            skip = 0
        begun = last = False
        while not last:
            block = _read(file, content, size)
            last = not block
            if decoder is not None:
                try:
                    text = decoder.decode(block, final=last)
                except UnicodeDecodeError as error:
                    raise FormatError(
                        f"{file}: expected {encoding}: {error.reason} near byte {content.tell()}"
                    ) from None
                block = (text if begun else text.removeprefix("\ufeff")).encode()
                begun = begun or bool(text)
            skip, block = max(0, skip - len(block)), block[skip:]
            if block:
                yield block


def _open(file: Path, packed: str | None) -> IO[bytes]:
    if packed == "gzip":
        return cast(IO[bytes], gzip.open(file, "rb"))
    if packed == "bzip2":
        return cast(IO[bytes], bz2.open(file, "rb"))
    if packed == "xz":
        return cast(IO[bytes], lzma.open(file, "rb"))
    if packed == "zstd":
        return open_zstd(file)
    return file.open("rb")


def _read(file: Path, content: IO[bytes], size: int) -> bytes:
    try:
        return content.read(size)
    except (EOFError, OSError, zlib.error, lzma.LZMAError, zstd_error()) as error:
        if isinstance(error, OSError) and error.errno is not None:  # the disk's, not the packer's
            raise
        raise FormatError(f"{file}: the packed file is damaged or cut off ({error})") from None
