"""What jobs do: pretrain, classify, retrieve. Each is given a :class:`Task` and returns numbers."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Task", "classify", "pretrain", "rank", "rocket"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a job is told.

    Attributes
    ----------
    folder : Path
        Its own; a job that was interrupted finds there what it left.
    options : mapping
    needs : mapping of str to Path
        The folders of the jobs that it needs.
    store : Path
    progress : callable
        To be called with the stage, epochs done, epochs in all, and the loss.
    """

    folder: Path
    options: Mapping[str, Any]
    needs: Mapping[str, Path]
    store: Path
    progress: Callable[[str, int, int, float], None]


def pretrain(task: Task) -> dict[str, Any]:
    """Pretrain by the options ``recipe`` (resolved) and ``seed``; needs are passed on by name."""
    from kinefuse import methods
    from kinefuse.data import MotionStore
    from kinefuse.recipe import Recipe

    given: dict[str, Any] = {**task.options, **task.needs}
    recipe = Recipe.from_dict(given.pop("recipe"))
    made = methods.pretrain(
        MotionStore(task.store), recipe, out=task.folder, progress=task.progress, **given
    )
    result: dict[str, Any] = json.loads((made / "run.json").read_text("utf-8"))["result"]
    return result


def classify(task: Task) -> dict[str, Any]:
    """Fine-tune by the options, and evaluate on the recipe's test windows.

    The options are those of :func:`kinefuse.methods.finetune`: ``recipe``, ``seed``, and if labels
    are few ``labels_per_class`` and ``label_seed``. A need ``checkpoint`` is what it starts from.
    With the option ``history``, the result has the run's own under that key.
    """
    from kinefuse.data import MotionStore
    from kinefuse.evaluate import evaluate
    from kinefuse.methods import finetune
    from kinefuse.methods.windows import windows_of
    from kinefuse.recipe import Recipe

    store = MotionStore(task.store)
    given: dict[str, Any] = {**task.options, **task.needs}
    recipe = Recipe.from_dict(given.pop("recipe"))
    made = finetune(store, recipe, out=task.folder, progress=task.progress, **given)
    found = evaluate(made, store, index=windows_of(store, recipe, "test")).to_dict()
    if task.options.get("history"):
        run = json.loads((made / "run.json").read_text("utf-8"))
        found["history"] = run["result"]["fitted"]["history"]
    return found


def rocket(task: Task) -> dict[str, Any]:
    """Classify without training: the options are those of ``evaluate_rocket``."""
    from kinefuse.data import MotionStore
    from kinefuse.evaluate.rocket import evaluate_rocket
    from kinefuse.recipe import Recipe

    given = dict(task.options)
    recipe = Recipe.from_dict(given.pop("recipe"))
    return evaluate_rocket(MotionStore(task.store), recipe, **given).to_dict()


def rank(task: Task) -> dict[str, Any]:
    """Rank the training windows for each test window, by what ``checkpoint`` makes of them.

    Returns
    -------
    dict
        Keys like ``"fused/projections/mAP"``, ``"inertial/embeddings/precision@1"`` and
        ``"inertial → skeleton/projections/precision@5"``.
    """
    from kinefuse.data import MotionStore
    from kinefuse.evaluate.embeddings import embed_fold
    from kinefuse.evaluate.retrieval import retrieve_modalities

    store, checkpoint = MotionStore(task.store), task.needs["checkpoint"]
    gallery, query = (embed_fold(checkpoint, store, fold) for fold in ("train", "test"))
    numbers: dict[str, Any] = {}
    for row in retrieve_modalities(query, gallery, ks=(1, 5)).iter_rows(named=True):
        asks, answers = row["query"], row["gallery"]
        name = asks if asks == answers else f"{asks} → {answers}"
        numbers[f"{name}/{row['space']}/mAP"] = row["mean_average_precision"]
        for k in (1, 5):
            numbers[f"{name}/{row['space']}/precision@{k}"] = row[f"precision@{k}"]
    return numbers
