"""Arguments and options that several commands share, and how their text is read."""

import warnings
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from kinefuse.errors import ConfigError, InputError, LeakageWarning

if TYPE_CHECKING:
    from kinefuse.checkpoint import Info
    from kinefuse.recipe import Recipe

__all__ = [
    "AnyCheckpoint",
    "BalanceSubjects",
    "Checkpoint",
    "History",
    "LabelList",
    "LabelSeed",
    "LabelsPerClass",
    "LabelsShare",
    "Out",
    "Override",
    "RecipeName",
    "Resume",
    "Seed",
    "Store",
    "labels_of",
    "labels_text",
    "load_recipe",
    "names_of",
    "pairs",
    "read_labels",
    "subject_names",
    "warn_of_trained",
]

T = TypeVar("T")

Store = Annotated[Path, typer.Argument(help="A store that `kinefuse ingest` made.")]
Checkpoint = Annotated[
    Path, typer.Argument(help="A classifier: the folder that `kinefuse finetune` made.")
]
AnyCheckpoint = Annotated[
    Path, typer.Argument(help="What `kinefuse pretrain` or `kinefuse finetune` made.")
]
RecipeName = Annotated[
    str,
    typer.Option(
        "--recipe",
        "-r",
        help="A recipe that comes with kinefuse (`kinefuse info` lists them), or a `.toml` file.",
    ),
]
Override = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="Change a setting of the recipe: `--set pretrain.epochs=20`. Repeatable."
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out", "-o", help="The run's folder: the model, the resolved recipe, what it cost."
    ),
]
LabelsPerClass = Annotated[
    int | None,
    typer.Option(
        "--labels-per-class",
        "-k",
        min=1,
        help="Use so many labelled windows of each activity. All, unless told.",
    ),
]
LabelsShare = Annotated[
    float | None,
    typer.Option(
        help="Instead: this share of each activity's labelled windows, rounded down, at least "
        "one: `--labels-share 0.05`."
    ),
]
LabelList = Annotated[
    str | None,
    typer.Option(
        help="Instead: a text file that names the recordings whose labels are used, one a line; "
        "or `cosmo-5`, `cosmo-10`, ..., the published lists of Cosmo for UTD-MHAD."
    ),
]
BalanceSubjects = Annotated[
    bool, typer.Option("--balance-subjects", help="Draw labels so that subjects take turns.")
]
LabelSeed = Annotated[
    int, typer.Option(help="Which labels: those of 1 a class are among those of 2.")
]
Seed = Annotated[int, typer.Option(help="Of the weights, the batches and the views.")]
History = Annotated[
    int,
    typer.Option(
        min=0,
        help="Note every epoch's loss and seconds in `run.json`, and measure on the validation "
        "subjects every so many epochs, which decides nothing. 0 keeps no history.",
    ),
]
Resume = Annotated[
    bool,
    typer.Option(help="Go on with an interrupted run in the folder, or begin it again."),
]


class Imputed(StrEnum):
    """What stands in for a modality that a window lacks."""

    mean = "mean"


Impute = Annotated[
    Imputed | None,
    typer.Option(
        help="Put the training windows' mean where a window lacks a modality, instead of doing "
        "without, or of leaving the window out."
    ),
]


def pairs(words: Sequence[str] | None, option: str, read: Callable[[str], T]) -> dict[str, T]:
    """Read ``key=value`` words.

    Raises
    ------
    ConfigError
        A word without ``=``, a key twice, or a value that ``read`` refuses.
    """
    found: dict[str, T] = {}
    for word in words or ():
        key, equals, value = word.partition("=")
        if not equals or not key:
            raise ConfigError(f"{option}: expected key=value, got {word!r}")
        if key in found:
            raise ConfigError(f"{option}: {key!r} comes twice")
        try:
            found[key] = read(value)
        except ValueError as error:
            raise ConfigError(f"{option}: {key}: {error}") from None
    return found


def method_of(info: "Info") -> str:
    """Return what trained a checkpoint; a classifier without pretraining is supervised."""
    scratch = bool(info.classes) and info.training.get("checkpoint") is None
    return "supervised" if scratch else info.method


def labels_of(info: "Info") -> str:
    """Return what labels a classifier was given, as tables name it: ``3/class``, ``5%``."""
    if per_class := info.training.get("labels_per_class"):
        return f"{per_class}/class"
    if info.training.get("labels"):
        labelled, windows = info.training["labelled"], info.training["training_windows"]
        each, rest = divmod(labelled, len(info.classes))
        # A list may have more of some classes.
        return f"{100 * labelled / windows:.3g}%" if rest else f"{each}/class"
    return f"{100 * (info.training.get('labels_share') or 1.0):g}%"


def labels_text(info: "Info") -> str:
    """Return how many labels that were in effect."""
    training = info.training
    given = labels_of(info)
    windows = training.get("training_windows", "unknown")
    whole = f"{training.get('labelled', 'unknown')} labels of {windows} windows"
    return whole if given == "100%" else f"{whole} ({given})"


def load_recipe(name: str, overrides: Sequence[str] | None) -> "Recipe":
    """Load a recipe by name or path, with the settings of ``--set``."""
    from kinefuse.recipe import Recipe

    return Recipe.load(name, pairs(overrides, "--set", str))


def read_labels(word: str | None) -> tuple[str, ...] | None:
    """Return the names of a list of recordings: of a file, or one that comes with kinefuse.

    Raises
    ------
    FileNotFoundError
        There is no such file.
    InputError
        There is no such published list.
    """
    if word is None:
        return None
    kind, _, percent = word.partition("-")
    if kind == "cosmo" and percent.isdecimal():
        from kinefuse.readers.cosmo_labels import cosmo_labels

        return cosmo_labels(int(percent))
    lines = Path(word).read_text("utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def subject_names(subjects: str | None) -> list[str]:
    """Read the names of subjects between commas."""
    return names_of(subjects, "--subjects")


def names_of(text: str | None, option: str) -> list[str]:
    """Read names between commas."""
    names = [name.strip() for name in (text or "").split(",")]
    if not all(names):
        raise InputError(f"{option}: expected names between commas, got {text!r}")
    return names


def warn_of_trained(recipe: "Recipe | None", wanted: list[str] | None) -> None:
    """Warn when a recipe trained on some of these subjects; None is everybody."""
    if recipe is None:
        return
    trained = recipe.split.parts["train"].subjects
    # A part that names no subjects may have any.
    seen = trained if wanted is None else wanted if trained is None else set(trained) & set(wanted)
    if seen is None or seen:
        who = "all subjects" if seen is None else f"subjects {', '.join(sorted(seen))}"
        were = "may have been" if trained is None else "were"
        warnings.warn(
            f"{who} {were} trained on: the result says nothing about new people",
            LeakageWarning,
            stacklevel=1,
        )
