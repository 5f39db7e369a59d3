"""``kinefuse finetune``: a classifier, with few labels or many."""

from pathlib import Path
from typing import Annotated

import typer

from kinefuse.cli.console import say, training_progress
from kinefuse.cli.options import (
    Out,
    Override,
    RecipeName,
    Resume,
    Seed,
    Store,
    load_recipe,
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
    labels_per_class: Annotated[
        int | None,
        typer.Option(
            "--labels-per-class",
            "-k",
            min=1,
            help="Use so many labelled windows of each activity. All, unless told.",
        ),
    ] = None,
    label_seed: Annotated[
        int, typer.Option(help="Which labels: those of 1 a class are among those of 2.")
    ] = 0,
    seed: Seed = 0,
    override: Override = None,
    resume: Resume = True,
) -> None:
    """Train a classifier on a recipe's training subjects.

    For example:

        kinefuse finetune stores/utd-mhad -r utd-mhad-cmc -c runs/cmc -k 3 -o runs/cmc-3

        kinefuse finetune stores/utd-mhad -r utd-mhad-supervised -o runs/supervised
    """
    chosen = load_recipe(recipe, override)
    from kinefuse.data import MotionStore
    from kinefuse.methods import finetune as run

    with training_progress() as progress:
        made = run(
            MotionStore(store),
            chosen,
            checkpoint=checkpoint,
            labels_per_class=labels_per_class,
            label_seed=label_seed,
            seed=seed,
            out=out,
            resume=resume,
            progress=progress,
        )
    say(f"checkpoint: {made}")
