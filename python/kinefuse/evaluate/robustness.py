"""How a classifier bears windows that lack a modality, are noisy, or are out of step."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from zlib import crc32

import numpy as np
import polars as pl
import torch
from torch import Tensor

from kinefuse.checkpoint import Info, load
from kinefuse.data import MotionStore
from kinefuse.data.atomic import atomic_write
from kinefuse.data.disturbance import drop_modality, shift_modality
from kinefuse.errors import InputError
from kinefuse.evaluate import metrics
from kinefuse.evaluate.pictures import write_picture
from kinefuse.evaluate.protocol import check_classes, choose_windows
from kinefuse.evaluate.report.disturbances import accuracy_when_disturbed
from kinefuse.methods.windows import complete
from kinefuse.nn import MultimodalClassifier
from kinefuse.predict import Change, is_standardized, predict_windows

__all__ = ["Robustness", "measure_robustness"]

Progress = Callable[[int, int, str], None]
"""Called with the number of conditions done, their number in all, and the next one's name."""


@dataclass(frozen=True, eq=False)
class Robustness:
    """What disturbances cost.

    Attributes
    ----------
    table : polars.DataFrame
        A row a disturbance (``"missing"``, ``"noise"``, ``"shift"``), ``modality`` and ``level``:
        ``accuracy``, ``macro_f1``, ``partial`` (windows that lacked a modality), and a ``note``
        where the model cannot be asked, whose numbers are null.
    windows : int
        Whole, labelled windows, the same at every level.
    left_out : int
        Windows without a label or without a modality.
    seed : int
    impute : str or None
    """

    table: pl.DataFrame
    windows: int
    left_out: int
    seed: int
    impute: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return all, JSON-able."""
        return {
            "windows": self.windows,
            "left_out": self.left_out,
            "seed": self.seed,
            "impute": self.impute,
            "table": self.table.to_dicts(),
        }

    def write(self, path: str | Path, *, title: str = "Robustness") -> Path:
        """Write the curves, as ``.svg`` or as a page (``.html``), and the numbers as JSON beside.

        Raises
        ------
        InputError
            The path ends in something else.
        """
        lacking = {None: "left out", "mean": "replaced by the training mean"}[self.impute]
        caption = (
            f"{self.windows} windows; draws by seed {self.seed}. Missing: the share of windows "
            "without the modality. Noise: Gaussian, in standard deviations of the training "
            "windows. Shift: the modality taken so much later than the others. What is missing is "
            f"{lacking}."
        )
        written = write_picture(
            path, accuracy_when_disturbed(self.table), title=title, caption=caption
        )
        with atomic_write(written.with_suffix(".json")) as file:
            file.write((json.dumps(self.to_dict(), indent=1) + "\n").encode())
        return written


def measure_robustness(
    checkpoint: str | Path,
    store: MotionStore,
    *,
    subjects: Sequence[str] | None = None,
    index: pl.DataFrame | None = None,
    missing: Sequence[float] = (0, 0.25, 0.5, 0.75, 1),
    noise: Sequence[float] = (0, 0.25, 0.5, 1, 2),
    shift_s: Sequence[float] = (0, 0.25, 0.5, 1),
    impute: Literal["mean"] | None = None,
    seed: int = 0,
    batch_size: int = 256,
    progress: Progress | None = None,
) -> Robustness:
    """Evaluate a classifier on windows that are made worse, one modality at a time.

    All levels use the same windows: those with a label and every modality. A window that lacks a
    modality at one share lacks it at every larger one; noise is the same but for its size.

    Parameters
    ----------
    checkpoint : str or Path
        Of :func:`kinefuse.methods.finetune`.
    store, subjects, index
        As for :func:`kinefuse.evaluate.evaluate`.
    missing : sequence of float
        Shares of the windows that lack the modality
        (:func:`kinefuse.data.disturbance.drop_modality`).
    noise : sequence of float
        Standard deviations of Gaussian noise, in those of the training windows.
    shift_s : sequence of float
        Seconds by which the modality is taken too late
        (:func:`kinefuse.data.disturbance.shift_modality`).
    impute : {"mean"}, optional
        As for :func:`kinefuse.evaluate.evaluate`. Unless told, a model that cannot do without a
        modality is not asked to; the table says so.
    seed : int
        Of what is drawn.
    batch_size : int
    progress : callable, optional

    Returns
    -------
    Robustness

    Raises
    ------
    CheckpointError, SplitError
        As for :func:`kinefuse.evaluate.evaluate`.
    InputError
        A level out of range, both ``subjects`` and ``index``, or no whole window with a label.
    """
    _check_levels(missing, noise, shift_s)
    loaded = load(checkpoint)
    model = loaded.classifier()
    loaded.check(store.schema)
    check_classes(checkpoint, loaded.info, store)
    chosen = choose_windows(store, loaded.info, subjects=subjects, index=index,
                            asked_by="measure_robustness")  # fmt: skip
    labelled = chosen.filter(pl.col("label").fill_null(-1) >= 0)
    whole = complete(labelled, model.modalities).index
    if whole.is_empty():
        raise InputError(
            f"measure_robustness: no labelled window has all of {', '.join(model.modalities)}"
        )
    levels = {"missing": missing, "noise": noise, "shift": shift_s}
    conditions = [
        (kind, m, float(level))
        for kind in levels
        for m in model.modalities
        for level in levels[kind]
    ]
    rows: list[dict[str, Any]] = []
    plain: dict[str, Any] = {}
    for done, (kind, modality, level) in enumerate(conditions):
        if progress:
            progress(done, len(conditions), f"{kind} {modality} {level:g}")
        note = _why_not(kind, modality, level, model, loaded.info, impute)
        found: dict[str, Any] = {"accuracy": None, "macro_f1": None, "partial": None}
        if note is None and (level or not plain):
            worse, change = _disturbed(kind, modality, level, store, whole, model, seed)
            predictions, _ = predict_windows(
                model, loaded.info, store, worse,
                batch_size=batch_size, impute=impute, change=change,
            )  # fmt: skip
            found = _measured(predictions, len(loaded.info.classes))
        elif note is None:
            found = plain
        if not level:
            plain = found
        rows.append({"disturbance": kind, "modality": modality, "level": level, **found,
                     "note": note})  # fmt: skip
    if progress:
        progress(len(conditions), len(conditions), "")
    schema = {"disturbance": pl.String, "modality": pl.String, "level": pl.Float64,
              "accuracy": pl.Float64, "macro_f1": pl.Float64, "partial": pl.Int64,
              "note": pl.String}  # fmt: skip
    return Robustness(
        pl.DataFrame(rows, schema), len(whole), len(chosen) - len(whole), seed, impute
    )


def _disturbed(
    kind: str,
    modality: str,
    level: float,
    store: MotionStore,
    index: pl.DataFrame,
    model: MultimodalClassifier,
    seed: int,
) -> tuple[pl.DataFrame, Change | None]:
    """Return the windows of a condition, and what happens to their batches."""
    if kind == "missing":
        return drop_modality(index, modality, share=level, seed=seed), None
    if kind == "shift":
        return shift_modality(store, index, modality, level), None
    return index, _noisy(model, modality, level, seed) if level else None


def _noisy(model: MultimodalClassifier, modality: str, level: float, seed: int) -> Change:
    """Return what adds noise, drawn for each window by itself whatever batch it is in."""
    scale: Tensor | float = level
    if modality in model.inputs:
        # Its batches are in physical units; the network standardises them.
        scale = level * model.inputs[modality].get_buffer("std")
    number = crc32(modality.encode())

    def add(x: Mapping[str, Tensor], window: Tensor) -> dict[str, Tensor]:
        rows = x[modality]
        draws = [
            np.random.default_rng([seed, number, w]).standard_normal(
                tuple(rows.shape[1:]), dtype=np.float32
            )
            for w in window.tolist()
        ]
        return {**x, modality: rows + scale * torch.from_numpy(np.stack(draws))}

    return add


def _why_not(
    kind: str,
    modality: str,
    level: float,
    model: MultimodalClassifier,
    info: Info,
    impute: str | None,
) -> str | None:
    """Return why a model cannot be asked, or None."""
    if not level:
        return None
    if kind != "noise" and len(model.modalities) < 2:
        return "the model has no other modality"
    if kind == "missing" and not model.partial and impute is None:
        return "the model needs every modality"
    if kind == "noise" and not is_standardized(info, modality):
        return "the modality is not standardised"
    if kind == "shift" and info.inputs[modality].prepare.get("resize") == "none":
        return "windows are not resized, and a shift may shorten them"
    return None


def _measured(predictions: pl.DataFrame, n_classes: int) -> dict[str, Any]:
    label, said = (predictions[name].to_numpy() for name in ("label", "predicted"))
    return {
        "accuracy": metrics.accuracy(label, said),
        "macro_f1": metrics.macro_f1(label, said, n_classes=n_classes),
        "partial": predictions["lacking"].count(),
    }


def _check_levels(*levels: Sequence[float]) -> None:
    for name, values, most in zip(
        ("missing", "noise", "shift_s"), levels, (1.0, np.inf, np.inf), strict=True
    ):
        for value in values:
            if not (0 <= value <= most and np.isfinite(value)):
                upto = " to 1" if most == 1 else ""
                raise InputError(
                    f"measure_robustness: {name}: expected numbers from 0{upto}, got {value}"
                )
