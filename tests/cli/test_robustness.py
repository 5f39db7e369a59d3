import json

import polars as pl
import pytest

from kinefuse.data import MotionStore

pytest.importorskip("torch")
from kinefuse.evaluate import measure_robustness


@pytest.fixture(scope="module")
def classifier(store, recipe, tmp_path_factory):
    from kinefuse.methods import finetune
    from kinefuse.recipe import Recipe

    out = tmp_path_factory.mktemp("classifier")
    return finetune(MotionStore(store), Recipe.load(recipe), out=out)


def test_the_table_and_the_files_hold_what_the_function_gives(
    kinefuse, classifier, store, tmp_path, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")
    out = tmp_path / "new" / "curves.html"
    words = ("--noise", "0,2", "--missing", "0,1", "--shift", "0", "--out", out)
    status, said, err = kinefuse("robustness", classifier, store, *words)
    assert status == 0, err
    assert "warning" not in err
    expected = measure_robustness(
        classifier, MotionStore(store), subjects=["2"], noise=(0, 2), missing=(0, 1), shift_s=(0,)
    )
    numbers = json.loads(out.with_suffix(".json").read_text())
    assert pl.DataFrame(numbers["table"], expected.table.schema).equals(expected.table)
    assert out.read_text().startswith("<!doctype html>")
    assert "the model has no other modality" in said
    assert "6 windows at every level; 0 left out" in said


def test_those_who_were_trained_on_are_warned_of(kinefuse, classifier, store):
    status, _, err = kinefuse(
        "robustness", classifier, store, "--subjects", "1", "--noise", "0", "--missing", "0"
    )
    assert status == 0
    assert "subjects 1 were trained on" in err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("--noise", "loud"), 2, "--noise: expected numbers between commas, got 'loud'"),
        (("--missing", "2"), 2, "missing: expected numbers from 0 to 1, got 2.0"),
        (("--out", "x.png"), 2, "ends in .svg or .html"),
        (("--subjects", "9"), 1, "no subject 9"),
    ],
)
def test_a_mistake_is_named(words, status, message, kinefuse, classifier, store):
    told = kinefuse("robustness", classifier, store, *words)
    assert told[0] == status
    assert message in told[2]


def test_evaluate_without_a_modality_says_what_it_would_take(kinefuse, classifier, store):
    status, _, err = kinefuse("evaluate", classifier, store, "--missing", "inertial")
    assert status == 2
    assert "inertial is all that the model has" in err
    status, _, err = kinefuse("evaluate", classifier, store, "--missing", "a,,b")
    assert status == 2
    assert "--missing: expected names between commas" in err
    status, said, _ = kinefuse("evaluate", classifier, store, "--impute", "mean")
    assert status == 0
    assert "accuracy" in said
