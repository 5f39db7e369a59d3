import json

import numpy as np
import pytest

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate.report.results import (
    Result,
    confused,
    label_order,
    per_subject,
    pooled_confusion,
    summarize,
)


def result(accuracy=0.5, **changes):
    values = {"method": "cmc", "modality": "both", "labels": "1/class", "macro_f1": accuracy}
    return Result(**{"windows": 10, "accuracy": accuracy, **values, **changes})


def test_mean_and_deviation_are_over_the_runs_of_one_method_and_label_count():
    runs = [result(a, label_seed=s) for s, a in enumerate([0.6, 0.7, 0.95])]
    other = [result(0.2, method="supervised")]
    table = summarize(runs + other)
    assert table["method"].to_list() == ["cmc", "supervised"]
    assert table["runs"].to_list() == [3, 1]
    assert table["accuracy"][0] == pytest.approx(np.mean([0.6, 0.7, 0.95]))
    assert table["accuracy_sd"][0] == pytest.approx(np.std([0.6, 0.7, 0.95], ddof=1), abs=1e-6)
    assert table["accuracy_sd"][1] is None


def test_labels_are_ordered_from_few_to_many():
    runs = [result(labels=labels) for labels in ("100%", "10/class", "25%", "2/class")]
    assert summarize(runs)["labels"].to_list() == ["2/class", "10/class", "25%", "100%"]


@pytest.mark.parametrize("labels", ["3", "0/class", "0%", "101%", "-1/class", "", "3 / class"])
def test_labels_of_another_form_are_refused(labels):
    with pytest.raises(InputError, match="expected '3/class' or '25%'"):
        label_order(labels)


@pytest.mark.parametrize("accuracy", [76.7, -0.1, float("nan")])
def test_a_percentage_or_nan_is_no_accuracy(accuracy):
    with pytest.raises(InputError, match="accuracy: expected a number from 0 to 1"):
        result(accuracy, macro_f1=0.5)
    with pytest.raises(InputError, match=r"per_subject\['2'\]"):
        result(per_subject={"2": accuracy})


def test_a_confusion_matrix_is_square():
    with pytest.raises(ShapeError, match=r"expected \(K, K\), got \(2, 3\)"):
        result(confusion=np.zeros((2, 3), dtype=int))


def test_subjects_are_in_their_natural_order_and_the_absent_one_is_null():
    runs = [
        result(per_subject={"10": 0.5, "2": 1.0}),
        result(per_subject={"10": 0.7, "2": 0.5}, label_seed=1),
        result(per_subject={"2": 0.25}, labels="2/class"),
    ]
    table = per_subject(runs)
    assert table.columns == ["modality", "method", "labels", "2", "10"]
    assert table.select("2", "10").rows() == [(0.75, 0.6), (0.25, None)]


def test_without_subjects_the_table_is_empty():
    assert per_subject([result()]).height == 0


def test_confusion_matrices_add_up_and_differing_ones_do_not():
    runs = [result(confusion=[[1, 2], [3, 4]]), result(confusion=[[1, 0], [0, 1]]), result()]
    assert pooled_confusion(runs).tolist() == [[2, 2], [3, 5]]
    assert pooled_confusion([result()]) is None
    with pytest.raises(ShapeError, match="different shapes"):
        pooled_confusion([*runs, result(confusion=[[1]])])


def test_the_most_confused_pairs_come_first_and_correct_ones_never():
    confusion = np.array([[8, 2, 0], [0, 9, 1], [5, 0, 5]])
    assert confused(confusion, ["sit", "walk", "run"]) == [
        ("run", "sit", 5, 0.5),
        ("sit", "walk", 2, 0.2),
        ("walk", "run", 1, 0.1),
    ]
    assert len(confused(confusion, ["sit", "walk", "run"], most=1)) == 1
    with pytest.raises(ShapeError, match="for 2 classes"):
        confused(confusion, ["sit", "walk"])


def test_a_result_survives_json():
    before = result(confusion=[[1, 2], [3, 4]], per_subject={"2": 0.5}, seconds=1.5)
    after = Result.from_dict(json.loads(json.dumps(before.to_dict())))
    assert after.to_dict() == before.to_dict()
    assert (after.confusion == before.confusion).all()
