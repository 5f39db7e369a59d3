"""The second stage of training: with labels, few or many."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kinefuse.checkpoint import load
from kinefuse.data import MotionStore, splits
from kinefuse.data.label_lists import listed_labels
from kinefuse.errors import ConfigError, SplitError
from kinefuse.methods import models
from kinefuse.methods.run import Run
from kinefuse.methods.second_stage import SecondStage
from kinefuse.methods.threads import with_threads_of_recipe
from kinefuse.methods.training import Progress
from kinefuse.methods.windows import fold, preparations, takes_partial
from kinefuse.nn import ContrastiveModel
from kinefuse.ranks import refuse_several
from kinefuse.recipe import Recipe

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
        Of :func:`pretrain`. Without one, the classifier is trained from scratch: by the settings of
        ``[supervised]``, or for method ``"clmm"`` by ``[collaborative]`` on untrained encoders.
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
        The recipe lacks the section that is needed, ``out`` holds another run, more than one of
        ``labels_per_class``, ``labels_share`` and ``labels`` is given, or it is called in a
        process group of several ranks.
    SplitError
        The store lacks subjects of the split, a class has too few labelled windows, or ``labels``
        names what is not a labelled training window.

    Notes
    -----
    With frozen encoders the head sees embeddings of several augmented copies of each window. Where
    labels are few and the recipe has ``[finetune.propagate]``, or ``[collaborative.propagate]``,
    the unlabelled training windows get soft labels first
    (:func:`kinefuse.evaluate.probes.propagate`), which assumes classes of about equal size among
    them.
    """
    refuse_several("finetune")
    windows = fold(store, recipe, "train", partial=takes_partial(recipe))
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
    result: dict[str, Any] = {
        "incomplete": windows.incomplete, "partial": windows.partial, "labelled": len(labelled),
    }  # fmt: skip
    pretrained: ContrastiveModel | None = None
    if checkpoint is None:
        prepared: Mapping[str, Any] = preparations(store, windows.index, recipe)
    else:
        pretrained, prepared = models.load_pretrained(checkpoint, store, recipe)
    model, fitted, more = SecondStage(
        store=store,
        recipe=recipe,
        windows=windows,
        labelled=labelled,
        prepared=prepared,
        pretrained=pretrained,
        seed=seed,
        run=run,
        history=history,
        progress=progress,
    ).train()
    models.save(run.path, model, store, recipe, prepared, run.asked)
    seconds = time.perf_counter() - started
    return run.finish({**result, **more, "fitted": fitted.to_dict(), "seconds": seconds})
