"""Files that belong together because their names say so."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from kinefuse.errors import FormatError

__all__ = ["group_takes"]

Take = TypeVar("Take")


def group_takes(
    path: Path,
    ending: str,
    name: re.Pattern[str],
    take_and_part: Callable[[re.Match[str]], tuple[Take, str]],
    *,
    dataset: str,
) -> tuple[dict[Take, dict[str, Path]], tuple[str, ...]]:
    """Group the files below a folder by take, each part of a take one file.

    Parameters
    ----------
    path : Path
    ending : str
        Of the files to look at: ``".csv"``.
    name : Pattern
        Of a whole file name; files with other names are ignored.
    take_and_part : callable
        What a matched name says.
    dataset : str
        For messages.

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
        Two files are the same part of one take.
    """
    if not path.exists():
        raise FileNotFoundError(f"{dataset}: no such folder: {path}")
    takes: dict[Take, dict[str, Path]] = {}
    ignored = []
    for file in sorted(path.rglob(f"*{ending}")):
        match = name.fullmatch(file.name)
        if match is None:
            ignored.append(file.relative_to(path).as_posix())
            continue
        take, part = take_and_part(match)
        files = takes.setdefault(take, {})
        if part in files:
            raise FormatError(f"{dataset}: two files of one name: {files[part]}, {file}")
        files[part] = file
    return takes, tuple(ignored)
