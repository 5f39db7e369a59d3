"""Embeddings as a picture: a map of windows, coloured by activity."""

import base64
from pathlib import Path
from typing import Literal

import jinja2
import numpy as np

from kinefuse.data.atomic import atomic_write
from kinefuse.errors import InputError
from kinefuse.evaluate.directions import center, fuse
from kinefuse.evaluate.embeddings import Embedded, Space
from kinefuse.evaluate.report.figures import embedding_picture, project

__all__ = ["Shape", "draw_map", "write_picture"]

Shape = Literal["modality", "subject"]


def draw_map(
    found: Embedded,
    *,
    shape: Shape = "modality",
    space: Space | None = None,
    method: Literal["tsne", "umap"] = "tsne",
    seed: int = 0,
) -> str:
    """Draw windows in the plane: near in the picture is near in the embedding.

    With ``shape="modality"`` every window is there once a modality, in the space that modalities
    share: two modalities of one activity lie together where they were learned to. With
    ``shape="subject"`` a window is one point, its modalities fused: a person that lies apart is one
    that the encoders recognise.

    Parameters
    ----------
    found : Embedded
        At least four windows.
    shape : {"modality", "subject"}
        What the shape of a point says; its colour says the activity, grey for none.
    space : {"embeddings", "projections"}, optional
        The projections where there are some, unless told. Different modalities can be compared in
        the projections only.
    method : {"tsne", "umap"}
        UMAP needs umap-learn, which kinefuse does not bring.
    seed : int

    Returns
    -------
    str
        SVG, the same for the same seed.

    Raises
    ------
    InputError
        Modalities of embeddings of different widths, or more subjects than there are shapes.
    MissingExtraError
        umap-learn is asked for and not installed.
    """
    chosen: Space = space or found.spaces[-1]
    rows = found.space(chosen)
    names: list[str]
    if shape == "modality":
        if len({x.shape[1] for x in rows.values()}) > 1 or (
            len(rows) > 1 and chosen != "projections"
        ):
            raise InputError(
                "draw_map: modalities lie in one space by their projections only, and this is of "
                f"their {chosen}: take a pretrained checkpoint, or shape='subject'"
            )
        names = list(rows)
        features = np.concatenate([center(x, x) for x in rows.values()])
        kinds = np.repeat(np.arange(len(rows)), len(found))
        labels = np.tile(found.label, len(rows))
    else:
        whose = [str(name) for name in found.windows["subject"]]
        names = sorted(set(whose), key=lambda name: (len(name), name))
        features = fuse(rows, rows)
        kinds = np.array([names.index(name) for name in whose])
        labels = found.label
    points = project(features, seed=seed, method=method)
    return embedding_picture(points, labels, found.classes, shapes=kinds, shape_names=names)


def write_picture(path: str | Path, svg: str, *, title: str, caption: str = "") -> Path:
    """Write a picture as it is (``.svg``), or in a page that needs no other file (``.html``).

    Parameters
    ----------
    path : str or Path
        Its folder is made if need be.
    svg : str
        Of :func:`draw_map`.
    title, caption : str
        Stand in the page.

    Raises
    ------
    InputError
        The path ends in something else.
    """
    path = Path(path)
    if path.suffix not in (".svg", ".html"):
        raise InputError(f"expected a file that ends in .svg or .html, got {str(path)!r}")
    text = svg
    if path.suffix == ".html":
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("kinefuse.evaluate.report", "."),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
        )
        picture = base64.b64encode(svg.encode()).decode("ascii")
        text = environment.get_template("picture.html.j2").render(
            title=title, caption=caption, picture=f"data:image/svg+xml;base64,{picture}"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(text.encode())
    return path
