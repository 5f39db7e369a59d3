"""The recipes that do on MMAct what the published code of CMC-CMKM does."""

import numpy as np
import pytest
from tests.readers.mmact_files import write_mmact

pytest.importorskip("torch")
from kinefuse.data import MotionStore, ingest
from kinefuse.evaluate import evaluate
from kinefuse.methods import finetune, pretrain, windows
from kinefuse.nn import encoders
from kinefuse.recipe import Recipe, names

NAMES = [name for name in names() if name.startswith("reference-mmact-")]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("mmact")
    write_mmact(
        path / "raw",
        subjects=(1, 2, 13, 17),
        scenes=(1,),
        sessions=(1, 2),
        activities=("carrying", "waving_hand", "pushing"),
    )
    assert ingest("mmact", path / "raw", path / "store").failed == ()
    return MotionStore(path / "store")


def test_there_is_one_for_each_of_utd_mhad():
    ours, others = (
        {name.removeprefix(prefix) for name in names() if name.startswith(prefix)}
        for prefix in ("reference-mmact-", "reference-utd-mhad-")
    )
    assert ours == others


@pytest.mark.parametrize(
    ("name", "modality", "length", "count"),
    [
        ("cmc", "inertial", 5632, 1_832_864 - 593_024),
        ("cmc", "skeleton", 256, 430_144),
        ("supervised-skeleton", "skeleton", 10_240, 430_144),
    ],
)
def test_encoders_are_of_the_published_size(name, modality, length, count):
    encoder = Recipe.load(f"reference-mmact-{name}").modalities[modality].encoder
    sizes = {"inertial": {"channels": 12}, "skeleton": {"joints": 17, "dims": 2}}[modality]
    built = encoders.build(encoder.name, time=50, **sizes, **encoder.options)
    assert built.out_features == length
    assert sum(p.numel() for p in built.parameters()) == count


def test_inputs_are_raw_and_as_in_the_files(store):
    recipe = small("reference-mmact-cmc")
    index = windows.fold(store, recipe, "train").index
    prepared = windows.preparations(store, index, recipe)
    (batch,) = windows.loader(store, index, prepared, batch_size=64)
    # The mean of a signal is what resampling through the spectrum keeps.
    raw = store.read(index["recording"][0], "inertial").mean(axis=0)
    raw[:6] *= 9.80665
    assert batch["inertial"][0, 0].mean(axis=1) == pytest.approx(raw, rel=1e-3, abs=1e-2)
    body = np.nanmean(store.read(index["recording"][0], "skeleton"), axis=0)
    assert batch["skeleton"][0, 0].mean(axis=1) == pytest.approx(body.T, rel=1e-3, abs=1e-2)


def small(name):
    recipe = Recipe.load(name)
    changes = {
        "split.train": ["1", "2"],
        "split.validation": ["13"],
        "split.test": ["17"],
    }
    for stage in ("pretrain", "teachers", "finetune", "supervised"):
        if getattr(recipe, stage) is not None:
            changes |= {f"{stage}.epochs": 2, f"{stage}.batch_size": 6}
    if "inertial" in recipe.modalities:
        changes["modalities.inertial.encoder.feedforward"] = 32
    return recipe.override(changes)


@pytest.mark.parametrize("name", NAMES)
def test_each_recipe_from_files_to_a_score(store, tmp_path, name):
    recipe, start = small(name), None
    if recipe.pretrain is not None:
        start = pretrain(store, recipe, out=tmp_path / "start")
    made = finetune(store, recipe, checkpoint=start, out=tmp_path / "run")
    found = evaluate(made, store, subjects=["17"])
    assert len(found.predictions) == 6
    assert np.isfinite(found.predictions["probability"].to_numpy()).all()
