"""The recordings that a table is made of, and where they lie."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kinefuse.errors import InputError
from kinefuse.readers import Reader

__all__ = ["UTD_MHAD", "Dataset", "find_folders"]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """Recordings that a table needs.

    Parameters
    ----------
    name : str
        As the cells name it, and its store's folder is called.
    reader : str or Reader
        What ingests the raw recordings.
    protocol : str
        Subjects of training/validation/test; what the cells have that name no other.
    folders : tuple of str
        What the folder of the raw recordings may be called; case and punctuation do not count. Its
        own name, unless told.

    Examples
    --------
    >>> Dataset(name="utd-mhad", reader="utd-mhad", protocol="1,3,5/7/2,4,6,8").folders
    ('utd-mhad',)
    """

    name: str
    reader: str | Reader
    protocol: str
    folders: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.folders:
            object.__setattr__(self, "folders", (self.name,))


UTD_MHAD = Dataset(
    name="utd-mhad", reader="utd-mhad", protocol="1,3,5/7/2,4,6,8", folders=("UTD-MHAD",)
)
"""By the cross-subject split of CMC-CMKM."""


def find_folders(datasets: Sequence[Dataset], data: str | Path) -> dict[str, Path]:
    """Find the raw recordings of each data set in a folder.

    Parameters
    ----------
    datasets : sequence of Dataset
    data : str or Path
        A folder that holds one of theirs for each; or the folder of one of them itself. Whatever it
        is called, it is taken for that of the only one there is.

    Returns
    -------
    dict of str to Path
        By name of data set; those that are not there are left out.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    InputError
        It holds none of several data sets.
    """
    data = Path(data)
    if not data.is_dir():
        raise FileNotFoundError(f"no such folder: {data}")
    inside = {_plain(path.name): path for path in sorted(data.iterdir()) if path.is_dir()}
    found = _named(datasets, inside)
    if not found:
        found = _named(datasets, {_plain(data.resolve().name): data})
    if not found and len({d.folders for d in datasets}) == 1:
        found = {dataset.name: data for dataset in datasets}
    if not found:
        names = ", ".join(dict.fromkeys(d.folders[0] for d in datasets))
        raise InputError(f"{data}: holds no folder called {names}; give the one that holds them")
    return found


def _named(datasets: Sequence[Dataset], folders: Mapping[str, Path]) -> dict[str, Path]:
    found = {}
    for dataset in datasets:
        for name in dataset.folders:
            if _plain(name) in folders:
                found[dataset.name] = folders[_plain(name)]
                break
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
