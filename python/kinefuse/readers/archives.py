"""Files in folders and in archives, listed and read in the same way.

Members of ``.zip`` and ``.tar`` are read where they are, those of a ``.zip`` in a ``.zip`` too.
``.tar.gz`` cannot be entered in the middle: what it holds goes into one temporary file, which is
removed with the last of its members.
"""

import calendar
import gzip
import io
import lzma
import shutil
import struct
import tarfile
import tempfile
import weakref
import zipfile
import zlib
from collections.abc import Callable, Iterator
from errno import EINVAL
from functools import lru_cache
from pathlib import Path, PosixPath
from typing import IO, Any, NamedTuple, NoReturn

from kinefuse.errors import FormatError

__all__ = ["DAMAGE", "ArchivedFile", "is_archive", "list_files", "refuse_archive", "refuse_damage"]

DAMAGE = (
    *(zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError, EOFError),
    *(ValueError, OverflowError, struct.error, zlib.error, lzma.LZMAError, OSError),
)
"""What Python's modules raise for what is damaged, packed in an unknown way or locked."""

_TARS = (".tar", ".tar.gz", ".tgz")


class _Stat(NamedTuple):
    st_size: int
    st_mtime_ns: int


class _Member(NamedTuple):
    read: Callable[[], bytes]
    stat: _Stat


class _Members(dict[str, _Member]):
    """The members of an archive by their paths; of a ``.tar``, ``plain`` is what they are in."""

    def __init__(self, archive: Path, plain: Path | None = None) -> None:
        super().__init__()
        self.archive, self.plain = archive, plain


class ArchivedFile(PosixPath):
    """A member of an archive: reads like any file, and is called ``archive.zip/folder/name``.

    Made by :func:`list_files`. A process that is handed one opens the archive once for all.
    """

    _members: _Members

    @classmethod
    def of(cls, path: str, members: _Members) -> "ArchivedFile":
        """Make the member that is called ``path``."""
        file = cls(path)
        file._members = members
        return file

    def __reduce__(self) -> tuple[Any, ...]:
        return _find_again, (self._members.archive, self._members.plain, str(self))

    @property
    def _member(self) -> "_Member":
        return self._members[str(self)]

    def with_name(self, name: str) -> Path:  # type: ignore[override]
        """Return the file of another name beside it, or a path that does not exist."""
        beside = PosixPath(self).with_name(name)
        there = str(beside) in self._members
        return ArchivedFile.of(str(beside), self._members) if there else beside

    def stat(self, *, follow_symlinks: bool = True) -> Any:
        """Return its size and when it was changed, as the archive says."""
        return self._member.stat

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
            return self._member.read()
        except DAMAGE as error:
            refuse_damage(self, error, "member of the archive")

    def open(self, mode: str = "r", *_: Any, **settings: Any) -> IO[Any]:  # type: ignore[override]
        """Return its content as an open file, for reading."""
        content = io.BytesIO(self.read_bytes())
        if "b" in mode:
            return content
        settings.pop("buffering", None)
        return io.TextIOWrapper(content, **settings)


def refuse_damage(file: Path, error: Exception, what: str) -> NoReturn:
    """Raise :class:`FormatError` in place of an error of :data:`DAMAGE`; the disk's own stay.

    Parameters
    ----------
    file : Path
        The archive, or its member.
    error : Exception
    what : str
        What the file should be.
    """
    of_disk = isinstance(error, OSError) and error.errno not in (None, EINVAL)
    if of_disk or isinstance(error, FormatError):
        try:
            raise error
        finally:
            del error  # it would hold this frame, which holds it, and open files with it
    reason = str(error).split("\n", 1)[0] or type(error).__name__
    raise FormatError(f"{file}: not a whole {what} ({reason})") from error


def is_archive(path: Path) -> bool:
    """Return whether a file's name is that of an archive that :func:`list_files` looks into."""
    return path.name.lower().endswith((".zip", *_TARS))


def refuse_archive(path: Path, reader: str) -> None:
    """Raise :class:`FormatError` if a reader that does not look into archives is given one.

    Parameters
    ----------
    path : Path
        A file, or a folder in which nothing else was found.
    reader : str
        For the message.
    """
    endings = (".zip", *_TARS, ".7z", ".rar", ".tar.bz2", ".tar.xz")
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    packed = [file for file in files if file.name.lower().endswith(endings) and file.is_file()]
    if packed:
        raise FormatError(f"{reader}: {packed[0]} is an archive: unpack it and give the folder")


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


def _find_again(archive: Path, plain: Path | None, path: str) -> ArchivedFile:
    return ArchivedFile.of(path, _open_again(archive, plain))


@lru_cache(maxsize=16)
def _open_again(archive: Path, plain: Path | None) -> _Members:
    return _zip_members(archive) if plain is None else _tar_members(archive, plain)


def _in_zip(path: Path) -> Iterator[ArchivedFile]:
    members = _zip_members(path)
    return (ArchivedFile.of(name, members) for name in members)


def _zip_members(path: Path) -> _Members:
    members = _Members(path)
    _add_zip(path, None, members)
    return members


def _add_zip(path: Path, content: IO[bytes] | None, members: _Members) -> None:
    archive: zipfile.ZipFile | None = None
    try:
        archive = zipfile.ZipFile(path if content is None else content)
        for info in archive.infolist():
            if info.filename.lower().endswith(".zip"):
                _add_zip(path / info.filename, archive.open(info), members)
            elif not info.is_dir():

                def read(archive: zipfile.ZipFile = archive, info: zipfile.ZipInfo = info) -> bytes:
                    return archive.read(info)

                changed = calendar.timegm((*info.date_time, 0, 0, 0))
                stat = _Stat(info.file_size, changed * 10**9)
                members[str(path / info.filename)] = _Member(read, stat)
    except DAMAGE as error:
        for opened in (archive, content):
            if opened is not None:
                opened.close()
        refuse_damage(path, error, "zip archive")


def _in_tar(path: Path) -> Iterator[ArchivedFile]:
    members = _tar_members(path)
    return (ArchivedFile.of(name, members) for name in members)


def _tar_members(path: Path, plain: Path | None = None) -> _Members:
    try:
        if plain is None:
            plain = path if path.name.lower().endswith(".tar") else _uncompressed(path)
        with tarfile.open(plain, "r:") as archive:
            infos = [member for member in archive if member.isreg()]
    except DAMAGE as error:
        refuse_damage(path, error, "tar archive")
    members = _Members(path, plain)
    for info in infos:

        def read(at: int = info.offset_data, size: int = info.size, plain: Path = plain) -> bytes:
            with plain.open("rb") as file:
                file.seek(at)
                content = file.read(size)
            if len(content) != size:
                raise EOFError(f"expected {size} bytes, got {len(content)}")
            return content

        stat = _Stat(info.size, int(info.mtime) * 10**9)
        members[str(path / info.name)] = _Member(read, stat)
    return members


class _TemporaryPath(PosixPath):
    """A file that goes with the last that knows it."""


def _uncompressed(path: Path) -> Path:
    with tempfile.NamedTemporaryFile(prefix="kinefuse-", suffix=".tar", delete=False) as out:
        plain = _TemporaryPath(out.name)
        weakref.finalize(plain, PosixPath(out.name).unlink, missing_ok=True)
        with gzip.open(path) as content:
            shutil.copyfileobj(content, out, 1 << 20)
    return plain
