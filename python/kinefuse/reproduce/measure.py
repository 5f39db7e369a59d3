"""What jobs measure on models that other jobs trained. Each is given a task, returns numbers."""

from typing import Any, Literal

import numpy as np
import polars as pl

from kinefuse.data.atomic import atomic_write
from kinefuse.reproduce.tasks import Task

__all__ = ["PICTURE", "inspect", "lack", "picture", "probe"]

PICTURE = "picture.svg"
"""What :func:`picture` leaves in its folder."""


def probe(task: Task) -> dict[str, Any]:
    """Classify the test windows by a probe of what ``checkpoint`` makes of all modalities.

    The options are ``probe``, a name of :data:`kinefuse.evaluate.probing.PROBES`, and if labels are
    few ``labels_per_class`` or ``labels_share``, and ``label_seed``. The draw is that of
    :func:`kinefuse.methods.finetune`, the space that of the projections.
    """
    from kinefuse.data import MotionStore
    from kinefuse.data.splits import few_labels
    from kinefuse.evaluate.embeddings import embed_fold
    from kinefuse.evaluate.probing import classify
    from kinefuse.evaluate.protocol import Evaluation

    store, checkpoint = MotionStore(task.store), task.needs["checkpoint"]
    given = dict(task.options)
    name = given["probe"]
    count, share = given.get("labels_per_class"), given.get("labels_share")
    train, test = (embed_fold(checkpoint, store, fold) for fold in ("train", "test"))
    labels = train.label
    if count is not None or share is not None:
        drawn = few_labels(
            train.labelled().windows,
            per_class=count,
            share=share,
            seed=given.get("label_seed", 0),
        )
        labels = np.where(train.windows["window"].is_in(drawn["window"].implode()), labels, -1)
    test = test.labelled()
    space: Literal["projections"] = "projections"
    said = classify(name, train.space(space), labels, test.space(space), len(train.classes))
    predictions = test.windows.with_columns(pl.Series("predicted", said))
    return Evaluation.of(predictions, train.classes, incomplete=test.incomplete).to_dict()


def lack(task: Task) -> dict[str, Any]:
    """Evaluate the classifier ``checkpoint`` on test windows without the modalities ``missing``."""
    from kinefuse.checkpoint import load
    from kinefuse.data import MotionStore
    from kinefuse.evaluate import evaluate
    from kinefuse.methods.windows import windows_of
    from kinefuse.recipe import Recipe

    store, checkpoint = MotionStore(task.store), task.needs["checkpoint"]
    recipe = Recipe.from_dict(load(checkpoint).info.training["recipe"])
    index = windows_of(store, recipe, "test")
    return evaluate(checkpoint, store, index=index, missing=task.options["missing"]).to_dict()


def inspect(task: Task) -> dict[str, Any]:
    """Look into the two branches of the classifier ``checkpoint``, on the test windows.

    Returns
    -------
    dict
        ``"BRANCH/accuracy"`` and ``"BRANCH/macro_f1"`` of all scores that training gave a loss to;
        ``attention``: by activity, the mean weight of each modality; ``modalities``.
    """
    import torch

    from kinefuse.checkpoint import load
    from kinefuse.data import MotionStore
    from kinefuse.evaluate import metrics
    from kinefuse.methods.windows import fold, loader
    from kinefuse.recipe import Recipe

    store, loaded = MotionStore(task.store), load(task.needs["checkpoint"])
    model: Any = loaded.classifier().eval()
    recipe = Recipe.from_dict(loaded.info.training["recipe"])
    prepared = {name: values.prepare for name, values in loaded.info.inputs.items()}
    index = fold(store, recipe, "test").labelled()
    said: dict[str, list[Any]] = {}
    labels, weights = [], []
    with torch.no_grad():
        for views in loader(store, index, prepared, batch_size=256):
            batch = views.torch()
            inputs = {m: batch[m][0] for m in model.modalities}
            for name, scores in model.branches(inputs).items():
                said.setdefault(name, []).append(scores.argmax(1))
            weights.append(model.attention(inputs))
            labels.append(batch.label)
    y, attention = torch.cat(labels).numpy(), torch.cat(weights).numpy()
    found: dict[str, Any] = {
        "modalities": list(model.modalities),
        "attention": {
            name: [float(v) for v in attention[y == number].mean(0)]
            for number, name in enumerate(store.classes)
            if (y == number).any()
        },
    }
    for name, parts in said.items():
        predicted = torch.cat(parts).numpy()
        found[f"{name}/accuracy"] = metrics.accuracy(y, predicted)
        found[f"{name}/macro_f1"] = metrics.macro_f1(y, predicted, n_classes=len(store.classes))
    return found


def picture(task: Task) -> dict[str, Any]:
    """Draw what ``checkpoint`` makes of the test windows, into the job's folder."""
    from kinefuse.data import MotionStore
    from kinefuse.evaluate.embeddings import embed_fold
    from kinefuse.evaluate.pictures import draw_map

    found = embed_fold(task.needs["checkpoint"], MotionStore(task.store), "test")
    with atomic_write(task.folder / PICTURE) as file:
        file.write(draw_map(found, shape="modality", seed=0).encode())
    return {"windows": len(found)}
