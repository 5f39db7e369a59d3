"""``kinefuse pretrain``: encoders, without labels."""

from pathlib import Path
from typing import Annotated

import typer

from kinefuse.cli.console import say, training_progress
from kinefuse.cli.options import (
    History,
    Out,
    Override,
    RecipeName,
    Resume,
    Seed,
    Store,
    load_recipe,
)

__all__ = ["pretrain"]


def pretrain(
    store: Store,
    recipe: RecipeName,
    out: Out,
    seed: Seed = 0,
    teachers: Annotated[
        list[Path] | None,
        typer.Option(
            help="For the method cmc_cmkm: a SimCLR pretraining of the same modalities, or one for "
            "each, the option repeated. Unless given, it is made first."
        ),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            help="For the method cross_subject: the contrastive pretraining to go on from. Unless "
            "given, it is made first."
        ),
    ] = None,
    override: Override = None,
    history: History = 0,
    resume: Resume = True,
) -> None:
    """Train a recipe's encoders on its training subjects, without labels.

    For example:

        kinefuse pretrain stores/utd-mhad --recipe utd-mhad-cmc --out runs/cmc

        kinefuse pretrain stores/utd-mhad -r mine.toml --set pretrain.epochs=20 -o runs/short

        kinefuse pretrain stores/utd-mhad -r utd-mhad-cross-subject --start runs/cmc -o runs/mined

        torchrun --nproc-per-node 2 -m kinefuse pretrain stores/big -r mine.toml -o runs/big
    """
    chosen = load_recipe(recipe, override)
    from kinefuse.data import MotionStore
    from kinefuse.methods import pretrain as run
    from kinefuse.ranks import is_first, process_group

    with process_group(), training_progress(shown=(first := is_first())) as progress:
        made = run(
            MotionStore(store),
            chosen,
            out=out,
            seed=seed,
            teachers=teachers[0] if teachers and len(teachers) == 1 else teachers,
            start=start,
            history=history,
            resume=resume,
            progress=progress,
        )
    if first:
        say(f"checkpoint: {made}")
