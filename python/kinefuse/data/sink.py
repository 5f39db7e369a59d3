"""Where the gridded rows of one modality of a recording are kept until they are stored."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.array_file import ArrayFile
from kinefuse.data.disk import writing
from kinefuse.data.samples import note_labels

__all__ = ["SPOOL_BYTES", "RowSink"]

SPOOL_BYTES = 2**25
"""A recording that gets larger than this goes to files."""

Rows = NDArray[Any] | ArrayFile


class RowSink:
    """Collects rows and labels: in memory, or beyond ``SPOOL_BYTES`` in files.

    Parameters
    ----------
    shape : tuple of int
        Of one row.
    labelled : bool
        Whether rows come with the numbers of activities.
    spool : Path, optional
        What the files' names begin with; without it everything stays in memory.
    """

    def __init__(self, shape: tuple[int, ...], *, labelled: bool, spool: Path | None) -> None:
        self._spool = spool
        self._columns = [_Column("rows", np.float32, shape)]
        if labelled:
            self._columns.append(_Column("labels", np.int32, ()))
        self._seen: dict[int, None] = {}
        self.unlabelled = 0

    def append(self, data: NDArray[np.float32], labels: NDArray[np.int32] | None) -> None:
        """Add rows, and a number for each (-1: none)."""
        columns: list[NDArray[Any]] = [data]
        if labels is not None:
            self.unlabelled += note_labels(self._seen, labels)
            columns.append(labels)
        for column, rows in zip(self._columns, columns, strict=True):
            column.append(rows)
        first = self._columns[0]
        if self._spool is not None and (first.in_file or first.nbytes > SPOOL_BYTES):
            with writing(self._spool.parent):
                for column in self._columns:
                    column.move(self._spool)

    def take(self) -> tuple[Rows, Rows | None, list[int]]:
        """Return rows, labels, and the labels' numbers in the order in which they appear."""
        data, *labels = [column.take() for column in self._columns]
        return data, labels[0] if labels else None, list(self._seen)

    def discard(self) -> None:
        """Remove what is in files."""
        for column in self._columns:
            column.discard()


class _Column:
    def __init__(self, name: str, dtype: Any, shape: tuple[int, ...]) -> None:
        self._name, self._dtype, self._shape = name, dtype, shape
        self._parts: list[NDArray[Any]] = []
        self._file: ArrayFile | None = None

    @property
    def in_file(self) -> bool:
        return self._file is not None

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self._parts)

    def append(self, rows: NDArray[Any]) -> None:
        self._parts.append(rows)

    def move(self, spool: Path) -> None:
        if self._file is None:
            path = spool.with_name(f"{spool.name}-{self._name}.npy")
            self._file = ArrayFile(path, self._dtype, self._shape)
        for part in self._parts:
            self._file.append(part)
        self._parts = []

    def take(self) -> Rows:
        if self._file is not None:
            for part in self._parts:
                self._file.append(part)
            self._parts = []
            return self._file
        if len(self._parts) == 1:
            return self._parts[0]
        return np.concatenate([np.empty((0, *self._shape), self._dtype), *self._parts])

    def discard(self) -> None:
        if self._file is not None:
            self._file.discard()
