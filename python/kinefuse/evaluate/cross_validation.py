"""Leave one subject out: every person tested by a model that the others trained."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from kinefuse.data import MotionStore, splits
from kinefuse.evaluate.compare import Summary, summarize
from kinefuse.evaluate.protocol import Evaluation, evaluate
from kinefuse.methods import finetune, pretrain
from kinefuse.methods.training import Progress
from kinefuse.methods.windows import window_index, windows_of
from kinefuse.recipe import Recipe

__all__ = ["CrossValidation", "leave_one_subject_out", "subject_folds", "train_and_evaluate"]

Run = Callable[[MotionStore, Recipe, str], Evaluation]
"""Given the store, the recipe of a fold and who is left out, trains and evaluates."""


@dataclass(frozen=True, eq=False)
class CrossValidation:
    """What leaving out one subject after the other gave.

    Attributes
    ----------
    evaluations : dict of str to Evaluation
        By the subject that was left out.
    """

    evaluations: dict[str, Evaluation]

    @property
    def accuracy(self) -> Summary:
        """The mean over subjects with its spread: how much people differ, not seeds."""
        return summarize([found.accuracy for found in self.evaluations.values()])

    @property
    def macro_f1(self) -> Summary:
        """The mean macro F1 over subjects with its spread."""
        return summarize([found.macro_f1 for found in self.evaluations.values()])

    @property
    def subjects(self) -> pl.DataFrame:
        """``subject, windows, accuracy, macro_f1``, a row a subject."""
        return pl.DataFrame(
            [
                {
                    "subject": subject,
                    "windows": len(found.predictions),
                    "accuracy": found.accuracy,
                    "macro_f1": found.macro_f1,
                }
                for subject, found in self.evaluations.items()
            ]
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, JSON-able."""
        return {
            "accuracy": self.accuracy.to_dict(),
            "macro_f1": self.macro_f1.to_dict(),
            "subjects": {s: found.to_dict() for s, found in self.evaluations.items()},
        }

    def __str__(self) -> str:
        return (
            f"accuracy {self.accuracy} %, macro F1 {self.macro_f1} %, "
            f"mean over {len(self.evaluations)} subjects"
        )


def subject_folds(
    store: MotionStore, recipe: Recipe, *, subjects: Iterable[str | int] | None = None
) -> Iterator[tuple[str, Recipe]]:
    """Yield a recipe for each subject: that one tests, the others train.

    Parameters
    ----------
    store : MotionStore
    recipe : Recipe
        All but its split stays.
    subjects : iterable of str or int, optional
        Whom to go through; the others take no part. Everybody in the store, unless told.

    Yields
    ------
    subject : str
    recipe : Recipe

    Raises
    ------
    SplitError
        There are fewer than two subjects, or one is not in the store.
    """
    index = window_index(store, recipe.windows).drop_nulls("subject")
    index = index.with_columns(pl.col("subject").cast(pl.String))
    for subject, split in splits.leave_one_subject_out(index, subjects=subjects):
        others = sorted(set(split.train["subject"]), key=lambda name: (len(name), name))
        yield subject, recipe.override({"split": {"train": others, "test": [subject]}})


def leave_one_subject_out(
    store: MotionStore,
    recipe: Recipe,
    run: Run,
    *,
    subjects: Iterable[str | int] | None = None,
) -> CrossValidation:
    """Run a recipe once for each subject, who is left out of training and tested on.

    To choose a setting, give the subjects that a fixed split trains and validates on: the others
    then stay unseen.

    Parameters
    ----------
    store, recipe, subjects
        As for :func:`subject_folds`.
    run : callable
        Given the store, the fold's recipe and the subject's name; :func:`train_and_evaluate`, or a
        baseline.

    Examples
    --------
    With the baseline that is not trained::

        leave_one_subject_out(
            store, recipe, lambda store, recipe, subject: evaluate_rocket(store, recipe)
        )
    """
    return CrossValidation(
        {
            subject: run(store, fold, subject)
            for subject, fold in subject_folds(store, recipe, subjects=subjects)
        }
    )


def train_and_evaluate(
    store: MotionStore,
    recipe: Recipe,
    *,
    out: str | Path,
    seed: int = 0,
    labels_per_class: int | None = None,
    labels_share: float | None = None,
    label_seed: int = 0,
    resume: bool = True,
    progress: Progress | None = None,
) -> Evaluation:
    """Pretrain if the recipe says so, fine-tune, and evaluate on its test windows.

    Parameters
    ----------
    store : MotionStore
    recipe : Recipe
    out : str or Path
        Holds ``pretrained`` and ``classifier``; what is finished is not done again.
    seed, labels_per_class, labels_share, label_seed, resume, progress
        As for :func:`kinefuse.methods.pretrain` and :func:`kinefuse.methods.finetune`.

    Raises
    ------
    ConfigError, SplitError
        As those two, and :func:`kinefuse.evaluate.evaluate`.
    """
    folder, checkpoint = Path(out), None
    if recipe.pretrain is not None:
        checkpoint = pretrain(
            store, recipe, out=folder / "pretrained", seed=seed, resume=resume, progress=progress
        )
    classifier = finetune(
        store,
        recipe,
        checkpoint=checkpoint,
        labels_per_class=labels_per_class,
        labels_share=labels_share,
        label_seed=label_seed,
        seed=seed,
        out=folder / "classifier",
        resume=resume,
        progress=progress,
    )
    return evaluate(classifier, store, index=windows_of(store, recipe, "test"))
