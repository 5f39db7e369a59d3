"""The recipes of HAPT and MotionSense, on files of their layouts: from raw windows to a score."""

import json

import numpy as np
import polars as pl
import pytest

from kinefuse import recipe as recipes
from kinefuse.data import MotionStore, ingest
from kinefuse.evaluate import evaluate
from kinefuse.methods import finetune, pretrain
from kinefuse.methods.windows import windows_of
from kinefuse.recipe import Recipe

# Which way is down, and how fast.
KINDS = {"walking": (0, 2.0), "standing": (1, 0.1), "sitting": (2, 0.1)}
SUBJECTS = range(1, 6)
SECONDS = 24
NAMES = [
    name
    for name in recipes.names()
    if name.startswith(("hapt-", "motionsense-")) and not name.endswith("cross-subject")
]


def signals(subject, kind, seed):
    """Return acceleration in g and angular rate in rad/s, 50 a second."""
    random = np.random.default_rng([subject, seed])
    axis, hz = KINDS[kind]
    time = np.arange(SECONDS * 50) / 50
    wave = np.sin(2 * np.pi * hz * time + random.uniform(0, 6))[:, None]
    acc = np.eye(3)[axis] + 0.3 * hz * wave * [0.2, 0.5, 1] + random.normal(0, 0.02, (len(time), 3))
    gyro = hz * wave * [1, 0.3, 0.1] + random.normal(0, 0.05, (len(time), 3))
    return acc, gyro


def write_hapt(path):
    raw = path / "Raw-Data"
    raw.mkdir(parents=True)
    numbers, lines = {"walking": 1, "standing": 5, "sitting": 4}, []
    for subject in SUBJECTS:
        parts = [signals(subject, kind, n) for n, kind in enumerate(numbers)]
        for name, data in zip(("acc", "gyro"), zip(*parts, strict=True), strict=True):
            file = raw / f"{name}_exp{subject:02}_user{subject:02}.txt"
            np.savetxt(file, np.concatenate(data), fmt="%.6g")
        rows = SECONDS * 50
        for n, number in enumerate(numbers.values()):
            # The last seconds of each activity have no label.
            lines.append(f"{subject} {subject} {number} {n * rows + 1} {(n + 1) * rows - 150}")
    (raw / "labels.txt").write_text("\n".join(lines) + "\n")


def write_motionsense(path):
    for subject in SUBJECTS:
        for n, (code, kind) in enumerate(
            {"wlk_7": "walking", "std_6": "standing", "sit_5": "sitting"}.items()
        ):
            acc, gyro = signals(subject, kind, n)
            columns = {f"gravity.{a}": acc[:, i] for i, a in enumerate("xyz")}
            columns |= {f"userAcceleration.{a}": np.zeros(len(acc)) for a in "xyz"}
            columns |= {f"rotationRate.{a}": gyro[:, i] for i, a in enumerate("xyz")}
            file = path / code / f"sub_{subject}.csv"
            file.parent.mkdir(parents=True, exist_ok=True)
            pl.DataFrame(columns).write_csv(file)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    made = {}
    for name, write in (("hapt", write_hapt), ("motionsense", write_motionsense)):
        path = tmp_path_factory.mktemp(name)
        write(path / "raw")
        assert ingest(name, path / "raw", path / "store").failed == ()
        made[name] = MotionStore(path / "store")
    return made


def small(name):
    """Return the recipe for those subjects, with small networks and few epochs."""
    full = Recipe.load(name)
    changes = {"split.train": [1, 2, 3], "split.validation": [4], "split.test": [5]}
    for modality in full.modalities:
        changes[f"modalities.{modality}.encoder.width"] = 16
    for stage, count in {
        "pretrain": 3, "finetune": 4, "supervised": 1, "collaborative": 8,
    }.items():  # fmt: skip
        if getattr(full, stage, None) is not None:
            changes |= {f"{stage}.epochs": count, f"{stage}.batch_size": 16}
            changes[f"{stage}.min_steps"] = 80 if stage == "supervised" else 0
    return full.override(changes)


def test_each_data_set_has_the_methods_that_are_compared():
    for data in ("hapt", "motionsense"):
        methods = {name.removeprefix(f"{data}-") for name in NAMES if name.startswith(data)}
        assert methods >= {"supervised", "simclr", "cmc", "clmm"}


@pytest.mark.parametrize("name", NAMES)
def test_each_recipe_goes_from_files_to_a_score(stores, tmp_path, name):
    store, recipe = stores[name.split("-")[0]], small(name)
    start = None
    if recipe.pretrain is not None:
        start = pretrain(store, recipe, out=tmp_path / "start")
    made = finetune(store, recipe, checkpoint=start, labels_share=0.3, out=tmp_path / "run")
    found = evaluate(made, store, index=windows_of(store, recipe, "test"))
    # Chance is a third; what is down tells all three apart.
    assert found.accuracy >= 0.5
    assert np.isfinite(found.predictions["probability"].to_numpy()).all()


def test_the_same_data_and_networks_for_what_is_compared():
    for data in ("hapt", "motionsense"):
        loaded = [Recipe.load(name) for name in NAMES if name.startswith(data)]
        first = loaded[0]
        for other in loaded[1:]:
            assert (other.split, other.windows) == (first.split, first.windows)
            for name, modality in first.modalities.items():
                assert other.modalities[name].prepare == modality.prepare


def test_no_choice_was_made_on_motionsense():
    """It has too few people for that; labels are not spread, and all else is taken from HAPT."""
    for name in NAMES:
        if name.startswith("motionsense-"):
            own, its = Recipe.load(name), Recipe.load(name.replace("motionsense", "hapt"))
            same = {"name": "", "description": "", "split": its.split}
            if own.collaborative is not None:
                alone = {"propagate": None, "relabel": 0}
                its = its.model_copy(
                    update={"collaborative": its.collaborative.model_copy(update=alone)}
                )
            assert own.model_copy(update=same) == its.model_copy(update=same)


def test_labels_are_spread_only_where_they_are_few(stores, tmp_path):
    recipe = small("hapt-clmm").override({"pretrain.epochs": 1, "collaborative.epochs": 1})
    start = pretrain(stores["hapt"], recipe, out=tmp_path / "start")
    trained = {}
    for count in (2, 3):
        asked = {"checkpoint": start, "labels_per_class": count, "out": tmp_path / str(count)}
        run = json.loads((finetune(stores["hapt"], recipe, **asked) / "run.json").read_text())
        trained[count] = run["result"]["trained_windows"]
    # Two labels a class reach all windows; three of each of three activities stand alone.
    assert trained == {2: run["asked"]["windows"], 3: 9}
