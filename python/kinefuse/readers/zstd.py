"""Files compressed with zstd, which Python can unpack from 3.14 on and before with an extra."""

import sys
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from kinefuse._extras import needs_extra

__all__ = ["open_zstd", "zstd_error"]

_MODULE = "compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd"


def open_zstd(file: Path) -> IO[bytes]:
    """Open a compressed file; what is read from it is unpacked as it is read.

    Parameters
    ----------
    file : Path
        One frame or several. Those that need over 128 MB to be unpacked (``zstd --long=28`` and
        more) are refused when read.

    Returns
    -------
    binary file

    Raises
    ------
    FileNotFoundError
        There is no such file.
    MissingExtraError
        Nothing here can unpack it.
    """
    opened: IO[bytes] = _module(file).open(file, "rb")
    return opened


def zstd_error() -> type[Exception]:
    """Return what reading such a file raises when it is damaged, beside ``EOFError``."""
    loaded = sys.modules.get(_MODULE)
    error: type[Exception] = EOFError if loaded is None else loaded.ZstdError
    return error


def _module(file: Path) -> Any:
    with needs_extra("io", f"{file}: text compressed with zstd"):
        return import_module(_MODULE)
