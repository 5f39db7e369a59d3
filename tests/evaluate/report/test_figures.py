import xml.etree.ElementTree as ET

import numpy as np
import pytest

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate.convergence import Curve
from kinefuse.evaluate.report import Result, figures

CLASSES = ("sit", "walk", "run")


def results():
    return [
        Result(
            method=method,
            modality="both",
            labels=labels,
            accuracy=0.3 + 0.05 * seed,
            macro_f1=0.3,
            windows=9,
            label_seed=seed,
        )
        for method in ("cmc", "supervised")
        for labels in ("1/class", "3/class")
        for seed in range(3)
    ]


def curves():
    uneven = Curve([0, 2, 4], [0.1, 0.5, 0.9], steps=[0, 20, 40], seconds=[0, 3, 6])
    even = Curve([0, 1, 2, 3], [0.1, 0.2, 0.3, 0.4], steps=[0, 10, 20, 30], seconds=[0, 1, 2, 3])
    return {"clmm": [uneven, even], "cmc": [even]}


@pytest.mark.parametrize(
    "svg",
    [
        pytest.param(lambda: figures.accuracy_against_labels(results()), id="labels"),
        pytest.param(lambda: figures.confusion_matrix(np.eye(3, dtype=int), CLASSES), id="matrix"),
        pytest.param(
            lambda: figures.embedding_picture(np.eye(3, 2), np.array([0, 2, -1]), CLASSES), id="map"
        ),
        pytest.param(
            lambda: figures.convergence_curves(curves(), against="seconds", level=0.6), id="curves"
        ),
    ],
)
def test_a_figure_is_well_formed_and_the_same_each_time(svg):
    text = svg()
    root = ET.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert svg() == text


def test_runs_are_averaged_at_the_epochs_that_all_have():
    x, accuracy = figures._on_common_epochs("clmm", curves()["clmm"], "seconds")
    np.testing.assert_allclose(x, [0, 1.25, 2.5, 3.75])
    np.testing.assert_allclose(accuracy, [[0.1, 0.3, 0.5, 0.7], [0.1, 0.2, 0.3, 0.4]])


def test_curves_need_runs_that_know_their_cost():
    with pytest.raises(InputError, match="expected at least one method"):
        figures.convergence_curves({})
    with pytest.raises(InputError, match="cmc: expected runs with seconds"):
        figures.convergence_curves({"cmc": [Curve([1], [0.5])]}, against="seconds")
    with pytest.raises(InputError, match="cmc: expected runs with epochs"):
        figures.convergence_curves({"cmc": []})


def test_a_class_that_was_never_true_leaves_its_row_blank():
    figures.confusion_matrix(np.array([[2, 1, 0], [0, 0, 0], [0, 0, 3]]), CLASSES)


def test_the_projection_keeps_far_groups_apart():
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.normal(at, 0.1, (12, 8)) for at in (-5, 0, 5)])
    points = figures.project(features, seed=1)
    assert points.shape == (36, 2)
    assert (points == figures.project(features, seed=1)).all()
    distance = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    assert (distance.argmin(axis=1) // 12 == np.arange(36) // 12).all()


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: figures.accuracy_against_labels([]), InputError, "at least one result"),
        (lambda: figures.confusion_matrix(np.eye(2), CLASSES), ShapeError, "for 3 classes"),
        (lambda: figures.project(np.zeros((3, 2))), ShapeError, "at least 4"),
        (lambda: figures.project(np.full((9, 2), np.nan)), InputError, "finite"),
        (
            lambda: figures.embedding_picture(np.zeros((2, 3)), np.zeros(2, int), CLASSES),
            ShapeError,
            "points",
        ),
        (
            lambda: figures.embedding_picture(np.zeros((1, 2)), np.array([3]), CLASSES),
            InputError,
            "expected -1 to 2",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
