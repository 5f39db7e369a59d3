"""The second stage of training: with labels, few or many."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import torch
from torch.nn import functional

from kinefuse.checkpoint import load
from kinefuse.data import BatchLoader, MotionStore, splits
from kinefuse.data.label_lists import listed_labels
from kinefuse.errors import ConfigError, SplitError
from kinefuse.evaluate.probes import propagate
from kinefuse.methods import frozen, models
from kinefuse.methods.frozen_train_mode import FrozenTrainMode
from kinefuse.methods.history import of_classifier
from kinefuse.methods.run import Run
from kinefuse.methods.supervised import SupervisedMethod
from kinefuse.methods.threads import with_threads_of_recipe
from kinefuse.methods.training import Progress, fit
from kinefuse.methods.windows import fold, loader, preparations
from kinefuse.nn import ContrastiveModel, Encoder, MultimodalClassifier, heads
from kinefuse.recipe import Finetune, Recipe, Supervised

__all__ = ["finetune"]


@with_threads_of_recipe
def finetune(
    store: MotionStore,
    recipe: Recipe,
    *,
    checkpoint: str | Path | None = None,
    labels_per_class: int | None = None,
    labels_share: float | None = None,
    label_seed: int = 0,
    balance_subjects: bool = False,
    labels: Sequence[str | int] | None = None,
    seed: int = 0,
    out: str | Path,
    history: int = 0,
    resume: bool = True,
    progress: Progress | None = None,
) -> Path:
    """Train a classifier on the recipe's training subjects, all their labels or few.

    Parameters
    ----------
    store : MotionStore
    recipe : Recipe
    checkpoint : str or Path, optional
        Of :func:`pretrain`. Without one, the classifier is trained from scratch by the settings of
        ``[supervised]``.
    labels_per_class : int, optional
        Use no more labels than these; the other windows count as unlabelled. All, unless told.
    labels_share : float, optional
        Instead: this share of each class's labels, rounded down, but at least one; the number that
        this makes is kept as ``labelled``, beside all ``windows``.
    label_seed : int
        Which labels. The same seed gives nested draws: those of 1 a class are among those of 2.
    balance_subjects : bool
        Draw them so that subjects take turns (:func:`kinefuse.data.splits.few_labels`).
    labels : sequence of str or int, optional
        Instead of a draw: the recordings, by name, or the windows, by number, whose labels are
        used, and no others. :func:`kinefuse.readers.cosmo_labels.cosmo_labels` has a published
        list.
    seed : int
        Of the weights, the batches and the views.
    history : int
        Note every epoch's loss and seconds in ``run.json``, under ``result.fitted.history``, and
        every so many epochs the accuracy on the validation windows, which decides nothing. 0 keeps
        no history.
    out, resume, progress
        As for :func:`pretrain`.

    Returns
    -------
    Path
        ``out``, which is the checkpoint, for :func:`kinefuse.evaluate.evaluate` and
        :func:`kinefuse.predict.predict`.

    Raises
    ------
    CheckpointError
        The checkpoint is no pretrained model, or for other modalities than the recipe.
    ConfigError
        The recipe lacks the section that is needed, ``out`` holds another run, or more than one
        of ``labels_per_class``, ``labels_share`` and ``labels`` is given.
    SplitError
        The store lacks subjects of the split, a class has too few labelled windows, or ``labels``
        names what is not a labelled training window.

    Notes
    -----
    With frozen encoders the head sees embeddings of several augmented copies of each window. Where
    labels are few and the recipe has ``[finetune.propagate]``, the unlabelled training windows get
    soft labels first (:func:`kinefuse.evaluate.probes.propagate`), which assumes classes of
    about equal size among them.
    """
    windows = fold(store, recipe, "train")
    labelled = windows.labelled()
    if labelled.is_empty():
        raise SplitError("split.train: no window has a label")
    drawn = labels_per_class is not None or labels_share is not None
    if labels is not None:
        if drawn:
            raise ConfigError("finetune: give labels, or how many to draw, not both")
        labelled = listed_labels(labelled, labels)
    elif drawn:
        labelled = splits.few_labels(
            labelled,
            per_class=labels_per_class,
            share=labels_share,
            balance_subjects=balance_subjects,
            seed=label_seed,
        )
    asked: dict[str, Any] = {
        "stage": "finetune",
        "checkpoint": load(checkpoint).info.weights_sha256 if checkpoint else None,
        "labels_per_class": labels_per_class,
        "labels_share": labels_share,
        "label_seed": label_seed,
        "seed": seed,
        "labelled": len(labelled),
        "windows": len(windows.index),
    }
    # Left out where unused, so that a run of before is the same run.
    options = {"history": history, "balance_subjects": balance_subjects}
    asked |= {name: value for name, value in options.items() if value}
    if labels is not None:
        asked["labels"] = sorted([x if isinstance(x, str) else int(x) for x in labels], key=str)
    run = Run(out, recipe, asked, resume=resume)
    if run.finished:
        return run.path
    started = time.perf_counter()
    result: dict[str, Any] = {"incomplete": windows.incomplete, "labelled": len(labelled)}
    if checkpoint is None:
        prepared = preparations(store, windows.index, recipe)
        model, fitted = _end_to_end(
            store, recipe, labelled, prepared, None,
            seed=seed, run=run, history=history, progress=progress,
        )  # fmt: skip
    else:
        pretrained, prepared = models.load_pretrained(checkpoint, store, recipe)
        if recipe.finetune is None:
            raise ConfigError(f"recipe {recipe.name!r} has no section [finetune]")
        if recipe.finetune.encoders == "train":
            model, fitted = _end_to_end(
                store, recipe, labelled, prepared, pretrained,
                seed=seed, run=run, history=history, progress=progress,
            )  # fmt: skip
        elif recipe.finetune.encoders == "frozen_train_mode":
            model, fitted = _frozen_train_mode(
                store, recipe, labelled, prepared, pretrained,
                seed=seed, run=run, history=history, progress=progress,
            )  # fmt: skip
        else:
            model, fitted = _frozen(
                store, recipe, windows.index, labelled, prepared, pretrained,
                seed=seed, history=history, progress=progress,
            )  # fmt: skip
    models.save(run.path, model, store, recipe, prepared, run.asked)
    return run.finish({**result, "fitted": fitted, "seconds": time.perf_counter() - started})


def _end_to_end(
    store: MotionStore,
    recipe: Recipe,
    labelled: pl.DataFrame,
    prepared: Mapping[str, Any],
    pretrained: ContrastiveModel | None,
    *,
    seed: int,
    run: Run,
    history: int,
    progress: Progress | None,
) -> tuple[MultimodalClassifier, dict[str, Any]]:
    if recipe.supervised is None:
        raise ConfigError(f"recipe {recipe.name!r} has no section [supervised]")
    settings: Supervised = recipe.supervised
    batches = loader(
        store,
        labelled,
        prepared,
        augment=settings.augment,
        batch_size=settings.batch_size,
        seed=seed,
        training=True,
        drop_last=settings.drop_last,
    )

    def build(steps: int) -> SupervisedMethod:
        model = models.classifier(store, recipe, prepared, settings)
        if pretrained is not None:
            model.encoders.load_state_dict(pretrained.encoders.state_dict())
        return SupervisedMethod(model, settings, steps, seed=seed)

    trained, fitted = fit(
        build,
        batches,
        settings,
        stage="finetune" if pretrained else "supervised",
        seed=seed,
        keep=run.keep,
        progress=progress,
        validation=_validation(store, recipe, prepared, settings),
        history=of_classifier(history, store, recipe, prepared),
    )
    return cast(SupervisedMethod, trained).model, fitted.to_dict()


def _validation(
    store: MotionStore, recipe: Recipe, prepared: Mapping[str, Any], settings: Supervised | Finetune
) -> BatchLoader | None:
    """Return all labelled validation windows, where the settings want them."""
    if settings.validation is None:
        return None
    labelled = fold(store, recipe, "validation").labelled()
    if labelled.is_empty():
        raise SplitError("split.validation: no window has a label")
    return loader(store, labelled, prepared, batch_size=256)


def _frozen_train_mode(
    store: MotionStore,
    recipe: Recipe,
    labelled: pl.DataFrame,
    prepared: Mapping[str, Any],
    pretrained: ContrastiveModel,
    *,
    seed: int,
    run: Run,
    history: int,
    progress: Progress | None,
) -> tuple[MultimodalClassifier, dict[str, Any]]:
    settings = recipe.finetune
    assert settings is not None
    batches = loader(
        store, labelled, prepared,
        augment=settings.augment, batch_size=settings.batch_size, seed=seed,
        training=True, drop_last=settings.drop_last,
    )  # fmt: skip

    def build(steps: int) -> FrozenTrainMode:
        model = MultimodalClassifier(
            {m: cast(Encoder, encoder) for m, encoder in pretrained.encoders.items()},
            _head(settings, pretrained, len(store.classes)),
            inputs=dict(pretrained.inputs),
            frozen=True,
            frozen_train_mode=True,
        )
        return FrozenTrainMode(model, settings, steps)

    trained, fitted = fit(
        build, batches, settings, stage="finetune", seed=seed, keep=run.keep, progress=progress,
        validation=_validation(store, recipe, prepared, settings),
        history=of_classifier(history, store, recipe, prepared),
    )  # fmt: skip
    return cast(FrozenTrainMode, trained).model, fitted.to_dict()


def _head(settings: Finetune, pretrained: ContrastiveModel, n_classes: int) -> heads.Head:
    options: dict[str, Any] = {}
    if settings.head == "mlp":
        options = {"hidden": settings.hidden, "dropout": settings.dropout}
    return heads.build(settings.head, pretrained.out_features, n_classes, **options)


def _frozen(
    store: MotionStore,
    recipe: Recipe,
    windows: pl.DataFrame,
    labelled: pl.DataFrame,
    prepared: Mapping[str, Any],
    pretrained: ContrastiveModel,
    *,
    seed: int,
    history: int,
    progress: Progress | None,
) -> tuple[MultimodalClassifier, dict[str, Any]]:
    settings = recipe.finetune
    assert settings is not None
    n_classes = len(store.classes)
    few = settings.propagate is not None and len(labelled) < len(windows)
    used = windows if few else labelled
    label = np.full(len(used), -1, dtype=np.int64)
    known = np.isin(used["window"].to_numpy(), labelled["window"].to_numpy())
    label[known] = used["label"].fill_null(-1).to_numpy()[known]
    targets = functional.one_hot(torch.from_numpy(label).clamp(min=0), n_classes).float()
    if few:
        assert settings.propagate is not None
        plain = loader(store, used, prepared, batch_size=256)
        clean = frozen.embed(pretrained, plain).views
        with torch.no_grad():
            h = {m: x[0] for m, x in clean.items()}
            own = settings.propagate.space == "embeddings"
            z = frozen.centred_units(h if own else pretrained.project(h))
        how = settings.propagate.model_dump(exclude={"space"})
        soft = propagate(z.numpy(), label, n_classes, **how)
        targets = torch.from_numpy(soft).float()
    copies = loader(
        store, used, prepared,
        augment=settings.augment, batch_size=256, n_views=settings.copies, seed=seed,
    )  # fmt: skip
    views = frozen.embed(pretrained, copies).views
    batches = frozen.EmbeddingLoader(
        views, targets,
        batch_size=settings.batch_size, seed=seed, drop_last=settings.drop_last,
    )  # fmt: skip

    def build(steps: int) -> frozen.HeadMethod:
        return frozen.HeadMethod(_head(settings, pretrained, n_classes), settings, steps)

    held_out = _validation(store, recipe, prepared, settings)
    trained, fitted = fit(
        build, batches, settings, stage="finetune", seed=seed, progress=progress,
        validation=held_out and frozen.embedded_batches(pretrained, held_out, n_classes),
        history=of_classifier(history, store, recipe, prepared, embedded_by=pretrained),
    )  # fmt: skip
    head = cast(frozen.HeadMethod, trained).head
    encoders = {m: cast(Encoder, encoder) for m, encoder in pretrained.encoders.items()}
    model = MultimodalClassifier(encoders, head, inputs=dict(pretrained.inputs), frozen=True)
    return model.eval(), fitted.to_dict()
