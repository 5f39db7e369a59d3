import xml.etree.ElementTree as ET

import numpy as np
import polars as pl
import pytest

pytest.importorskip("torch")
from kinefuse import methods
from kinefuse.data.splits import few_labels
from kinefuse.evaluate import evaluate, probes
from kinefuse.evaluate.directions import fuse
from kinefuse.evaluate.embeddings import embed_fold
from kinefuse.reproduce import measure, tasks


@pytest.fixture(scope="module")
def pretrained(store, recipe, tmp_path_factory):
    out = tmp_path_factory.mktemp("pretrained")
    return methods.pretrain(store, recipe.override({"pretrain.epochs": 3}), out=out)


def task(store, folder, checkpoint, **options):
    return tasks.Task(
        folder=folder,
        options=options,
        needs={"checkpoint": checkpoint},
        store=store.path,
        progress=lambda *_: None,
    )


def test_a_probe_gets_the_labels_that_fine_tuning_would(store, pretrained, tmp_path):
    options = {"probe": "prototype", "labels_per_class": 2, "label_seed": 3}
    found = measure.probe(task(store, tmp_path, pretrained, **options))
    train, test = (embed_fold(pretrained, store, fold) for fold in ("train", "test"))
    drawn = set(few_labels(train.windows, per_class=2, seed=3)["window"])
    labels = [y if w in drawn else -1 for w, y in train.windows["window", "label"].iter_rows()]
    assert sum(y >= 0 for y in labels) == 2 * 3
    known, asked = train.projections, test.projections
    places = probes.prototypes(fuse(known, known), labels, 3)
    said = probes.nearest_prototype(fuse(asked, known), places)
    assert found["accuracy"] == pytest.approx(np.mean(said == test.label))
    assert (found["windows"], np.sum(found["confusion"])) == (15, 15)
    assert [row["subject"] for row in found["per_subject"]] == ["4"]
    all_labels = measure.probe(task(store, tmp_path, pretrained, probe="propagation"))
    assert 0 <= all_labels["accuracy"] <= 1


def test_a_history_comes_with_the_result(store, recipe, tmp_path):
    short = recipe.override({"supervised.epochs": 2, "supervised.min_steps": None})
    options = {"recipe": short.to_dict(), "seed": 0, "labels_per_class": 2}
    given = tasks.Task(
        folder=tmp_path,
        options=options | {"history": 1},
        needs={},
        store=store.path,
        progress=lambda *_: None,
    )
    found = tasks.classify(given)
    assert [row["epoch"] for row in found["history"]] == [0, 1, 2]
    assert pl.DataFrame(found["history"])["accuracy"].is_between(0, 1).all()


def test_a_picture_is_left_in_the_folder(store, pretrained, tmp_path):
    assert measure.picture(task(store, tmp_path, pretrained)) == {"windows": 15}
    assert ET.fromstring((tmp_path / measure.PICTURE).read_text()).tag.endswith("svg")


@pytest.fixture(scope="module")
def classifier(store, clmm, tmp_path_factory):
    short = clmm.override({"collaborative.epochs": 2})
    out = tmp_path_factory.mktemp("classifier")
    return methods.finetune(store, short, out=out)


def test_a_classifier_is_tested_without_a_modality(store, classifier, tmp_path):
    given = task(store, tmp_path, classifier, missing=["skeleton"])
    found = measure.lack(given)
    test = evaluate(classifier, store, subjects=["4"], missing=["skeleton"])
    assert (found["accuracy"], found["windows"]) == (test.accuracy, 15)
    assert found["partial"] == 15


def test_branches_are_measured_one_by_one_and_attention_sums_to_one(store, classifier, tmp_path):
    found = measure.inspect(task(store, tmp_path, classifier))
    whole = evaluate(classifier, store, subjects=["4"])
    assert found["joint/accuracy"] == pytest.approx(whole.accuracy)
    assert found["joint/macro_f1"] == pytest.approx(whole.macro_f1)
    assert {f"{m}/accuracy" for m in ("inertial", "skeleton", "shared", "specific")} <= set(found)
    assert set(found["attention"]) == set(store.classes)
    for weights in found["attention"].values():
        assert sum(weights) == pytest.approx(1, abs=1e-5)
    assert found["modalities"] == ["inertial", "skeleton"]
