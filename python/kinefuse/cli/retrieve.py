"""``kinefuse retrieve``: recordings of the same activity, found by their embeddings."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from kinefuse.cli.console import say, show
from kinefuse.cli.options import AnyCheckpoint, Store
from kinefuse.errors import InputError

__all__ = ["retrieve"]


class Fold(StrEnum):
    """Whose windows ask."""

    validation = "validation"
    test = "test"


def retrieve(
    checkpoint: AnyCheckpoint,
    store: Store,
    queries: Annotated[
        Fold, typer.Option(help="Whose windows are the queries, of the checkpoint's recipe.")
    ] = Fold.test,
    ks: Annotated[str, typer.Option(help="Where precision and recall are taken.")] = "1,5,10",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write all numbers to a `.json` file.")
    ] = None,
) -> None:
    """Rank the training subjects' windows by their nearness to each of other people's.

    By each modality, by all fused, and across modalities, where the checkpoint has projectors: an
    inertial query against a skeleton gallery and back. A window is right that has the query's
    activity; recall and hit rates stand in the file.

    For example:

        kinefuse retrieve runs/cmc stores/utd-mhad --out runs/cmc/retrieval.json
    """
    if out is not None and out.suffix != ".json":
        raise InputError(f"--out: expected a file that ends in .json, got {str(out)!r}")
    at = _numbers(ks)
    from kinefuse.data import MotionStore
    from kinefuse.data.atomic import atomic_write
    from kinefuse.evaluate.embeddings import embed_fold
    from kinefuse.evaluate.retrieval import retrieve_modalities

    opened = MotionStore(store)
    asked = embed_fold(checkpoint, opened, queries.value)
    gallery = embed_fold(checkpoint, opened, "train")
    table = retrieve_modalities(asked, gallery, ks=at)
    precision = [f"precision@{k}" for k in at]
    show(table.select("query", "gallery", "space", "mean_average_precision", *precision, "queries"))
    say(f"gallery: {len(gallery.labelled())} windows; {_left_out(table['without_match'].max())}")
    if out is not None:
        values = {
            "checkpoint": str(checkpoint),
            "queries": queries.value,
            "gallery_windows": len(gallery.labelled()),
            "found": table.to_dicts(),
        }
        out.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(out) as file:
            file.write((json.dumps(values, indent=1) + "\n").encode())
        say(f"numbers: {out}")


def _numbers(text: str) -> list[int]:
    try:
        numbers = [int(word) for word in text.split(",")]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1:
        raise InputError(f"--ks: expected whole numbers from 1 between commas, got {text!r}")
    return numbers


def _left_out(without_match: object) -> str:
    return f"{without_match} queries without a match in it left out"
