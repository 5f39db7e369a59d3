import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.errors import DtypeError, InputError, ShapeError
from kinefuse.evaluate import metrics

pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60)


@given(pairs)
def test_equal_naive_counts(pairs):
    y, p = (np.array(side) for side in zip(*pairs, strict=True))
    counts = metrics.confusion(y, p, n_classes=6)
    for true in range(6):
        for said in range(6):
            assert counts[true, said] == sum(pair == (true, said) for pair in pairs)
    assert metrics.accuracy(y, p) == pytest.approx(sum(a == b for a, b in pairs) / len(pairs))
    scores = []
    for k in set(y) | set(p):
        hits = sum(pair == (k, k) for pair in pairs)
        precision = hits / max(1, sum(b == k for _, b in pairs))
        recall = hits / max(1, sum(a == k for a, _ in pairs))
        scores.append(2 * precision * recall / (precision + recall) if hits else 0.0)
    assert metrics.macro_f1(y, p) == pytest.approx(sum(scores) / len(scores))
    assert metrics.macro_f1(y, p, n_classes=9) == pytest.approx(metrics.macro_f1(y, p))


def test_macro_f1_is_that_of_scikit_learn():
    sklearn = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(0)
    y, p = random.integers(0, 7, (2, 500))
    expected = sklearn.f1_score(y, p, average=None)
    np.testing.assert_allclose(metrics.f1(y, p), expected)
    assert metrics.macro_f1(y, p) == pytest.approx(sklearn.f1_score(y, p, average="macro"))
    np.testing.assert_array_equal(metrics.confusion(y, p), sklearn.confusion_matrix(y, p))


def test_a_class_that_nobody_does_or_is_said_to_do_has_no_score():
    scores = metrics.f1([0, 0], [0, 1], n_classes=3)
    assert scores[0] == pytest.approx(2 / 3)
    assert scores[1] == 0
    assert np.isnan(scores[2])


def test_each_subject_has_a_row_with_its_own_numbers():
    random = np.random.default_rng(1)
    y, p = random.integers(0, 3, (2, 90))
    subject = random.choice(["10", "2", "guest"], 90)
    table = metrics.per_subject(y, p, pl.Series(subject))
    assert table["subject"].to_list() == ["2", "10", "guest"]
    assert table["windows"].sum() == 90
    for row in table.iter_rows(named=True):
        own = subject == row["subject"]
        assert row["accuracy"] == metrics.accuracy(y[own], p[own])
        assert row["macro_f1"] == metrics.macro_f1(y[own], p[own])
    assert metrics.per_subject(y, p, subject).equals(table)


def test_tensors_are_taken_too():
    torch = pytest.importorskip("torch")
    assert metrics.accuracy(torch.tensor([0, 1]), torch.tensor([0, 0])) == 0.5


def test_bad_input_is_refused():
    with pytest.raises(ShapeError, match="same length"):
        metrics.accuracy([0, 1], [0])
    with pytest.raises(InputError, match="at least one window"):
        metrics.accuracy(np.zeros(0, int), np.zeros(0, int))
    with pytest.raises(DtypeError, match="integer predictions"):
        metrics.accuracy([0, 1], [0.5, 1.0])
    with pytest.raises(InputError, match="2 negative ones: leave windows without a label out"):
        metrics.confusion([0, -1, -1], [0, 0, 0])
    with pytest.raises(InputError, match="0 to 1, got 2"):
        metrics.confusion([0, 2], [0, 0], n_classes=2)
    with pytest.raises(ShapeError, match="a subject for each of 2"):
        metrics.per_subject([0, 1], [0, 1], ["a"])
