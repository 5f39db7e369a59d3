"""``kinefuse picture``: the embeddings of windows as a map."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinefuse.cli.console import say
from kinefuse.cli.options import AnyCheckpoint, Store, subject_names
from kinefuse.errors import InputError

if TYPE_CHECKING:
    from kinefuse.evaluate.embeddings import Space as SpaceName

__all__ = ["picture"]


class Shape(StrEnum):
    """What the shape of a point says."""

    modality = "modality"
    subject = "subject"


class Space(StrEnum):
    """Which vectors."""

    embeddings = "embeddings"
    projections = "projections"


class Layout(StrEnum):
    """What lays the points out."""

    tsne = "tsne"
    umap = "umap"


def picture(
    checkpoint: AnyCheckpoint,
    store: Store,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="A file that ends in `.svg` or `.html`.")
    ],
    subjects: Annotated[
        str | None,
        typer.Option(
            help="Whose windows: `2,4,6,8`, or `all`. Unless told, the test subjects of the recipe "
            "that the checkpoint was trained by."
        ),
    ] = None,
    shape: Annotated[
        Shape | None,
        typer.Option(
            help="What a point's shape says. Unless told, the modality where there are several "
            "and projectors, else the subject."
        ),
    ] = None,
    space: Annotated[
        Space | None,
        typer.Option(help="Unless told, the projections where the checkpoint has projectors."),
    ] = None,
    layout: Annotated[
        Layout, typer.Option(help="t-SNE, or UMAP where umap-learn is installed.")
    ] = Layout.tsne,
    seed: Annotated[int, typer.Option(help="Of the layout.")] = 0,
) -> None:
    """Draw windows in the plane by their embeddings, coloured by activity.

    Neighbours mean something; distances between clusters, and their sizes, do not.

    For example:

        kinefuse picture runs/cmc stores/utd-mhad -o runs/cmc/map.html

        kinefuse picture runs/cmc stores/utd-mhad --shape subject -o runs/cmc/subjects.svg
    """
    if out.suffix not in (".svg", ".html"):
        raise InputError(f"--out: expected a file that ends in .svg or .html, got {str(out)!r}")
    from kinefuse.data import MotionStore
    from kinefuse.evaluate.embeddings import embed, embed_fold
    from kinefuse.evaluate.pictures import draw_map, write_picture

    opened = MotionStore(store)
    if subjects is None:
        found = embed_fold(checkpoint, opened, "test")
    else:
        wanted = None if subjects == "all" else subject_names(subjects)
        found = embed(checkpoint, opened, subjects=wanted)
    shared = len(found.modalities) > 1 and bool(found.projections)
    shown = shape or (Shape.modality if shared else Shape.subject)
    vectors: SpaceName = found.spaces[-1] if space is None else space.value
    svg = draw_map(found, shape=shown.value, space=vectors, method=layout.value, seed=seed)
    whose = sorted(set(map(str, found.windows["subject"])), key=lambda name: (len(name), name))
    name = {"tsne": "t-SNE", "umap": "UMAP"}[layout.value]
    write_picture(
        out,
        svg,
        title=f"{checkpoint.name}: {vectors} of {len(found)} windows",
        caption=f"{name}, seed {seed}, of subjects {', '.join(whose)} of the store {store.name}; "
        f"colour: activity, shape: {shown.value}. Neighbours mean something, distances between "
        "clusters do not.",
    )
    if found.incomplete:
        say(f"{found.incomplete} windows without a modality left out")
    say(f"picture: {out}")
