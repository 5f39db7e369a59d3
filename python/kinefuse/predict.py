"""From a checkpoint and recordings to activities."""

from pathlib import Path

import numpy as np
import polars as pl

from kinefuse._extras import needs_extra
from kinefuse.data import MotionStore

with needs_extra("train", "kinefuse.predict"):
    import torch

    from kinefuse.checkpoint import Info, load
    from kinefuse.methods.windows import complete, loader, window_index
    from kinefuse.nn import MultimodalClassifier
    from kinefuse.recipe import Windows

__all__ = ["predict", "predict_windows"]


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
        first sample), ``activity`` (predicted), ``probability`` (of it). A window that lacks a
        modality of the model has neither: both are null.

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
    table = index.join(made.select("window", "predicted_activity", "probability"), on="window",
                       how="left", maintain_order="left")  # fmt: skip
    modality = model.modalities[0]
    rate = loaded.info.inputs[modality].rate_hz
    first = store.recordings.select(
        pl.col("id").alias("recording"), pl.col(f"{modality}_start").alias("_first")
    )
    table = table.join(first, on="recording", how="left", maintain_order="left").with_columns(
        start_s=(pl.col(f"{modality}_start") - pl.col("_first")) / rate,
        end_s=(pl.col(f"{modality}_start") - pl.col("_first") + pl.col(f"{modality}_rows")) / rate,
    )
    return table.select(
        "window", "recording", "subject", "start_s", "end_s",
        pl.col("predicted_activity").alias("activity"), "probability",
    )  # fmt: skip


@torch.no_grad()
def predict_windows(
    model: MultimodalClassifier,
    info: Info,
    store: MotionStore,
    index: pl.DataFrame,
    *,
    batch_size: int = 256,
) -> tuple[pl.DataFrame, int]:
    """Predict the complete windows of an index.

    Returns
    -------
    polars.DataFrame
        Those windows with ``predicted`` (class number), ``predicted_activity``, ``probability``.
    int
        How many windows lack a modality of the model and were left out.
    """
    found = complete(index, model.modalities)
    scores = [np.empty((0, len(info.classes)), dtype=np.float32)]
    if len(found.index):
        prepared = {name: values.prepare for name, values in info.inputs.items()}
        model.eval()
        for numpy_batch in loader(store, found.index, prepared, batch_size=batch_size):
            batch = numpy_batch.torch()
            logits = model({m: batch[m][0] for m in model.modalities})
            scores.append(logits.softmax(1).numpy())
    probability = np.concatenate(scores)
    predicted = probability.argmax(1) if len(probability) else np.empty(0, dtype=np.int64)
    table = found.index.with_columns(
        predicted=pl.Series(predicted, dtype=pl.Int64),
        predicted_activity=pl.Series([info.classes[k] for k in predicted], dtype=pl.String),
        probability=pl.Series(probability.max(1, initial=0.0), dtype=pl.Float32),
    )
    return table, found.incomplete
