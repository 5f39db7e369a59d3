"""``kinefuse cross-validate``: each subject tested by a model that the others trained."""

import json
from typing import TYPE_CHECKING, Annotated

import typer

from kinefuse.cli.console import say, show, training_progress
from kinefuse.cli.options import (
    LabelSeed,
    LabelsPerClass,
    LabelsShare,
    Out,
    Override,
    RecipeName,
    Resume,
    Seed,
    Store,
    load_recipe,
    subject_names,
)

if TYPE_CHECKING:
    from kinefuse.data import MotionStore
    from kinefuse.evaluate import Evaluation
    from kinefuse.recipe import Recipe

__all__ = ["cross_validate"]


def cross_validate(
    store: Store,
    recipe: RecipeName,
    out: Out,
    subjects: Annotated[
        str | None,
        typer.Option(
            help="Whom to go through, `1,3,5,7`; the others take no part. Everybody, unless told."
        ),
    ] = None,
    labels_per_class: LabelsPerClass = None,
    labels_share: LabelsShare = None,
    label_seed: LabelSeed = 0,
    seed: Seed = 0,
    override: Override = None,
    resume: Resume = True,
) -> None:
    """Leave one subject out: train on the others, test on that one, for each in turn.

    The recipe's own split is not used. Pretraining, too, is done anew for each subject, without
    that one's recordings. What is finished is kept: the same command goes on where it was stopped.
    To choose a setting, name those subjects only that the fixed split trains and validates on.

    For example:

        kinefuse cross-validate stores/utd-mhad -r utd-mhad-supervised-inertial -o runs/each

        kinefuse cross-validate stores/utd-mhad -r utd-mhad-cmc -k 3 --subjects 1,3,5,7 -o runs/four
    """
    chosen = load_recipe(recipe, override)
    wanted = None if subjects is None else subject_names(subjects)
    from kinefuse.data import MotionStore
    from kinefuse.data.atomic import atomic_write
    from kinefuse.evaluate.cross_validation import leave_one_subject_out, train_and_evaluate

    def run(opened: "MotionStore", fold: "Recipe", subject: str) -> "Evaluation":
        with training_progress(f"subject {subject}:") as progress:
            return train_and_evaluate(
                opened,
                fold,
                out=out / f"without-{subject}",
                seed=seed,
                labels_per_class=labels_per_class,
                labels_share=labels_share,
                label_seed=label_seed,
                resume=resume,
                progress=progress,
            )

    found = leave_one_subject_out(MotionStore(store), chosen, run, subjects=wanted)
    show(found.subjects)
    say(found)
    file = out / "cross-validation.json"
    with atomic_write(file) as writing:
        writing.write((json.dumps(found.to_dict(), indent=1) + "\n").encode())
    say(f"numbers: {file}")
