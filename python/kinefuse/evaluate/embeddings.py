"""What the encoders of a checkpoint make of windows."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from kinefuse.checkpoint import load
from kinefuse.data import MotionStore
from kinefuse.errors import InputError
from kinefuse.evaluate.protocol import choose_windows
from kinefuse.methods import frozen
from kinefuse.methods.windows import complete, loader, windows_of
from kinefuse.nn import ContrastiveModel
from kinefuse.recipe import Recipe

__all__ = ["Embedded", "Space", "embed", "embed_fold"]

Space = Literal["embeddings", "projections"]


@dataclass(frozen=True, eq=False)
class Embedded:
    """Windows as a network sees them.

    Attributes
    ----------
    embeddings : dict of modality to (N, F) array of float32
        What the encoder gives.
    projections : dict of modality to (N, D) array of float32
        What the projector makes of it, where the checkpoint has projectors: the space in which
        contrastive training compared the modalities. Empty otherwise.
    windows : polars.DataFrame
        A row a window, in the order of the arrays, as :meth:`MotionStore.window_index` has it.
    classes : tuple of str
        Of the store; ``label`` counts in them.
    incomplete : int
        Windows that were left out because they lack a modality of the model.

    Raises
    ------
    InputError
        Arrays and windows differ in number.

    Examples
    --------
    >>> windows = pl.DataFrame({"window": [0, 1], "subject": ["1", "2"], "label": [0, None]})
    >>> found = Embedded({"inertial": np.eye(2)}, {}, windows, ("walk",), incomplete=0)
    >>> found.modalities, found.spaces, found.label
    (('inertial',), ('embeddings',), array([ 0, -1]))
    """

    embeddings: dict[str, NDArray[np.float32]]
    projections: dict[str, NDArray[np.float32]]
    windows: pl.DataFrame
    classes: tuple[str, ...]
    incomplete: int

    def __post_init__(self) -> None:
        for name, rows in (self.embeddings | self.projections).items():
            if len(rows) != len(self.windows):
                raise InputError(f"{name}: {len(rows)} embeddings for {len(self.windows)} windows")

    def __len__(self) -> int:
        return len(self.windows)

    @property
    def modalities(self) -> tuple[str, ...]:
        """Those of the model."""
        return tuple(self.embeddings)

    @property
    def spaces(self) -> tuple[Space, ...]:
        """``("embeddings", "projections")``, or the first alone without projectors."""
        return ("embeddings", "projections") if self.projections else ("embeddings",)

    @property
    def label(self) -> NDArray[np.int64]:
        """The class of each window, ``(N,)``; -1 for none."""
        return self.windows["label"].fill_null(-1).cast(pl.Int64).to_numpy()

    def space(self, name: Space) -> dict[str, NDArray[np.float32]]:
        """Return the embeddings, or the projections, by modality.

        Raises
        ------
        InputError
            The checkpoint has no projectors.
        """
        found = self.embeddings if name == "embeddings" else self.projections
        if not found:
            raise InputError(
                "expected projections, but this checkpoint has no projectors: a fine-tuned "
                "classifier does without; take the pretrained one"
            )
        return found

    def labelled(self) -> "Embedded":
        """Return the windows with a label."""
        keep = self.label >= 0
        return Embedded(
            {m: rows[keep] for m, rows in self.embeddings.items()},
            {m: rows[keep] for m, rows in self.projections.items()},
            self.windows.filter(pl.Series(keep)),
            self.classes,
            self.incomplete,
        )

    def to_frame(self) -> pl.DataFrame:
        """Return the windows with a column for each modality and space.

        Returns
        -------
        polars.DataFrame
            ``{modality}_embedding`` and ``{modality}_projection`` beside the windows' own columns,
            each a fixed-size array of float32.
        """
        columns = [
            pl.Series(f"{m}_{space.removesuffix('s')}", np.asarray(rows, dtype=np.float32))
            for space in self.spaces
            for m, rows in self.space(space).items()
        ]
        return self.windows.with_columns(columns)


@torch.no_grad()
def embed(
    checkpoint: str | Path,
    store: MotionStore,
    *,
    subjects: Sequence[str] | None = None,
    index: pl.DataFrame | None = None,
    batch_size: int = 256,
) -> Embedded:
    """Encode windows with any checkpoint: pretrained, fine-tuned or trained from scratch.

    Parameters
    ----------
    checkpoint : str or Path
        Of :func:`kinefuse.methods.pretrain` or :func:`kinefuse.methods.finetune`.
    store : MotionStore
        With the channels, units, rates and layout of the one it was trained on; labels are not
        needed.
    subjects : sequence of str, optional
        Whose windows. All, unless told.
    index : polars.DataFrame, optional
        These windows instead, of :meth:`MotionStore.window_index`. Unless given, recordings are cut
        as for training.
    batch_size : int

    Returns
    -------
    Embedded
        In the order of the index; windows that lack a modality of the model are left out and
        counted.

    Raises
    ------
    CheckpointError
        There is no whole checkpoint, or it is for other data than the store's.
    SplitError
        A subject is not in the store.
    InputError
        Both ``subjects`` and ``index``, or no window with every modality.
    """
    loaded = load(checkpoint)
    loaded.check(store.schema)
    chosen = choose_windows(store, loaded.info, subjects=subjects, index=index, asked_by="embed")
    model = loaded.model()
    found = complete(chosen, model.modalities)
    if found.index.is_empty():
        raise InputError(f"embed: no window has all of {', '.join(model.modalities)}")
    prepared = {name: values.prepare for name, values in loaded.info.inputs.items()}
    batches = loader(store, found.index, prepared, batch_size=batch_size)
    embeddings = {m: views[0] for m, views in frozen.embed(model, batches).views.items()}
    projections = model.project(embeddings) if isinstance(model, ContrastiveModel) else {}
    return Embedded(
        embeddings={m: rows.numpy() for m, rows in embeddings.items()},
        projections={m: rows.numpy() for m, rows in projections.items()},
        windows=found.index,
        classes=tuple(store.classes),
        incomplete=found.incomplete,
    )


def embed_fold(
    checkpoint: str | Path, store: MotionStore, fold: Literal["train", "validation", "test"]
) -> Embedded:
    """Encode the windows of one fold of the recipe that a checkpoint was trained by.

    Parameters
    ----------
    checkpoint, store
        As for :func:`embed`.
    fold : {"train", "validation", "test"}

    Raises
    ------
    CheckpointError, InputError
        As for :func:`embed`; the recipe leaves this fold empty.
    SplitError
        The store lacks a subject of the fold.
    """
    recipe = Recipe.from_dict(load(checkpoint).info.training["recipe"])
    chosen = windows_of(store, recipe, fold)
    if chosen.is_empty():
        raise InputError(f"{checkpoint}: its recipe {recipe.name!r} has nobody in split.{fold}")
    return embed(checkpoint, store, index=chosen)
