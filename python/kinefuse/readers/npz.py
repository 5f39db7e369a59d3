"""NumPy files: ``.npy`` with one array, ``.npz`` with several."""

import math
import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from kinefuse.errors import FormatError
from kinefuse.readers.about import About
from kinefuse.readers.archives import refuse_damage
from kinefuse.readers.array_table import ArrayReader, ArrayTable, Held, Variable

__all__ = ["Npz"]


class Npz(ArrayReader):
    """Reads NumPy arrays; see :class:`ArrayReader` for what it takes.

    The array of a ``.npy`` file is called ``data``; the fields of a structured array are arrays of
    their own. Files with pickled objects are refused.

    Examples
    --------
    >>> from kinefuse import readers
    >>> np.savez("s1.npz", imu=np.ones((500, 3)), t=np.arange(500) / 50)
    >>> reader = readers.get("npz", channels={"acc": "imu[0:3]"}, units="g", time="t",
    ...                      pattern="{subject}.npz")
    >>> recording = reader.read(reader.discover(Path("s1.npz"))[0])
    >>> recording.streams[0].channels
    ('acc_x', 'acc_y', 'acc_z')
    """

    name = "npz"
    suffixes = (".npz", ".npy")
    about = About(
        title="NumPy arrays of your own, described by settings",
        source="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html",
        licence="that of the recordings",
        kind="format",
    )

    def open_table(self, file: Path) -> ArrayTable:
        """Open a file."""
        with file.open("rb") as content:
            first = content.read(6)
        try:
            variables = _one(file) if first == npy.MAGIC_PREFIX else _several(file)
        except Exception as error:  # NumPy meets a broken file with whatever breaks first
            refuse_damage(file, error, "NumPy file")
        return ArrayTable(file, variables, self._axis, "NumPy")


def _one(file: Path) -> dict[str, Variable]:
    with file.open("rb") as content:
        return _variables(file, "data", _Stored(file, None, content, file.stat().st_size))


def _several(file: Path) -> dict[str, Variable]:
    variables: dict[str, Variable] = {}
    with zipfile.ZipFile(file) as archive:
        for member in archive.namelist():
            if member.endswith(".npy"):
                with archive.open(member) as content:
                    size = archive.getinfo(member).file_size
                    stored = _Stored(file, member, content, size)
                variables |= _variables(file, member.removesuffix(".npy"), stored)
    return variables


def _variables(file: Path, name: str, stored: "_Stored") -> dict[str, Variable]:
    if stored.dtype.hasobject:
        raise FormatError(
            f"{file}: {name} holds Python objects (a pickle), which can run code when read; save "
            "plain arrays"
        )
    if stored.dtype.names is not None:
        whole = stored.read(0, 0, stored.shape[0])
        return {field: Held(whole[field]) for field in stored.dtype.names}
    return {name: stored}


class _Stored:
    """An array in a file, plain or in an archive, whose rows are read one after the other."""

    def __init__(self, file: Path, member: str | None, content: IO[bytes], size: int) -> None:
        self._file, self._member = file, member
        version = npy.read_magic(content)
        header = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if header is None:
            raise ValueError(f"version {version} of the format")
        self.shape, self._columns_first, self.dtype = header(content)
        self._begin = content.tell()
        needed = self._begin + math.prod(self.shape) * self.dtype.itemsize
        if size < needed and not self.dtype.hasobject:
            raise ValueError("it breaks off")
        self._packed: IO[bytes] | None = None
        self._whole: Held | None = None

    def read(self, axis: int, first: int, end: int) -> NDArray[Any]:
        """Return positions ``first`` to ``end`` of an axis, which comes first."""
        if axis > 0 or (self._columns_first and len(self.shape) > 1):
            if self._whole is None:
                count = int(np.prod(self.shape))
                order: Any = "F" if self._columns_first else "C"
                self._whole = Held(self._items(0, count).reshape(self.shape, order=order))
            return self._whole.read(axis, first, end)
        end = min(end, self.shape[0])
        row = int(np.prod(self.shape[1:]))
        return self._items(first * row, (end - first) * row).reshape(end - first, *self.shape[1:])

    def _items(self, first: int, count: int) -> NDArray[Any]:
        at, size = self._begin + first * self.dtype.itemsize, count * self.dtype.itemsize
        try:
            if self._member is None:
                with self._file.open("rb") as plain:
                    plain.seek(at)
                    content = plain.read(size)
            else:
                if self._packed is None:  # stays open: going on is cheap, beginning again is not
                    self._packed = zipfile.ZipFile(self._file).open(self._member)  # noqa: SIM115
                self._packed.seek(at)
                content = self._packed.read(size)
        except Exception as error:
            refuse_damage(self._file, error, "NumPy file")
        if len(content) < size:
            raise FormatError(f"{self._file}: not a whole NumPy file (it breaks off)")
        return np.frombuffer(content, self.dtype)
