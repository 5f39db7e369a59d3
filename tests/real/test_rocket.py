"""The baseline without training on real recordings: what every method has to beat."""

import pytest
from tests.real.recordings import folder

pytest.importorskip("torch")
from kinefuse.data import MotionStore, ingest
from kinefuse.evaluate import evaluate_rocket
from kinefuse.recipe import Recipe

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    out = tmp_path_factory.mktemp("utd-mhad") / "store"
    ingest("utd-mhad", folder("utd-mhad"), out)
    return MotionStore(out)


@pytest.mark.parametrize(
    ("recipe", "least"),
    [
        ("utd-mhad-supervised-inertial", 0.86),
        ("utd-mhad-supervised-skeleton", 0.88),
        ("utd-mhad-supervised", 0.94),
    ],
)
def test_random_convolutions_go_a_long_way(store, recipe, least):
    found = evaluate_rocket(store, Recipe.load(recipe))
    assert len(found.predictions) == 430
    assert found.accuracy > least
    assert set(found.per_subject["subject"]) == {"2", "4", "6", "8"}
