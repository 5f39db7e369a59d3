"""``kinefuse probe``: what embeddings know, by simple classifiers on top of them."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer

from kinefuse.cli.console import say, show
from kinefuse.cli.options import (
    AnyCheckpoint,
    LabelSeed,
    LabelsPerClass,
    LabelsShare,
    Store,
    subject_names,
    warn_of_trained,
)
from kinefuse.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kinefuse.evaluate import Embedded

__all__ = ["probe"]


def probe(
    checkpoint: AnyCheckpoint,
    store: Store,
    subjects: Annotated[
        str | None,
        typer.Option(
            help="Whose windows are classified: `7`, or `2,4,6,8`. Unless told, the test "
            "subjects of the recipe that the checkpoint was trained by."
        ),
    ] = None,
    labels_per_class: LabelsPerClass = None,
    labels_share: LabelsShare = None,
    label_seed: LabelSeed = 0,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write all numbers to a `.json` file.")
    ] = None,
) -> None:
    """Probe embeddings: linear, ridge, k nearest neighbours, nearest prototype, propagation.

    The probes learn from the training subjects of the checkpoint's recipe. Each is tried on every
    modality and on all fused, on the embeddings and, where there are projectors, the projections.

    For example:

        kinefuse probe runs/cmc stores/utd-mhad

        kinefuse probe runs/cmc stores/utd-mhad --subjects 7 -k 1 --out runs/cmc/probes.json
    """
    if out is not None and out.suffix != ".json":
        raise InputError(f"--out: expected a file that ends in .json, got {str(out)!r}")
    from kinefuse import checkpoint as checkpoints
    from kinefuse.data import MotionStore
    from kinefuse.data.atomic import atomic_write
    from kinefuse.evaluate.embeddings import embed, embed_fold
    from kinefuse.evaluate.probing import probe as run
    from kinefuse.recipe import Recipe

    opened = MotionStore(store)
    train = embed_fold(checkpoint, opened, "train")
    if subjects is None:
        test = embed_fold(checkpoint, opened, "test")
    else:
        wanted = subject_names(subjects)
        recipe = Recipe.from_dict(checkpoints.load(checkpoint).info.training["recipe"])
        warn_of_trained(recipe, wanted)
        test = embed(checkpoint, opened, subjects=wanted)
    labels = _labels(train, labels_per_class, labels_share, label_seed)
    table = run(train, test, labels=labels)
    show(table)
    used, tested = int((labels >= 0).sum()), len(test.labelled())
    say(f"{used} labels of {len(train)} training windows; {tested} windows classified")
    if out is not None:
        values = {
            "checkpoint": str(checkpoint),
            "labels_per_class": labels_per_class,
            "labels_share": labels_share,
            "label_seed": label_seed,
            "labels": used,
            "windows": tested,
            "probes": table.to_dicts(),
        }
        out.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(out) as file:
            file.write((json.dumps(values, indent=1) + "\n").encode())
        say(f"numbers: {out}")


def _labels(
    train: "Embedded", per_class: int | None, share: float | None, seed: int
) -> "NDArray[np.int64]":
    from kinefuse.data.splits import few_labels

    labels = train.label
    if per_class is None and share is None:
        return labels
    drawn = few_labels(train.labelled().windows, per_class=per_class, share=share, seed=seed)
    used = np.isin(train.windows["window"].to_numpy(), drawn["window"].to_numpy())
    return np.where(used, labels, -1)
