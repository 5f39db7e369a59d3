"""The recipes of MMAct, on files of its layout: from the archives' contents to a score."""

import json
import re
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest
from tests.readers.mmact_files import paths, write, write_mmact

from kinefuse import recipe as recipes
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import LeakageWarning
from kinefuse.evaluate import evaluate
from kinefuse.methods import finetune, pretrain
from kinefuse.methods.windows import windows_of
from kinefuse.recipe import Recipe

ACTIVITIES = ("carrying", "waving_hand", "pushing")
SUBJECTS = (1, 2, 3, 13, 17)
NAMES = [name for name in recipes.names() if name.startswith("mmact-")]


def spoil(folder):
    """Hide joints of one clip, empty a sensor's file of another, lose the pose of a third."""
    _, path = paths(folder, 1, 1, 1, "carrying")
    frames = json.loads(path.read_text())
    for frame in frames.values():
        frame["person1"][3] = [0, 0, 0]
    write(path, frames)
    sensors, _ = paths(folder, 2, 2, 2, "pushing")
    write(sensors["gyro"], "")
    _, path = paths(folder, 3, 2, 1, "pushing")
    path.unlink()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("mmact")
    write_mmact(
        path / "raw",
        subjects=SUBJECTS,
        scenes=(1, 2),
        sessions=(1, 2, 3),
        activities=ACTIVITIES,
    )
    spoil(path / "raw")
    report = ingest("mmact", path / "raw", path / "store")
    assert report.failed == ()
    assert report.counts["takes_with_an_empty_sensor_file"] == 1
    assert report.counts["joints_missing"] == 60
    return MotionStore(path / "store")


def small(name):
    """Return the recipe for those subjects and scenes, with small networks and few epochs."""
    full = Recipe.load(name)
    split = {"train": ["1", "2", "3"], "validation": ["13"], "test": ["17"]}
    if "cross-scene" in name:
        split = {
            "train": {"subjects": ["1", "2", "3"], "scenes": ["1"]},
            "validation": [],
            "test": {"scenes": ["2"]},
        }
    changes = {f"split.{part}": value for part, value in split.items()}
    if "inertial" in full.modalities:
        changes |= {
            "modalities.inertial.prepare.length": 50,
            "modalities.inertial.encoder.width": 8,
        }
    if "skeleton" in full.modalities:
        changes |= {
            "modalities.skeleton.prepare.length": 24,
            "modalities.skeleton.encoder.widths": [8, 4, 8, 16, 24],
        }
    epochs = {"pretrain": 30, "teachers": 3, "cross_subject": 2, "finetune": 20, "supervised": 20}
    for stage, count in epochs.items():
        if getattr(full, stage) is not None:
            changes |= {f"{stage}.epochs": count, f"{stage}.batch_size": 16}
    if full.supervised is not None:
        changes["supervised.min_steps"] = 0
    if full.cross_subject is not None:
        changes |= {"cross_subject.k": 3, "cross_subject.every": 1}
    return full.override(changes)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_each_recipe_from_files_to_a_score(store, tmp_path, name):
    recipe = small(name)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        start = None
        if recipe.pretrain is not None:
            start = pretrain(store, recipe, out=tmp_path / "start")
        made = finetune(store, recipe, checkpoint=start, out=tmp_path / "run")
        found = evaluate(made, store, index=windows_of(store, recipe, "test"))
    kinds = {warning.category for warning in caught}
    assert kinds == ({LeakageWarning} if "cross-scene" in name else set())
    # Chance is a third. The activities differ in speed, which all modalities show.
    assert found.accuracy >= 0.6
    assert np.isfinite(found.predictions["probability"].to_numpy()).all()


def test_the_splits_are_those_of_cmc_cmkm():
    split = Recipe.load("mmact-cmc").split
    folds = [[int(s) for s in fold] for fold in (split.train, split.validation, split.test)]
    assert folds == [list(range(1, 13)), [13, 14, 15], [17, 18, 19, 20]]
    parts = Recipe.load("mmact-cmc-cross-scene").split.parts
    assert parts["train"].scenes == parts["validation"].scenes == ("1", "3", "4")
    assert parts["test"].conditions == {"scene": ("2",)}
    assert set(parts["train"].subjects) == {str(s) for s in range(1, 17)}


def test_the_recipes_of_the_guide_load(tmp_path):
    guide = Path(__file__).parents[2] / "docs/how-to/mmact.md"
    blocks = re.findall(r"(?m)^ {4}extends = .*\n(?:(?: {4}.*)?\n)+", guide.read_text())
    found = {}
    for number, block in enumerate(blocks):
        path = tmp_path / f"{number}.toml"
        path.write_text(textwrap.dedent(block))
        recipe = Recipe.load(path)
        found[recipe.name] = recipe
    assert list(found) == ["cross-session", "cross-view"]
    assert found["cross-session"].split.part("test").conditions == {"session": ("5",)}
    assert list(found["cross-view"].modalities) == ["skeleton"]
    assert found["cross-view"].split.part("train").conditions == {"view": ("1", "2", "3")}


def test_incomplete_takes_are_counted(store):
    from kinefuse.methods.windows import fold

    recipe = small("mmact-cmc")
    train = fold(store, recipe, "train")
    assert (len(train.index), train.incomplete) == (3 * 2 * 3 * 3 - 2, 2)
