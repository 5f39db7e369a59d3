"""``kinefuse evaluate``: how good a classifier is on subjects that it has not seen."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kinefuse.cli.console import say
from kinefuse.cli.options import (
    Checkpoint,
    Impute,
    Store,
    labels_of,
    labels_text,
    method_of,
    names_of,
    subject_names,
    warn_of_trained,
)
from kinefuse.errors import InputError

if TYPE_CHECKING:
    from kinefuse.checkpoint import Info
    from kinefuse.evaluate import Evaluation

__all__ = ["evaluate"]


def evaluate(
    checkpoint: Checkpoint,
    store: Store,
    subjects: Annotated[
        str | None,
        typer.Option(
            help="Whose windows: `2,4,6,8`, or `all`. Unless told, the test subjects of the recipe "
            "that the classifier was trained by."
        ),
    ] = None,
    missing: Annotated[
        str | None,
        typer.Option(
            help="Take modalities away from all windows: `--missing inertial`. Not every "
            "classifier does without."
        ),
    ] = None,
    impute: Impute = None,
    report: Annotated[
        Path | None, typer.Option(help="Write an HTML report, and the numbers as JSON beside it.")
    ] = None,
) -> None:
    """Evaluate a classifier: accuracy, macro-F1, each subject, what is taken for what.

    For example:

        kinefuse evaluate runs/cmc-3 stores/utd-mhad --report runs/cmc-3/report.html

        kinefuse evaluate runs/clmm-3 stores/utd-mhad --missing inertial
    """
    if report is not None and report.suffix != ".html":
        raise InputError(f"--report: expected a file that ends in .html, got {str(report)!r}")
    from kinefuse import checkpoint as checkpoints
    from kinefuse.data import MotionStore
    from kinefuse.evaluate import evaluate as run
    from kinefuse.methods.windows import windows_of
    from kinefuse.recipe import Recipe

    info = checkpoints.load(checkpoint).info
    training = info.training
    recipe = Recipe.from_dict(training["recipe"]) if "recipe" in training else None
    wanted = None if subjects in (None, "all") else subject_names(subjects)
    opened = MotionStore(store)
    options: dict[str, Any] = {
        "missing": names_of(missing, "--missing") if missing is not None else (),
        "impute": impute,
    }
    if subjects is None:
        if recipe is None or recipe.split.part("test") is None:
            raise InputError(
                "--subjects: the recipe of this classifier names no test subjects; say whose "
                "windows"
            )
        found = run(checkpoint, opened, index=windows_of(opened, recipe, "test"), **options)
        tested = str(recipe.split.part("test"))
    else:
        tested = "all subjects" if wanted is None else f"subjects {', '.join(wanted)}"
        warn_of_trained(recipe, wanted)
        found = run(checkpoint, opened, subjects=wanted, **options)
    say(found)
    for row in found.per_subject.iter_rows(named=True):
        say(f"  subject {row['subject']}: {100 * row['accuracy']:.1f} % of {row['windows']}")
    if report is not None:
        changed = [f"Without {missing}."] if missing else []
        changed += ["The training mean in place of what is missing."] if impute else []
        _write(report, found, info, store, tested, changed)
        say(f"report: {report}")


def _write(
    path: Path,
    found: "Evaluation",
    info: "Info",
    store: Path,
    tested: str,
    changed: list[str],
) -> None:
    from kinefuse.evaluate.report import Report, Result
    from kinefuse.machine import describe_run
    from kinefuse.recipe import Recipe

    training = info.training
    recipe = Recipe.from_dict(training["recipe"])
    result = Result.of(
        found,
        method=method_of(info),
        modality="both" if len(recipe.modalities) > 1 else next(iter(recipe.modalities)),
        labels=labels_of(info),
        seed=training.get("seed", 0),
        label_seed=training.get("label_seed", 0),
    )
    Report(
        title=f"{recipe.name}: evaluation",
        dataset=f"Store {store.name}",
        protocol=f"Trained on {recipe.split.parts['train']}; evaluated on {tested}",
        classes=found.classes,
        results=[result],
        run=describe_run(),
        recipe=recipe.to_toml(),
        notes=[f"Trained with {labels_text(info)}.", *changed],
    ).write(path)
