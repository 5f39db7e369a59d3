"""Files that belong together because their names say so."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kinefuse.errors import FormatError
from kinefuse.readers.archives import is_archive, list_files

__all__ = ["find_files", "group_takes"]

Take = TypeVar("Take")


def group_takes(
    path: Path,
    ending: str,
    name: re.Pattern[str],
    take_and_part: Callable[[re.Match[str]], tuple[Take, str]],
    *,
    dataset: str,
    by_path: bool = False,
    twice: str = "",
) -> tuple[dict[Take, dict[str, Path]], tuple[str, ...]]:
    """Group the files below a folder, or in an archive, by take, each part of a take one file.

    Archives in a folder are only looked into where no file outside of them has such a name: most
    people keep the archive of what they unpacked.

    Parameters
    ----------
    path : Path
        A folder or an archive; see :func:`kinefuse.readers.archives.list_files`.
    ending : str
        Of the files to look at: ``".csv"``.
    name : Pattern
        Of a whole file name; files with other names are ignored.
    take_and_part : callable
        What a matched name says.
    dataset : str
        For messages.
    by_path : bool
        ``name`` is that of the end of a path, folders and all; the last of them may be ``path``.
    twice : str
        What to do where two files are the same part.

    Returns
    -------
    dict of take to dict of part to Path
        In the order of the paths.
    tuple of str
        The ignored files, from ``path``.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    FormatError
        Two files are the same part of one take; an archive cannot be opened.
    """
    if not path.exists():
        raise FileNotFoundError(f"{dataset}: no such folder: {path}")
    if by_path:
        name = re.compile(f"(?:.*?/)??(?:{name.pattern})", name.flags)

    def match(relative: str) -> re.Match[str] | None:
        if by_path:
            return name.fullmatch(f"{path.resolve().name}/{relative}")
        return name.fullmatch(relative.rpartition("/")[2])

    takes: dict[Take, dict[str, Path]] = {}
    found_files, ignored = find_files(path, ending, lambda name: match(name) is not None)
    for relative, file in found_files:
        found = match(relative)
        if found is None:
            ignored.append(relative)
            continue
        take, part = take_and_part(found)
        files = takes.setdefault(take, {})
        if part in files:
            raise FormatError(f"{dataset}: two files of one name: {files[part]}, {file}{twice}")
        files[part] = file
    return takes, tuple(ignored)


def find_files(
    path: Path, ending: str, fits: Callable[[str], bool]
) -> tuple[list[tuple[str, Path]], list[str]]:
    """List the files of an ending below a folder, or in an archive, sorted by path.

    Archives in a folder are only looked into where no file outside of them fits.

    Parameters
    ----------
    path : Path
    ending : str
        ``".csv"``.
    fits : callable
        Whether a file, by its path below ``path``, is of the data set.

    Returns
    -------
    list of (str, Path)
        The path below ``path``, with ``/`` between its parts, and the file.
    list of str
        The archives that were not looked into.

    Raises
    ------
    FormatError
        An archive cannot be opened.
    """
    if path.is_dir():
        plain = [(f.relative_to(path).as_posix(), f) for f in sorted(path.rglob(f"*{ending}"))]
        if any(fits(relative) for relative, _ in plain):
            archives = sorted(filter(is_archive, path.rglob("*")))
            return plain, [file.relative_to(path).as_posix() for file in archives]
    return [(there, file) for there, file in list_files(path) if there.endswith(ending)], []
