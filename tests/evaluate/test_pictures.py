import sys
import types
import xml.etree.ElementTree as ET

import numpy as np
import polars as pl
import pytest

pytest.importorskip("torch")
from kinefuse.errors import InputError, MissingExtraError
from kinefuse.evaluate import Embedded
from kinefuse.evaluate.pictures import draw_map, write_picture

SVG = "{http://www.w3.org/2000/svg}"


def embedded(modalities=("inertial", "skeleton"), n=12, projectors=True, subjects=3):
    random = np.random.default_rng(0)
    y = np.arange(n) % 3
    made = {
        m: (np.eye(3, 5)[y] * 4 + random.normal(size=(n, 5))).astype(np.float32) for m in modalities
    }
    wide = {m: np.hstack([x, x[:, :number]]) for number, (m, x) in enumerate(made.items())}
    windows = pl.DataFrame(
        {
            "window": np.arange(n),
            "label": [None, *y[1:]],
            "subject": [str(i % subjects) for i in range(n)],
        }
    )
    return Embedded(wide, made if projectors else {}, windows, ("sit", "walk", "run"), 0)


def points(svg):
    """How often each marker of the picture's lines is used."""
    root = ET.fromstring(svg)
    axes = root.find(f".//{SVG}g[@id='axes_1']")
    lines = [g for g in axes if g.get("id", "").startswith("line2d")]
    return sum(len(g.findall(f".//{SVG}use")) for g in lines)


def texts(svg):
    # Matplotlib draws letters as paths and keeps the words as comments.
    return {line.strip()[5:-4].strip() for line in svg.splitlines() if line.strip()[:4] == "<!--"}


def test_a_window_is_there_once_a_modality():
    svg = draw_map(embedded())
    assert points(svg) == 24
    assert {"inertial", "skeleton", "sit", "walk", "run"} <= texts(svg)
    assert svg == draw_map(embedded())


def test_a_window_is_there_once_where_shapes_are_subjects():
    for space in ("embeddings", "projections"):
        svg = draw_map(embedded(), shape="subject", space=space)
        assert points(svg) == 12
        assert {"0", "1", "2"} <= texts(svg)


def test_modalities_without_a_common_space_are_refused():
    with pytest.raises(InputError, match="by their projections only"):
        draw_map(embedded(projectors=False))
    with pytest.raises(InputError, match="by their projections only"):
        draw_map(embedded(), space="embeddings")
    one = draw_map(embedded(modalities=("inertial",), projectors=False))
    assert points(one) == 12


def test_more_subjects_than_shapes_are_refused():
    with pytest.raises(InputError, match="13 shapes cannot be told apart"):
        draw_map(embedded(n=26, subjects=13), shape="subject")


def test_umap_is_asked_for_by_name_and_its_absence_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "umap", None)
    with pytest.raises(MissingExtraError, match="pip install umap-learn"):
        draw_map(embedded(), method="umap")
    asked = {}

    class Fake:
        def __init__(self, **settings):
            asked.update(settings)

        def fit_transform(self, x):
            return x[:, :2]

    monkeypatch.setitem(sys.modules, "umap", types.SimpleNamespace(UMAP=Fake))
    draw_map(embedded(), shape="subject", method="umap", seed=5)
    assert asked == {"n_neighbors": 11, "random_state": 5, "n_jobs": 1}


def test_a_page_needs_no_other_file_and_escapes(tmp_path):
    svg = draw_map(embedded())
    plain = write_picture(tmp_path / "new" / "map.svg", svg, title="x")
    assert plain.read_text() == svg
    page = write_picture(tmp_path / "map.html", svg, title="a <b>", caption="of 12").read_text()
    assert "a &lt;b&gt;" in page
    assert "of 12" in page
    assert "http" not in page.replace("http-equiv", "")
    with pytest.raises(InputError, match=r"\.svg or \.html"):
        write_picture(tmp_path / "map.png", svg, title="x")
