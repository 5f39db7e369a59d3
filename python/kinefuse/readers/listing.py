"""The names of files in a folder or an archive, as many as it takes to recognise them."""

import gzip
import os
import re
import tarfile
import zipfile
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import attrgetter
from pathlib import Path

from kinefuse.readers.archives import DAMAGE

__all__ = ["count_beginnings", "count_names", "sample_names"]

_PER_FOLDER, _IN_ALL = 2000, 5000
_LOOKED_INTO = 100
"""Files whose beginning is read to recognise a format."""


def count_names(path: Path, name: re.Pattern[str], example: str) -> str | None:
    """Count the files whose names fit, and say it; None if there are none.

    Parameters
    ----------
    path : Path
        A file, a folder or an archive.
    name : Pattern
        Of the end of a file's path, from the start of a folder's or file's name on.
    example : str
        Such a name.

    Examples
    --------
    >>> _ = Path("acc_exp01_user01.txt").write_text("0 0 1")
    >>> count_names(Path("."), re.compile("acc_exp[0-9]+_user[0-9]+[.]txt"), "acc_exp01_user01.txt")
    '1 of 1 files named like acc_exp01_user01.txt'
    """
    there, cut = sample_names(path)
    count = sum(_fits(name, file) for file in there)
    of = f"the first {len(there)}" if cut else f"{len(there)}"
    return f"{count} of {of} files named like {example}" if count else None


def count_beginnings(
    path: Path, suffixes: Sequence[str], begins: bytes, words: str, *, at: int = 0
) -> str | None:
    """Count the files that begin as a format does, and say it; None if there are none.

    Parameters
    ----------
    path : Path
        A file or a folder.
    suffixes : sequence of str
        Of the files to look at, in lower case; compressed ones (``.gz``) count too.
    begins : bytes
        What such a file begins with.
    words : str
        What the files do, for the answer.
    at : int
        At which byte it stands.
    """
    if path.is_file():
        files = [path]
    else:
        names, _ = sample_names(path)
        files = [path.resolve().parent / name for name in names]
    endings = tuple(suffixes)
    looked = [file for file in files if file.name.lower().removesuffix(".gz").endswith(endings)]
    count = sum(_beginning(file, at + len(begins))[at:] == begins for file in looked[:_LOOKED_INTO])
    return f"{count} of {len(looked[:_LOOKED_INTO])} files {words}" if count else None


def _beginning(file: Path, n: int) -> bytes:
    opened = gzip.open if file.name.lower().endswith(".gz") else open
    try:
        with opened(file, "rb") as content:
            return bytes(content.read(n))
    except (OSError, EOFError, zlib.error):  # also a member of an archive
        return b""


def sample_names(path: Path) -> tuple[list[str], bool]:
    """List the files below a folder, of large folders only the first.

    Parameters
    ----------
    path : Path
        The members of ``.zip`` and ``.tar`` archives are listed too; ``.tar.gz`` would have to be
        unpacked, and is one file.

    Returns
    -------
    list of str
        With ``/`` between their parts, beginning with the name of ``path``, or with that of its
        folder if it is a file.
    bool
        Whether there are more.
    """
    top = path.resolve()
    if top.is_file():
        inside, cut = _members(top, top.name)
        return [f"{top.parent.name}/{top.name}", *inside], cut
    found: list[str] = []
    cut = False
    folders = deque([top])
    while folders and len(found) < _IN_ALL:
        try:
            with os.scandir(folders.popleft()) as entries:
                there = sorted(entries, key=attrgetter("name"))
        except OSError:  # what cannot be listed cannot be recognised
            continue
        folders += (Path(entry.path) for entry in there if entry.is_dir(follow_symlinks=False))
        files = [entry.path for entry in there if entry.is_file()]
        cut |= len(files) > _PER_FOLDER
        for file in map(Path, files[:_PER_FOLDER]):
            name = file.relative_to(top.parent).as_posix()
            inside, more = _members(file, name)
            found += [name, *inside]
            cut |= more
    return found[:_IN_ALL], cut or bool(folders) or len(found) > _IN_ALL


def _members(archive: Path, name: str) -> tuple[list[str], bool]:
    try:
        found = [f"{name}/{member}" for member in islice(_listed(archive), _PER_FOLDER + 1)]
    except DAMAGE:
        return [], False
    return found[:_PER_FOLDER], len(found) > _PER_FOLDER


def _listed(path: Path) -> Iterator[str]:
    ending = path.suffix.lower()
    if ending == ".zip":
        with zipfile.ZipFile(path) as archive:
            yield from (name for name in archive.namelist() if not name.endswith("/"))
    elif ending == ".tar":
        with tarfile.open(path, "r:") as tar:
            yield from (member.name for member in tar if member.isreg())


def _fits(name: re.Pattern[str], path: str) -> bool:
    starts = [0, *(match.end() for match in re.finditer("/", path))]
    return any(name.fullmatch(path, start) for start in starts)
