"""A recording on its way into the store."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.array_file import ArrayFile
from kinefuse.data.manifest import WHO
from kinefuse.data.marks import Marks
from kinefuse.data.schema import ModalitySchema

__all__ = ["Entry", "Samples", "note_labels"]


@dataclass(frozen=True, eq=False)
class Samples:
    """One modality of one recording, on a uniform grid.

    ``data`` (rows, C) or (rows, J, D) float32 holds only what is there, in memory or, where it is
    large, in a file; ``gaps`` (G, 2) int64 says before which row how many grid steps are missing;
    ``labels`` (rows,) int32 holds a number for what was done at each row, -1 for nothing known, and
    ``label_names`` the name of each number, in the order in which they first appear. ``unlabelled``
    is how many rows have none; ``measured_hz`` the rate of each stream's clock that was measured;
    ``marks`` where something was repaired or filled.
    """

    data: NDArray[np.float32] | ArrayFile
    schema: ModalitySchema
    start_s: float
    gaps: NDArray[np.int64]
    labels: NDArray[np.int32] | ArrayFile | None = None
    label_names: Mapping[int, str] = field(default_factory=dict)
    unlabelled: int = 0
    measured_hz: Mapping[str, float] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)

    def discard(self) -> None:
        """Remove what is in files."""
        for rows in (self.data, self.labels):
            if isinstance(rows, ArrayFile):
                rows.discard()


@dataclass(frozen=True, eq=False)
class Entry:
    """One recording: who and what, and its samples by modality."""

    id: str
    dataset: str
    subject: str
    activity: str | None
    session: str | None
    trial: str | None
    source: list[str]
    sha256: list[str]
    samples: Mapping[str, Samples]
    scene: str | None = None
    view: str | None = None

    def discard(self) -> None:
        """Remove what is in files: it will not be stored."""
        for samples in self.samples.values():
            samples.discard()

    def row(self) -> dict[str, Any]:
        """Return who and what it is, as the table of recordings has it."""
        return {name: getattr(self, name) for name in WHO} | {
            "source": self.source,
            "sha256": self.sha256,
        }


def note_labels(seen: dict[int, None], labels: NDArray[np.int32]) -> int:
    """Add the numbers among ``labels`` that are new to ``seen``, in the order of their rows.

    Returns how many rows have no label.
    """
    count = np.bincount(labels + 1, minlength=1)
    there = np.flatnonzero(count[1:])
    new = [number for number in there.tolist() if number not in seen]
    seen |= dict.fromkeys(sorted(new, key=lambda number: int(np.argmax(labels == number))))
    return int(count[0])
