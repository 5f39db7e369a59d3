"""How good a classifier is on subjects that it has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from kinefuse.checkpoint import Info, load
from kinefuse.data import MotionStore
from kinefuse.data.disturbance import drop_modality
from kinefuse.errors import CheckpointError, InputError, SplitError
from kinefuse.evaluate import metrics
from kinefuse.methods.windows import window_index
from kinefuse.nn import MultimodalClassifier
from kinefuse.predict import predict_windows
from kinefuse.recipe import Windows

__all__ = ["Evaluation", "check_classes", "check_missing", "choose_windows", "evaluate"]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a classifier got right.

    Attributes
    ----------
    accuracy, macro_f1 : float
        0 to 1, over all labelled windows.
    per_subject : polars.DataFrame
        A row a subject.
    confusion : (K, K) array of int64
        True class in rows, predicted in columns.
    classes : tuple of str
    predictions : polars.DataFrame
        A row a window, as :func:`kinefuse.predict.predict` gives, with the label.
    unlabelled, incomplete : int
        Windows that were left out: without a label, or without a modality that the model needs.
    partial : int
        Windows that took part although they lack a modality.
    """

    accuracy: float
    macro_f1: float
    per_subject: pl.DataFrame
    confusion: NDArray[np.int64]
    classes: tuple[str, ...]
    predictions: pl.DataFrame
    unlabelled: int
    incomplete: int
    partial: int = 0

    @classmethod
    def of(
        cls,
        predictions: pl.DataFrame,
        classes: Sequence[str],
        *,
        unlabelled: int = 0,
        incomplete: int = 0,
    ) -> Self:
        """Measure predictions.

        Parameters
        ----------
        predictions : polars.DataFrame
            With the columns ``subject``, ``label`` and ``predicted``, and perhaps ``lacking``.
        classes : sequence of str
        unlabelled, incomplete : int
            Windows that were left out.
        """
        label = predictions["label"].to_numpy()
        predicted = predictions["predicted"].to_numpy()
        return cls(
            accuracy=metrics.accuracy(label, predicted),
            macro_f1=metrics.macro_f1(label, predicted, n_classes=len(classes)),
            per_subject=metrics.per_subject(label, predicted, predictions["subject"]),
            confusion=metrics.confusion(label, predicted, n_classes=len(classes)),
            classes=tuple(classes),
            predictions=predictions,
            unlabelled=unlabelled,
            incomplete=incomplete,
            partial=predictions["lacking"].count() if "lacking" in predictions.columns else 0,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return all but the predictions, JSON-able."""
        return {
            "accuracy": self.accuracy,
            "macro_f1": self.macro_f1,
            "windows": len(self.predictions),
            "unlabelled": self.unlabelled,
            "incomplete": self.incomplete,
            "partial": self.partial,
            "classes": list(self.classes),
            "per_subject": self.per_subject.to_dicts(),
            "confusion": self.confusion.tolist(),
        }

    def __str__(self) -> str:
        text = (
            f"accuracy {100 * self.accuracy:.2f} %, macro F1 {100 * self.macro_f1:.2f} % "
            f"on {len(self.predictions)} windows of {len(self.per_subject)} subjects"
        )
        if self.partial:
            text += f", {self.partial} of them without a modality"
        left_out = {"without a label": self.unlabelled, "without a modality": self.incomplete}
        for why, count in left_out.items():
            if count:
                text += f"; {count} {why} left out"
        return text


def evaluate(
    checkpoint: str | Path,
    store: MotionStore,
    *,
    subjects: Sequence[str] | None = None,
    index: pl.DataFrame | None = None,
    missing: Sequence[str] = (),
    impute: Literal["mean"] | None = None,
    batch_size: int = 256,
) -> Evaluation:
    """Evaluate a classifier on the labelled windows of some subjects.

    Parameters
    ----------
    checkpoint : str or Path
        Of :func:`kinefuse.methods.finetune`.
    store : MotionStore
        With the channels, units, rates and layout of the one it was trained on.
    subjects : sequence of str, optional
        Whose windows. All, unless told.
    index : polars.DataFrame, optional
        These windows instead, of :meth:`MotionStore.window_index`.
    missing : sequence of str
        Modalities to take away from all windows first.
    impute : {"mean"}, optional
        Put the training windows' mean where a window lacks a modality. Unless told, a model that
        does without it does so, and any other leaves the window out.
    batch_size : int

    Raises
    ------
    CheckpointError
        The checkpoint is no classifier, or for other data or classes than the store's.
    SplitError
        A subject is not in the store.
    InputError
        Both ``subjects`` and ``index``; no labelled window; ``missing`` names no modality of the
        model, or one that it cannot do without.
    """
    loaded = load(checkpoint)
    model = loaded.classifier()
    loaded.check(store.schema)
    classes = loaded.info.classes
    check_classes(checkpoint, loaded.info, store)
    index = choose_windows(store, loaded.info, subjects=subjects, index=index, asked_by="evaluate")
    labelled = index.filter(pl.col("label").fill_null(-1) >= 0)
    if missing:
        check_missing(model, missing, impute=impute, asked_by="evaluate")
    for modality in missing:
        labelled = drop_modality(labelled, modality)
    predictions, incomplete = predict_windows(
        model, loaded.info, store, labelled, batch_size=batch_size, impute=impute
    )
    if predictions.is_empty():
        raise InputError("evaluate: no labelled window to evaluate on")
    return Evaluation.of(
        predictions, classes, unlabelled=len(index) - len(labelled), incomplete=incomplete
    )


def check_classes(checkpoint: str | Path, info: Info, store: MotionStore) -> None:
    """Raise CheckpointError where a classifier was made for other classes than a store's."""
    if tuple(store.classes) != info.classes:
        raise CheckpointError(
            f"{checkpoint}: made for the classes {', '.join(info.classes)}, the store has "
            f"{', '.join(store.classes)}"
        )


def check_missing(
    model: MultimodalClassifier,
    missing: Sequence[str],
    *,
    impute: str | None,
    asked_by: str,
) -> None:
    """Refuse to take modalities away from a model that needs them.

    Raises
    ------
    InputError
        The model has no such modality, no other one, or cannot do without it.
    """
    modalities = model.modalities
    if unknown := [m for m in missing if m not in modalities]:
        raise InputError(
            f"{asked_by}: missing: the model has no modality {', '.join(unknown)}; "
            f"it has {', '.join(modalities)}"
        )
    if set(missing) == set(modalities):
        raise InputError(f"{asked_by}: missing: {', '.join(modalities)} is all that the model has")
    if not model.partial and impute is None:
        raise InputError(
            f"{asked_by}: missing: this classifier needs all of {', '.join(modalities)}; train one "
            "by method 'clmm', which does without, or ask for impute='mean'"
        )


def choose_windows(
    store: MotionStore,
    info: Info,
    *,
    subjects: Sequence[str] | None,
    index: pl.DataFrame | None,
    asked_by: str,
) -> pl.DataFrame:
    """Return the windows of some subjects, cut as a checkpoint's training cut them.

    Parameters
    ----------
    store : MotionStore
    info : kinefuse.checkpoint.Info
    subjects : sequence of str, optional
        All, unless told.
    index : polars.DataFrame, optional
        These windows instead.
    asked_by : str
        Stands before the messages.

    Raises
    ------
    SplitError
        A subject is not in the store.
    InputError
        Both ``subjects`` and ``index``.
    """
    if subjects is not None and index is not None:
        raise InputError(f"{asked_by}: give subjects or an index, not both")
    if index is None:
        index = window_index(store, Windows.model_validate(info.training["windows"]))
    if subjects is None:
        return index
    wanted = [str(s) for s in subjects]
    known = set(index["subject"].cast(pl.String).unique().drop_nulls())
    if missing := [s for s in wanted if s not in known]:
        raise SplitError(
            f"{asked_by}: no subject {', '.join(missing)} in this store; "
            f"there are {', '.join(sorted(known))}"
        )
    return index.filter(pl.col("subject").cast(pl.String).is_in(wanted))
