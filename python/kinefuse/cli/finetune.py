"""``kinefuse finetune``: a classifier, with few labels or many."""

from pathlib import Path
from typing import Annotated

import typer

from kinefuse.cli.console import say, training_progress
from kinefuse.cli.options import (
    BalanceSubjects,
    History,
    LabelList,
    LabelSeed,
    LabelsPerClass,
    LabelsShare,
    Out,
    Override,
    RecipeName,
    Resume,
    Seed,
    Store,
    labels_text,
    load_recipe,
    read_labels,
)

__all__ = ["finetune"]


def finetune(
    store: Store,
    recipe: RecipeName,
    out: Out,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            "--checkpoint",
            "-c",
            help="What `kinefuse pretrain` made. Without, training is from scratch, by the "
            "recipe's `[supervised]`.",
        ),
    ] = None,
    labels_per_class: LabelsPerClass = None,
    labels_share: LabelsShare = None,
    labels: LabelList = None,
    label_seed: LabelSeed = 0,
    balance_subjects: BalanceSubjects = False,
    seed: Seed = 0,
    override: Override = None,
    history: History = 0,
    resume: Resume = True,
) -> None:
    """Train a classifier on a recipe's training subjects.

    For example:

        kinefuse finetune stores/utd-mhad -r utd-mhad-cmc -c runs/cmc -k 3 -o runs/cmc-3

        kinefuse finetune stores/utd-mhad -r utd-mhad-cmc -c runs/cmc --labels-share 0.05 -o runs/5

        kinefuse finetune stores/utd-mhad -r utd-mhad-supervised -o runs/supervised
    """
    chosen = load_recipe(recipe, override)
    from kinefuse.checkpoint import load
    from kinefuse.data import MotionStore
    from kinefuse.methods import finetune as run
    from kinefuse.ranks import process_group

    with process_group(), training_progress() as progress:
        made = run(
            MotionStore(store),
            chosen,
            checkpoint=checkpoint,
            labels_per_class=labels_per_class,
            labels_share=labels_share,
            labels=read_labels(labels),
            label_seed=label_seed,
            balance_subjects=balance_subjects,
            seed=seed,
            out=out,
            history=history,
            resume=resume,
            progress=progress,
        )
    say(labels_text(load(made).info))
    say(f"checkpoint: {made}")
