"""The shard that is being written."""

from pathlib import Path
from typing import Any

import numpy as np

from kinefuse.data.array_file import ArrayFile
from kinefuse.data.manifest import LABELS
from kinefuse.data.samples import Entry, Samples

PIECE_ROWS = 2**22

__all__ = ["OpenShard", "fill_labels"]


class OpenShard:
    """Rows of recordings, appended to files under temporary names.

    Parameters
    ----------
    path : Path
        The store's folder.
    number : int
        The shard's.
    classes : list of str
        Grows by the activities that are new.
    label_modality : str, optional
        The modality whose rows carry labels, once one does.

    Attributes
    ----------
    recordings : list of dict
        Their rows in the table.
    label_modality : str or None
    """

    def __init__(
        self, path: Path, number: int, classes: list[str], label_modality: str | None
    ) -> None:
        self.recordings: list[dict[str, Any]] = []
        self.label_modality = label_modality
        self._path, self._number, self._classes = path, number, classes
        self._files: dict[str, ArrayFile] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of samples so far."""
        return sum(file.nbytes for name, file in self._files.items() if name != LABELS)

    def add(self, entry: Entry) -> None:
        """Append a recording; its files are gone then."""
        if entry.activity is not None:
            self._class_number(entry.activity)
        row = entry.row()
        for modality, samples in entry.samples.items():
            file = self._file(modality, samples)
            row[modality] = {
                "rate_hz": samples.schema.rate_hz,
                "shard": self._number,
                "start": file.rows,
                "rows": len(samples.data),
                "start_s": samples.start_s,
                "gaps": samples.gaps.tolist(),
            }
            if isinstance(samples.data, ArrayFile):
                file.take_over(samples.data)
            else:
                file.append(samples.data)
            if samples.labels is not None:
                self.label_modality = modality
        self._add_labels(entry, row)
        self.recordings.append(row)

    def finish(self) -> dict[str, dict[str, Any]]:
        """Close the files and give them their names. Returns rows, bytes and checksum of each."""
        if self.label_modality is not None:
            self._labels()
        return {
            name: file.finish(self._path / name)
            for name, file in (
                (f"{name}-{self._number:05d}.npy", file) for name, file in self._files.items()
            )
        }

    def discard(self) -> None:
        """Remove the files."""
        for file in self._files.values():
            file.discard()

    def _file(self, modality: str, samples: Samples) -> ArrayFile:
        if modality not in self._files:
            self._files[modality] = ArrayFile(
                self._temporary(modality), np.float32, samples.schema.shape
            )
        return self._files[modality]

    def _temporary(self, name: str) -> Path:
        return self._path / f".{name}-{self._number:05d}.npy.tmp"

    def _labels(self) -> ArrayFile:
        """Return the file of labels, begun with those of the recordings that are there."""
        if LABELS not in self._files:
            file = self._files[LABELS] = ArrayFile(self._temporary(LABELS), np.int32, ())
            assert self.label_modality is not None
            fill_labels(file, self.recordings, self.label_modality, self._classes)
        return self._files[LABELS]

    def _add_labels(self, entry: Entry, row: dict[str, Any]) -> None:
        if self.label_modality is None:
            return
        file = self._labels()
        samples = entry.samples.get(self.label_modality)
        if samples is None:
            return
        if samples.labels is None:
            fill_labels(file, [row], self.label_modality, self._classes)
            return
        names = samples.label_names
        numbers = np.full(max(names, default=-1) + 2, -1, dtype=np.int32)  # -1 finds the last
        for number, name in names.items():
            numbers[number] = self._class_number(name)
        if isinstance(samples.labels, ArrayFile):
            if all(numbers[number] == number for number in names):
                file.take_over(samples.labels)
                return
            for piece in samples.labels.pieces():
                file.append(numbers[piece])
            samples.labels.discard()
        else:
            for begin in range(0, len(samples.labels), PIECE_ROWS):
                file.append(numbers[samples.labels[begin : begin + PIECE_ROWS]])

    def _class_number(self, name: str) -> int:
        if name not in self._classes:
            self._classes.append(name)
        return self._classes.index(name)


def fill_labels(
    file: ArrayFile, rows: list[dict[str, Any]], modality: str, classes: list[str]
) -> None:
    """Append the labels of recordings that are one activity throughout, or unlabelled."""
    for row in rows:
        if modality in row:
            name = row["activity"]
            file.fill(-1 if name is None else classes.index(name), row[modality]["rows"])
