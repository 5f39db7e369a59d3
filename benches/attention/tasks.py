"""Windows whose label is not plain to see: long, spliced and noisy ones, from real recordings."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse import readers
from kinefuse.augment import inertial
from kinefuse.data import BatchLoader, MotionStore, Prepare, channel_statistics, ingest

__all__ = ["TASKS", "Set", "Task", "load"]

COPIES = 8
"""Augmented copies of each recording that training draws from."""
FOLDERS = {"hapt": "hapt-raw"}


@dataclass(frozen=True)
class Task:
    """What is asked of a window.

    ``build`` is how windows are made: ``"single"``: a recording or a piece of one; ``"find"``: four
    recordings of a person end to end, one of a class that counts and three of classes that never
    do; ``"repeat"``: four, of which two are of one class, which is asked for. ``noise`` is in
    standard deviations of a channel. Windows have ``steps`` samples, spliced ones in four parts.
    """

    name: str
    says: str
    dataset: str
    build: str
    steps: int
    noise: float = 0.0
    length_s: float | None = None
    epoch: int = 0
    """Windows that are drawn anew for each pass of training; 0 for all that there are."""


TASKS = (
    Task("repeat", "which of 27 activities is done twice in four recordings end to end",
         "utd-mhad", "repeat", 128, epoch=512),
    Task("find-noise", "one of 14 activities among three of 13 others, noise of one deviation",
         "utd-mhad", "find", 128, 1.0, epoch=512),
    Task("noise", "a trimmed recording, 27 activities, noise of two deviations",
         "utd-mhad", "single", 96, 2.0),
    Task("center", "12 activities, the one in the middle of 12.8 s", "hapt", "single", 192,
         length_s=12.8),
    Task("plain", "a trimmed recording, 27 activities", "utd-mhad", "single", 96),
)  # fmt: skip
SUBJECTS = {
    "utd-mhad": {"train": "135", "validation": "7", "test": "2468"},
    "hapt": {"train": "1234", "validation": "5", "test": "678"},
}


@dataclass(frozen=True)
class Set:
    """Pieces of recordings: ``x`` (copies, N, C, T), each with its label and subject."""

    x: NDArray[np.float32]
    label: NDArray[np.int64]
    subject: NDArray[np.str_]

    def draw(
        self, task: Task, random: np.random.Generator, n: int
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return windows of a task ``(N, C, T)`` and their labels; for single ones, all."""
        if task.build == "single":
            x = self.x[random.integers(len(self.x), size=len(self.label)), range(len(self.label))]
            label = self.label
        else:
            rows, label = splice(task.build, self.label, self.subject, random, n)
            parts = self.x[random.integers(len(self.x), size=rows.shape), rows]
            x = parts.transpose(0, 2, 1, 3).reshape(n, parts.shape[2], -1)
        noise = task.noise * random.standard_normal(x.shape, dtype=np.float32)
        return (x + noise if task.noise else x), label


def splice(
    build: str,
    label: NDArray[np.int64],
    subject: NDArray[np.str_],
    random: np.random.Generator,
    n: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of four parts of each window ``(n, 4)`` and the windows' labels."""
    rows = np.empty((n, 4), dtype=np.int64)
    wanted = np.empty(n, dtype=np.int64)
    of = {s: np.flatnonzero(subject == s) for s in np.unique(subject)}
    for i in range(n):
        own = random.permutation(of[str(random.choice(list(of)))])
        classes = label[own]
        if build == "find":
            chosen = own[classes % 2 == 0][:1]
            others = own[classes % 2 == 1][:3]
            wanted[i] = label[chosen[0]] // 2
        else:
            _, first, count = np.unique(classes, return_index=True, return_counts=True)
            wanted[i] = random.choice(classes[first[count > 1]])
            chosen = own[classes == wanted[i]][:2]
            singles = random.permutation(first[classes[first] != wanted[i]])
            others = own[singles[:2]]
        rows[i] = random.permutation(np.concatenate([chosen, others]))
    return rows, wanted


def load(task: Task, data: Path, stores: Path) -> dict[str, Set]:
    """Read the recordings of a task by part: z-scored by training, training augmented."""
    path = stores / task.dataset
    ingest(readers.get(task.dataset), data / FOLDERS.get(task.dataset, task.dataset), path)
    store = MotionStore(path)
    modalities = [m for m in store.modalities if m != "skeleton"]
    stride = None if task.length_s is None else task.length_s / 8
    index = store.window_index(length_s=task.length_s, stride_s=stride, label_rule="center")
    whole = pl.all_horizontal(pl.col(f"{m}_rows") > 0 for m in modalities)
    index = index.filter(whole & (pl.col("label") >= 0))
    parts = {
        part: index.filter(pl.col("subject").is_in(list(people)))
        for part, people in SUBJECTS[task.dataset].items()
    }
    length = task.steps if task.build == "single" else task.steps // 4
    prepare = {}
    for m in modalities:
        plain = Prepare(length, "linear" if task.length_s is None else "fourier")
        known = channel_statistics(store, parts["train"], m, plain)
        prepare[m] = replace(plain, mean=known.mean, std=known.std)
    return {
        part: _read(store, rows, prepare, COPIES if part == "train" else 1)
        for part, rows in parts.items()
    }


def _read(store: MotionStore, index: pl.DataFrame, prepare: dict[str, Any], copies: int) -> Set:
    plan = (
        inertial.CropResize(min=0.8, shared=True)
        | inertial.TimeWarp(sigma=0.1, shared=True)
        | inertial.Rotation(max_deg=10.0)
        | inertial.Scaling(sigma=0.1, per="all")
    )
    loader = BatchLoader(
        store,
        index,
        prepare=prepare,
        plans=dict.fromkeys(prepare, plan) if copies > 1 else {},
        n_views=copies,
        shuffle=False,
    )
    x = [np.concatenate([np.asarray(b[m]) for m in prepare], axis=2) for b in loader]
    return Set(
        np.concatenate(x, axis=1),
        index["label"].to_numpy(),
        index["subject"].to_numpy().astype(str),
    )
