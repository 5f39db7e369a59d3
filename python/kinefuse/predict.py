"""From a checkpoint and recordings to activities."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl

from kinefuse._extras import needs_extra
from kinefuse.data import MotionStore
from kinefuse.errors import InputError

with needs_extra("train", "kinefuse.predict"):
    import torch
    from torch import Tensor

    from kinefuse.checkpoint import Info, load
    from kinefuse.methods.windows import complete, loader, window_index
    from kinefuse.nn import MultimodalClassifier
    from kinefuse.recipe import Windows

__all__ = ["Change", "is_standardized", "predict", "predict_windows"]

Change = Callable[[Mapping[str, Tensor], Tensor], Mapping[str, Tensor]]
"""Given a batch's modalities and window ids, returns the modalities otherwise."""


def predict(
    checkpoint: str | Path,
    store: MotionStore,
    *,
    index: pl.DataFrame | None = None,
    batch_size: int = 256,
) -> pl.DataFrame:
    """Predict the activity of every window of a store.

    Parameters
    ----------
    checkpoint : str or Path
        Of :func:`kinefuse.methods.finetune`.
    store : MotionStore
        With the channels, units, rates and layout of the one it was trained on; labels are not
        needed.
    index : polars.DataFrame, optional
        These windows only, of :meth:`MotionStore.window_index`. Unless given, recordings are cut
        as for training.
    batch_size : int

    Returns
    -------
    polars.DataFrame
        ``window, recording, subject``, ``start_s`` and ``end_s`` (seconds from the recording's
        first sample), ``activity`` (predicted), ``probability`` (of it), ``lacking`` (modalities of
        the model that the window has not, between commas; null for none). A model that cannot do
        without (``partial`` of its class is false) gives such a window neither activity nor
        probability: both are null; no model does without any modality.

    Raises
    ------
    CheckpointError
        The checkpoint is no classifier, or for other data than the store's.
    """
    loaded = load(checkpoint)
    model = loaded.classifier()
    loaded.check(store.schema)
    if index is None:
        index = window_index(store, Windows.model_validate(loaded.info.training["windows"]))
    made, _ = predict_windows(model, loaded.info, store, index, batch_size=batch_size)
    modalities = model.modalities
    table = index.with_columns(lacking=_lacking(modalities)).join(
        made.select("window", "predicted_activity", "probability"), on="window", how="left",
        maintain_order="left",
    )  # fmt: skip
    first = store.recordings.select(
        pl.col("id").alias("recording"),
        *(pl.col(f"{m}_{what}").alias(f"_{m}_{what}") for m in modalities
          for what in ("start", "start_s")),
    )  # fmt: skip
    table = table.join(first, on="recording", how="left", maintain_order="left")
    return table.with_columns(_times(loaded.info, modalities)).select(
        "window", "recording", "subject", "start_s", "end_s",
        pl.col("predicted_activity").alias("activity"), "probability", "lacking",
    )  # fmt: skip


@torch.no_grad()
def predict_windows(
    model: MultimodalClassifier,
    info: Info,
    store: MotionStore,
    index: pl.DataFrame,
    *,
    batch_size: int = 256,
    impute: Literal["mean"] | None = None,
    change: Change | None = None,
) -> tuple[pl.DataFrame, int]:
    """Predict the windows of an index that the model can do with.

    Those are the complete ones; for a model that does without modalities (its ``partial`` is true),
    or with ``impute``, all that have at least one.

    Parameters
    ----------
    model : MultimodalClassifier
    info : Info
        Of its checkpoint.
    store, index, batch_size
        As for :func:`predict`.
    impute : {"mean"}, optional
        Put the mean of the training windows, zero after standardisation, where a modality is
        missing, and let the model take it for real.
    change : callable, optional
        Given each batch's modalities ``(B, ...)`` and window ids ``(B,)``, returns the modalities
        as the model shall see them.

    Returns
    -------
    polars.DataFrame
        Those windows with ``predicted`` (class number), ``predicted_activity``, ``probability``,
        and ``lacking``: the modalities of the model that a window has not, null for none.
    int
        How many windows were left out.

    Raises
    ------
    InputError
        ``impute`` for a modality that the model does not standardise.
    """
    if impute is not None:
        _check_imputable(info, model.modalities)
    found = complete(index, model.modalities, partial=model.partial or impute is not None)
    scores = [np.empty((0, len(info.classes)), dtype=np.float32)]
    if len(found.index):
        prepared = {name: values.prepare for name, values in info.inputs.items()}
        model.eval()
        for numpy_batch in loader(store, found.index, prepared, batch_size=batch_size):
            batch = numpy_batch.torch()
            x = {m: batch[m][0] for m in model.modalities}
            if change is not None:
                x = dict(change(x, batch.window))
            present = {m: batch.present[m] for m in model.modalities}
            if impute is None:
                logits = model(x, present)
            else:
                logits = model({m: _filled(model, m, rows, present[m]) for m, rows in x.items()})
            scores.append(logits.softmax(1).numpy())
    probability = np.concatenate(scores)
    predicted = probability.argmax(1) if len(probability) else np.empty(0, dtype=np.int64)
    table = found.index.with_columns(
        lacking=_lacking(model.modalities),
        predicted=pl.Series(predicted, dtype=pl.Int64),
        predicted_activity=pl.Series([info.classes[k] for k in predicted], dtype=pl.String),
        probability=pl.Series(probability.max(1, initial=0.0), dtype=pl.Float32),
    )
    return table, found.incomplete


def _lacking(modalities: tuple[str, ...]) -> pl.Expr:
    """Return the names of the modalities that a window has no rows of, null for none."""
    names = [
        pl.when(pl.col(f"{m}_rows").fill_null(0) == 0).then(pl.lit(m)).otherwise(None)
        for m in modalities
    ]
    text = pl.concat_str(names, separator=", ", ignore_nulls=True)
    return pl.when(text == "").then(None).otherwise(text)


def _filled(model: MultimodalClassifier, modality: str, x: Tensor, present: Tensor) -> Tensor:
    """Put the mean where a window lacks the modality."""
    if modality in model.inputs:
        return x  # The network standardises, and then takes NaN for the mean itself.
    return torch.where(present.reshape(-1, *[1] * (x.ndim - 1)), x, 0.0)


def is_standardized(info: Info, modality: str) -> bool:
    """Whether a model sees a modality as deviations from its training windows' mean."""
    settings = info.training.get("recipe", {}).get("modalities", {}).get(modality, {})
    asked = settings.get("prepare", {}).get("standardize", "channel")
    return asked != "none" and info.inputs[modality].prepare.get("mean") is not None


def _check_imputable(info: Info, modalities: tuple[str, ...]) -> None:
    for m in modalities:
        if not is_standardized(info, m):
            raise InputError(
                f"impute: {m} is not standardised by its training windows' mean, so there is none "
                "to impute"
            )


def _times(info: Info, modalities: tuple[str, ...]) -> list[pl.Expr]:
    """Return where windows begin and end, in seconds, by the first modality that they have."""
    reference = modalities[0]
    begins, ends = [], []
    for m in modalities:
        here = pl.col(f"{m}_rows").fill_null(0) > 0
        rate = info.inputs[m].rate_hz
        apart = (pl.col(f"_{m}_start_s") - pl.col(f"_{reference}_start_s")).fill_null(0.0)
        rows = pl.col(f"{m}_start") - pl.col(f"_{m}_start")
        begins.append(pl.when(here).then(rows / rate + apart))
        ends.append(pl.when(here).then((rows + pl.col(f"{m}_rows")) / rate + apart))
    return [pl.coalesce(begins).alias("start_s"), pl.coalesce(ends).alias("end_s")]
