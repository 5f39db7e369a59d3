import json

import numpy as np
import pytest

pytest.importorskip("torch")
from kinefuse.errors import SplitError
from kinefuse.evaluate import evaluate_rocket
from kinefuse.evaluate.cross_validation import (
    leave_one_subject_out,
    subject_folds,
    train_and_evaluate,
)


def test_every_subject_is_left_out_once_and_nobody_tests_who_trained(store, recipe):
    folds = dict(subject_folds(store, recipe))
    assert list(folds) == ["1", "2", "3", "4"]
    for subject, fold in folds.items():
        assert fold.split.parts["test"].subjects == (subject,)
        assert fold.split.parts["train"].subjects == tuple(s for s in folds if s != subject)
        assert fold.split.part("validation") is None
        assert fold.pretrain == recipe.pretrain
    some = dict(subject_folds(store, recipe, subjects=["1", 3]))
    assert {s: f.split.parts["train"].subjects for s, f in some.items()} == {
        "1": ("3",),
        "3": ("1",),
    }


def test_numbers_are_means_over_subjects(store, recipe):
    def run(store, fold, subject):
        found = evaluate_rocket(store, fold, n_kernels=60)
        assert set(found.predictions["subject"]) == {subject}
        return found

    found = leave_one_subject_out(store, recipe, run)
    each = [one.accuracy for one in found.evaluations.values()]
    assert found.accuracy.mean == pytest.approx(np.mean(each))
    assert found.accuracy.sd == pytest.approx(np.std(each, ddof=1))
    assert found.subjects["accuracy"].to_list() == each
    assert found.subjects["windows"].to_list() == [15] * 4
    assert "mean over 4 subjects" in str(found)
    assert json.loads(json.dumps(found.to_dict()))["accuracy"]["n"] == 4


def test_the_whole_way_leaves_its_folders_and_is_not_done_again(store, recipe, tmp_path):
    quick = recipe.override({"pretrain.epochs": 1, "finetune.epochs": 1})
    (subject, fold), *_ = subject_folds(store, quick, subjects=["1", "2"])
    found = train_and_evaluate(store, fold, out=tmp_path, labels_per_class=2)
    assert set(found.predictions["subject"]) == {subject}
    run = json.loads((tmp_path / "classifier" / "run.json").read_text())
    assert (run["asked"]["labelled"], run["asked"]["windows"]) == (6, 15)
    assert (tmp_path / "pretrained" / "model.json").is_file()

    def refuse(*_):
        raise AssertionError("trained again")

    again = train_and_evaluate(store, fold, out=tmp_path, labels_per_class=2, progress=refuse)
    assert again.predictions.equals(found.predictions)


def test_one_subject_is_too_few_and_a_stranger_is_named(store, recipe):
    with pytest.raises(SplitError, match="two or more"):
        list(subject_folds(store, recipe, subjects=["1"]))
    with pytest.raises(SplitError, match="no subject '9'"):
        list(subject_folds(store, recipe, subjects=["1", "9"]))
