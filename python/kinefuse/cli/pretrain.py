"""``kinefuse pretrain``: encoders, without labels."""

from kinefuse.cli.console import say, training_progress
from kinefuse.cli.options import Out, Override, RecipeName, Resume, Seed, Store, load_recipe

__all__ = ["pretrain"]


def pretrain(
    store: Store,
    recipe: RecipeName,
    out: Out,
    seed: Seed = 0,
    override: Override = None,
    resume: Resume = True,
) -> None:
    """Train a recipe's encoders on its training subjects, without labels.

    For example:

        kinefuse pretrain stores/utd-mhad --recipe utd-mhad-cmc --out runs/cmc

        kinefuse pretrain stores/utd-mhad -r mine.toml --set pretrain.epochs=20 -o runs/short
    """
    chosen = load_recipe(recipe, override)
    from kinefuse.data import MotionStore
    from kinefuse.methods import pretrain as run

    with training_progress() as progress:
        made = run(MotionStore(store), chosen, out=out, seed=seed, resume=resume, progress=progress)
    say(f"checkpoint: {made}")
