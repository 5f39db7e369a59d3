import warnings

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.data import splits
from kinefuse.errors import ConfigError, LeakageWarning, SplitError


def table(n=240, n_subjects=8, n_classes=5):
    return pl.DataFrame(
        {
            "window": pl.Series(range(n), dtype=pl.UInt64),
            "subject": [str(i % n_subjects + 1) for i in range(n)],
            "label": [(i // n_subjects) % n_classes for i in range(n)],
        }
    )


INDEX = table()


def test_by_subject_takes_all_windows_of_the_named():
    split = splits.by_subject(INDEX, train=[1, 3, 5], validation=["7"], test=(2, 4))
    assert set(split.train["subject"]) == {"1", "3", "5"}
    assert set(split.validation["subject"]) == {"7"}
    assert set(split.test["subject"]) == {"2", "4"}
    assert len(split.train) == 90
    assert split.train["window"].is_sorted()


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"train": [1, 2], "test": [2, 3]}, "subject '2' is in train and in test"),
        ({"train": [1], "validation": [1], "test": [2]}, "is in train and in validation"),
        ({"train": [1], "test": []}, "test: expected at least one subject"),
        ({"train": [], "test": [1]}, "train: expected at least one subject"),
        ({"train": [1], "test": [9]}, "test: no subject '9'; there are 1, 2"),
    ],
)
def test_a_split_that_cannot_be(parts, message):
    with pytest.raises(SplitError, match=message):
        splits.by_subject(INDEX, **parts)


def test_leave_one_subject_out_tests_each_once():
    folds = list(splits.leave_one_subject_out(table(n_subjects=11)))
    assert [subject for subject, _ in folds] == [str(n) for n in range(1, 12)]
    for subject, split in folds:
        assert set(split.test["subject"]) == {subject}
        assert subject not in set(split.train["subject"])
        assert len(split.train) + len(split.test) == 240
    some = dict(splits.leave_one_subject_out(INDEX, subjects=[1, 3]))
    assert set(some["1"].train["subject"]) == {"3"}
    with pytest.raises(SplitError, match="two or more"):
        next(splits.leave_one_subject_out(INDEX, subjects=[1]))


def test_a_random_split_warns_of_leakage():
    with pytest.warns(LeakageWarning, match="8 subjects are in training and in test"):
        split = splits.at_random(INDEX, train=0.5, validation=0.25, seed=1)
    assert (len(split.train), len(split.validation), len(split.test)) == (120, 60, 60)
    together = pl.concat([split.train, split.validation, split.test])
    assert together.sort("window").equals(INDEX)


def test_a_random_split_of_strangers_does_not_warn():
    strangers = INDEX.with_columns(subject=pl.col("window").cast(pl.String))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        splits.at_random(strangers, train=0.5)


def test_few_labels_by_class():
    drawn = splits.few_labels(INDEX, per_class=3, seed=4)
    assert drawn.group_by("label").len()["len"].to_list() == [3] * 5
    assert drawn["window"].is_sorted()
    assert not drawn.equals(splits.few_labels(INDEX, per_class=3, seed=5))
    assert drawn.equals(splits.few_labels(INDEX, per_class=3, seed=4))


def test_few_labels_by_class_and_subject():
    drawn = splits.few_labels(INDEX, per_class=2, per_subject=True)
    assert set(drawn.group_by("label", "subject").len()["len"]) == {2}
    assert len(drawn) == 2 * 5 * 8


@given(seed=st.integers(0, 2**32), k=st.integers(1, 47))
def test_draws_are_nested_and_depend_on_the_own_class_only(seed, k):
    smaller = splits.few_labels(INDEX, per_class=k, seed=seed)
    larger = splits.few_labels(INDEX, per_class=k + 1, seed=seed)
    assert set(smaller["window"]) < set(larger["window"])
    shuffled = INDEX.filter(pl.col("label") != 2).reverse()
    alone = splits.few_labels(shuffled, per_class=k, seed=seed)
    assert set(alone["window"]) == set(smaller.filter(pl.col("label") != 2)["window"])


@pytest.mark.parametrize(("share", "each"), [(0.01, 1), (0.05, 2), (0.25, 12), (0.5, 24), (1, 48)])
def test_a_share_is_rounded_down_but_never_to_none(share, each):
    drawn = splits.few_labels(INDEX, share=share)
    assert set(drawn.group_by("label").len()["len"]) == {each}


def test_every_window_of_a_class_is_as_likely():
    picked = [splits.few_labels(INDEX, per_class=1, seed=seed) for seed in range(2000)]
    counts = pl.concat(picked).group_by("window").len()
    # Each of 48 windows a class: 41.7 of 2000 times, standard deviation 6.4.
    assert len(counts) == 240
    assert 15 < counts["len"].min() < counts["len"].max() < 70


def test_windows_without_label_are_never_drawn():
    some = INDEX.with_columns(label=pl.when(pl.col("window") % 2 == 0).then(-1).otherwise("label"))
    assert (splits.few_labels(some, per_class=2)["label"] >= 0).all()
    with pytest.raises(SplitError, match="no window has a label"):
        splits.few_labels(INDEX.with_columns(label=-1), per_class=1)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({}, ConfigError, "either per_class or share"),
        ({"per_class": 1, "share": 0.1}, ConfigError, "either per_class or share"),
        ({"per_class": 0}, ConfigError, "at least 1"),
        ({"share": 1.5}, ConfigError, "at most 1"),
        ({"per_class": 49}, SplitError, "class 0 has 48 windows, fewer than 49"),
        ({"per_class": 7, "per_subject": True}, SplitError, "class 0 of subject 1 has 6 windows"),
    ],
)
def test_wrong_settings(settings, error, message):
    index = INDEX.sort("label", "subject")
    with pytest.raises(error, match=message):
        splits.few_labels(index, **settings)
