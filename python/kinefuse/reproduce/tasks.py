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
    return evaluate(made, store, index=windows_of(store, recipe, "test")).to_dict()


def rocket(task: Task) -> dict[str, Any]:
    """Classify without training: the options are those of ``evaluate_rocket``."""
    from kinefuse.data import MotionStore
    from kinefuse.evaluate.rocket import evaluate_rocket
    from kinefuse.recipe import Recipe

    given = dict(task.options)
    recipe = Recipe.from_dict(given.pop("recipe"))
    return evaluate_rocket(MotionStore(task.store), recipe, **given).to_dict()


def rank(task: Task) -> dict[str, Any]:
    """Rank the training windows for each test window, by the projections of ``checkpoint``.

    Returns
    -------
    dict
        ``"both/mAP"``, ``"inertial/precision@1"``, ``"inertial → skeleton/mAP"`` and so on.
    """
    import numpy as np

    from kinefuse.data import MotionStore
    from kinefuse.evaluate.embeddings import embed_fold
    from kinefuse.evaluate.retrieval import retrieve

    store = MotionStore(task.store)
    gallery, query = (
        embed_fold(task.needs["checkpoint"], store, fold).labelled() for fold in ("train", "test")
    )
    spaces = {}
    for m in gallery.modalities:
        there, asked = (_units(found.projections[m]) for found in (gallery, query))
        spaces[m] = _units(there - there.mean(0)), _units(asked - there.mean(0))
    pairs = {f"{q} → {g}": (spaces[q][1], spaces[g][0]) for q in spaces for g in spaces if q != g}
    pairs |= {m: (asked, there) for m, (there, asked) in spaces.items()}
    if len(spaces) > 1:
        there, asked = (np.concatenate([pair[i] for pair in spaces.values()], 1) for i in (0, 1))
        pairs["both"] = asked, there
    numbers: dict[str, Any] = {}
    for name, (asked, there) in pairs.items():
        found = retrieve(asked, there, query.label, gallery.label, ks=(1, 5))
        numbers[f"{name}/mAP"] = found.mean_average_precision
        numbers |= {f"{name}/precision@{k}": value for k, value in found.precision.items()}
    return numbers


def _units(rows: Any) -> Any:
    import numpy as np

    return rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12)
