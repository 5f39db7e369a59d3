"""Labels for all training windows, from those of a few."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from kinefuse.data import MotionStore
from kinefuse.evaluate.directions import whiten
from kinefuse.evaluate.probes import propagate
from kinefuse.methods import frozen
from kinefuse.methods.windows import loader
from kinefuse.nn import ContrastiveModel, MultimodalEncoder
from kinefuse.recipe import Propagate

__all__ = ["are_few", "embed_windows", "soft_labels"]


def embed_windows(
    store: MotionStore, model: MultimodalEncoder, windows: pl.DataFrame, prepared: Mapping[str, Any]
) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Return the embeddings of windows as they are, and which windows have the modality.

    Returns
    -------
    dict of modality to (N, F) tensor
        Zero where a window lacks it.
    dict of modality to (N,) tensor of bool
    """
    found = frozen.embed(model, loader(store, windows, prepared, batch_size=256))
    return {m: x[0] for m, x in found.views.items()}, found.present


def are_few(labelled: pl.DataFrame, windows: pl.DataFrame, settings: Propagate | None) -> bool:
    """Return whether there are windows without a label, and few enough labels to spread."""
    if settings is None or len(labelled) >= len(windows):
        return False
    return settings.up_to is None or len(labelled) <= settings.up_to * labelled["label"].n_unique()


def soft_labels(
    model: MultimodalEncoder,
    embeddings: Mapping[str, Tensor],
    windows: pl.DataFrame,
    labelled: pl.DataFrame,
    n_classes: int,
    settings: Propagate | None,
    present: Mapping[str, Tensor] | None = None,
) -> NDArray[np.float64]:
    """Return what is known of the windows' classes, ``(N, K)``.

    One-hot for those that are labelled; for the others what :func:`propagate` makes of it, or zeros
    without its settings or where they say that labels are not few.

    Parameters
    ----------
    model : MultimodalEncoder
        Where the settings compare projections, a ContrastiveModel, whose projectors are used.
    embeddings : mapping of modality to (N, F) tensor
    windows, labelled : polars.DataFrame
        The latter a part of the former.
    n_classes : int
    settings : Propagate or None
    present : mapping of modality to (N,) tensor of bool, optional
        Which windows have the modality. What is missing says nothing about a window's class.
    """
    label = np.full(len(windows), -1, dtype=np.int64)
    known = np.isin(windows["window"].to_numpy(), labelled["window"].to_numpy())
    label[known] = windows["label"].fill_null(-1).to_numpy()[known]
    if settings is None or not are_few(labelled, windows, settings):
        return np.eye(n_classes)[label] * (label >= 0)[:, None]
    with torch.no_grad():
        own = settings.space == "embeddings"
        compared = embeddings if own else cast(ContrastiveModel, model).project(embeddings, present)
        z = frozen.centred_units(compared, present=present).numpy()
    if settings.components:
        z = whiten(z, settings.components)
    how = settings.model_dump(exclude={"space", "components", "up_to"})
    return propagate(z, label, n_classes, **how)
