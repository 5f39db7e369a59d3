"""Files in folders and in archives, listed and read in the same way.

Members of ``.zip`` and ``.tar`` are read where they are. ``.tar.gz`` cannot be entered in the
middle: what it holds goes into one temporary file, which is removed with the last of its members.
"""

import calendar
import gzip
import io
import shutil
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PosixPath
from typing import IO, Any, NamedTuple

from kinefuse.errors import FormatError

__all__ = ["ArchivedFile", "list_files"]

_TARS = (".tar", ".tar.gz", ".tgz")


class _Stat(NamedTuple):
    st_size: int
    st_mtime_ns: int


class ArchivedFile(PosixPath):
    """A member of an archive: reads like any file, and is called ``archive.zip/folder/name``.

    Made by :func:`list_files`.
    """

    _read: Callable[[], bytes]
    _stat: _Stat

    @classmethod
    def of(
        cls, path: Path, read: Callable[[], bytes], size: int, changed_s: float
    ) -> "ArchivedFile":
        """Make one that is called ``path``."""
        file = cls(path)
        file._read, file._stat = read, _Stat(size, int(changed_s) * 10**9)
        return file

    def stat(self, *, follow_symlinks: bool = True) -> Any:
        """Return its size and when it was changed, as the archive says."""
        return self._stat

    def exists(self, **_: Any) -> bool:
        """Return True."""
        return True

    def is_file(self, **_: Any) -> bool:
        """Return True."""
        return True

    def read_bytes(self) -> bytes:
        """Return its content.

        Raises
        ------
        FormatError
            The archive is damaged.
        """
        try:
            return self._read()
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as e:
            raise FormatError(f"{self}: cannot be read from the archive ({e})") from e

    def open(self, mode: str = "r", *_: Any, **settings: Any) -> IO[Any]:  # type: ignore[override]
        """Return its content as an open file, for reading."""
        content = io.BytesIO(self.read_bytes())
        if "b" in mode:
            return content
        settings.pop("buffering", None)
        return io.TextIOWrapper(content, **settings)


def list_files(root: Path) -> list[tuple[str, Path]]:
    """List the files under a folder and in the archives there, or in one archive.

    Parameters
    ----------
    root : Path

    Returns
    -------
    list of (str, Path)
        Sorted by the first: the path below ``root`` with ``/`` between its parts, which goes on
        within archives (``raw/acc.tar.gz/acc/1.csv``).

    Raises
    ------
    FileNotFoundError
        There is no such file or folder.
    FormatError
        An archive cannot be opened.
    """
    if not root.exists():
        raise FileNotFoundError(f"no such file or folder: {root}")
    single = root.is_file()
    base = root.parent if single else root
    found: list[tuple[str, Path]] = []
    for file in [root] if single else root.rglob("*"):
        if not file.is_file():
            continue
        name = file.name.lower()
        if name.endswith(".zip"):
            found += ((f.relative_to(base).as_posix(), f) for f in _in_zip(file))
        elif name.endswith(_TARS):
            found += ((f.relative_to(base).as_posix(), f) for f in _in_tar(file))
        else:
            found.append((file.relative_to(base).as_posix(), file))
    return sorted(found, key=lambda item: item[0])


def _in_zip(path: Path) -> Iterator[ArchivedFile]:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise FormatError(f"{path}: not a whole zip archive ({error})") from error
    for info in archive.infolist():
        if not info.is_dir():

            def read(info: zipfile.ZipInfo = info) -> bytes:
                return archive.read(info)

            changed = calendar.timegm((*info.date_time, 0, 0, 0))
            yield ArchivedFile.of(path / info.filename, read, info.file_size, changed)


def _in_tar(path: Path) -> Iterator[ArchivedFile]:
    try:
        plain = path if path.name.lower().endswith(".tar") else _uncompressed(path)
        with tarfile.open(plain, "r:") as archive:
            members = [member for member in archive if member.isreg()]
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(f"{path}: not a whole tar archive ({error})") from error
    for member in members:

        def read(at: int = member.offset_data, size: int = member.size) -> bytes:
            with plain.open("rb") as file:
                file.seek(at)
                content = file.read(size)
            if len(content) != size:
                raise EOFError(f"expected {size} bytes, got {len(content)}")
            return content

        yield ArchivedFile.of(path / member.name, read, member.size, member.mtime)


class _TemporaryPath(PosixPath):
    """A file that goes with the last that knows it."""


def _uncompressed(path: Path) -> Path:
    with tempfile.NamedTemporaryFile(prefix="kinefuse-", suffix=".tar", delete=False) as out:
        plain = _TemporaryPath(out.name)
        weakref.finalize(plain, PosixPath(out.name).unlink, missing_ok=True)
        with gzip.open(path) as content:
            shutil.copyfileobj(content, out, 1 << 20)
    return plain
