"""Models from recipes: sizes from the store, the rest from the recipe."""

import copy
import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from kinefuse import checkpoint
from kinefuse.data import MotionStore
from kinefuse.errors import CheckpointError
from kinefuse.nn import (
    CollaborativeClassifier,
    CollaborativeHead,
    ContrastiveModel,
    Encoder,
    MultimodalClassifier,
    MultimodalEncoder,
    Projector,
    Standardize,
    encoders,
    heads,
)
from kinefuse.nn.encoders.tokens import TokenEncoder
from kinefuse.recipe import Collaborative, Recipe, Supervised
from kinefuse.skeleton import layout

__all__ = ["classifier", "collaborative", "contrastive", "load_pretrained", "save"]

_HEAD_SETTINGS = {
    "dropout", "dual", "gate", "guidance", "head", "hidden", "quality", "use_shared",
    "use_specific", "vote",
}  # fmt: skip


def contrastive(
    store: MotionStore, recipe: Recipe, prepared: Mapping[str, Any]
) -> ContrastiveModel:
    """Build a recipe's encoders and projectors for the data of a store."""
    built = _encoders(store, recipe)
    projectors = {}
    for name, encoder in built.items():
        sizes = recipe.modalities[name].projector
        projectors[name] = Projector(encoder.out_features, hidden=sizes.hidden, out=sizes.out)
    return ContrastiveModel(built, projectors, inputs=_inputs(prepared))


def classifier(
    store: MotionStore, recipe: Recipe, prepared: Mapping[str, Any], settings: Supervised
) -> MultimodalClassifier:
    """Build a recipe's encoders and a head for end-to-end training."""
    built = _encoders(store, recipe)
    name = settings.head or ("joint" if len(built) > 1 else "linear")
    dropout = (settings.dropout, 0.0) if name == "mlp" else settings.dropout
    lengths = {m: encoder.out_features for m, encoder in built.items()}
    head = heads.build(name, lengths, len(store.classes), dropout=dropout)
    return MultimodalClassifier(built, head, inputs=_inputs(prepared))


def collaborative(
    pretrained: MultimodalEncoder,
    settings: Collaborative,
    n_classes: int,
    prior: Mapping[str, float],
) -> CollaborativeClassifier:
    """Build CLMM's second stage on pretrained encoders, which become the model's own.

    Raises
    ------
    CheckpointError
        Encoders that give no tokens, or tokens of different lengths.
    """
    parts = {m: copy.deepcopy(encoder) for m, encoder in pretrained.encoders.items()}
    widths = {m: getattr(encoder, "width", None) for m, encoder in parts.items()}
    tokens = all(isinstance(encoder, TokenEncoder) for encoder in parts.values())
    if not tokens or len(set(widths.values())) > 1:
        raise CheckpointError(
            "collaborative training needs encoders that give tokens of one width "
            f"(cnn_diff_transformer and the like), got {', '.join(_names(pretrained))} of widths "
            f"{widths}"
        )
    head = heads.build(
        "collaborative", pretrained.out_features, n_classes,
        width=next(iter(widths.values())), prior=dict(prior),
        **settings.model_dump(include=_HEAD_SETTINGS),
    )  # fmt: skip
    model = CollaborativeClassifier(
        parts, cast(CollaborativeHead, head),
        inputs=dict(pretrained.inputs), frozen=settings.encoder_lr == 0,
    )  # fmt: skip
    return model


def _names(model: MultimodalEncoder) -> list[str]:
    return [str(encoder.name) for encoder in model.encoders.values()]


def save(
    path: Path,
    model: MultimodalEncoder,
    store: MotionStore,
    recipe: Recipe,
    prepared: Mapping[str, Any],
    asked: Mapping[str, Any],
) -> None:
    """Write a checkpoint: the weights, and everything that it takes to run them."""
    checkpoint.save(
        path,
        model,
        {m: checkpoint.Input.of(store.schema[m], prepared[m]) for m in model.modalities},
        method=recipe.method,
        classes=store.classes if isinstance(model, MultimodalClassifier) else (),
        training={
            **asked,
            "windows": recipe.windows.model_dump(mode="json"),
            "training_windows": asked.get("windows"),
        },
    )


def load_pretrained(
    path: str | Path | Sequence[str | Path], store: MotionStore, recipe: Recipe
) -> tuple[ContrastiveModel, dict[str, Any]]:
    """Load what :func:`kinefuse.methods.pretrain` made, for a recipe and a store.

    Parameters
    ----------
    path : str or Path, or a sequence of them
        Several for modalities that were pretrained apart; they become one model.
    store : MotionStore
    recipe : Recipe

    Returns
    -------
    ContrastiveModel
        In evaluation mode.
    dict
        How its modalities are prepared.

    Raises
    ------
    CheckpointError
        It is no pretrained model, or does not fit the recipe or the store.
    """
    paths = [path] if isinstance(path, str | Path) else list(path)
    found: list[ContrastiveModel] = []
    prepared: dict[str, Any] = {}
    for one in paths:
        loaded = checkpoint.load(one)
        model = loaded.model()
        if not isinstance(model, ContrastiveModel):
            raise CheckpointError(
                f"{one}: expected a pretrained model with projectors, got a {type(model).__name__}"
            )
        loaded.check(store.schema)
        found.append(model)
        prepared |= {name: values.prepare for name, values in loaded.info.inputs.items()}
    ours, theirs = sorted(recipe.modalities), sorted(m for one in found for m in one.modalities)
    if ours != theirs:
        raise CheckpointError(
            f"{', '.join(map(str, paths))}: made for {', '.join(theirs)}, "
            f"the recipe has {', '.join(ours)}"
        )
    if len(found) == 1:
        return found[0], prepared
    parts: dict[str, dict[str, Any]] = {"encoders": {}, "projectors": {}, "inputs": {}}
    for model in found:
        for name, modules in parts.items():
            modules |= dict(getattr(model, name))
    return ContrastiveModel(**parts).eval(), prepared


def _encoders(store: MotionStore, recipe: Recipe) -> dict[str, Encoder]:
    built = {}
    for name, modality in recipe.modalities.items():
        schema, options = store.schema[name], modality.encoder.options
        sizes: dict[str, Any] = {"time": modality.prepare.length}
        if len(schema.shape) == 1:
            sizes["channels"] = schema.shape[0]
        else:
            sizes["joints"], sizes["dims"] = schema.shape
        known = inspect.signature(encoders.get(modality.encoder.name)).parameters
        if "parents" in known and "parents" not in options and schema.layout:
            sizes["parents"] = list(layout(schema.layout).parents)
        built[name] = encoders.build(modality.encoder.name, **sizes, **options)
    return built


def _inputs(prepared: Mapping[str, Any]) -> dict[str, Standardize]:
    """Return the standardisation of what was augmented in physical units."""
    inputs = {}
    for name, values in prepared.items():
        if values["standardize_after"] == "augment" and values["mean"] is not None:
            inputs[name] = Standardize(_against(values["mean"]), _against(values["std"]))
    return inputs


def _against(values: Any) -> Tensor:
    """Return statistics as they broadcast to ``(C, T)`` or ``(D, T, J)``."""
    array = torch.tensor(values, dtype=torch.float32)
    return array.T.unsqueeze(1) if array.ndim == 2 else array.unsqueeze(1)
