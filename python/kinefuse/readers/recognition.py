"""Which reader fits a file or a folder, and why."""

import warnings
from pathlib import Path
from typing import NamedTuple

from kinefuse.errors import ConfigError, KinefuseWarning
from kinefuse.readers.registry import about, find, names

__all__ = ["Match", "recognize"]


class Match(NamedTuple):
    """A reader that fits, and the reason."""

    reader: str
    reason: str


def recognize(path: str | Path) -> list[Match]:
    """Guess which readers fit a file, a folder or an archive.

    Names are looked at, of large folders only the first, and the beginnings of a few files.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    list of Match
        Readers of data sets; if there is none, those of formats; empty if none fits.

    Raises
    ------
    FileNotFoundError
        There is no such file or folder.

    Warns
    -----
    KinefuseWarning
        The reader of a package cannot be loaded, and is not asked.

    Examples
    --------
    >>> _ = Path("a1_s1_t1_inertial.mat").write_bytes(b"")
    >>> recognize(".")[0]
    Match(reader='utd-mhad', reason='1 of 1 files named like a1_s1_t1_inertial.mat')
    """
    path = Path(path)
    if not path.exists():
        raise FileNotFoundError(f"no such file or folder: {path}")
    data_sets: list[Match] = []
    others: list[Match] = []
    for name in names():
        try:
            look, told = getattr(find(name), "recognize", None), about(name)
        except ConfigError as error:
            warnings.warn(str(error), KinefuseWarning, stacklevel=2)
            continue
        reason = None if look is None else look(path)
        if reason:
            is_data_set = told is not None and told.kind == "data set"
            (data_sets if is_data_set else others).append(Match(name, reason))
    return data_sets or others
