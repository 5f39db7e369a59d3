import itertools
import warnings

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.data import splits
from kinefuse.errors import ConfigError, InputError, LeakageWarning, SplitError


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


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_balanced_subjects_take_turns(seed):
    draws = [
        splits.few_labels(INDEX, per_class=k, balance_subjects=True, seed=seed)
        for k in range(1, 49)
    ]
    for k, drawn in enumerate(draws, start=1):
        counts = drawn.group_by("label", "subject").len()["len"]
        full = len(drawn.select("label", "subject").unique()) == 5 * min(k, 8)
        assert full
        assert counts.max() - (counts.min() if k >= 8 else 1) <= 1
    for smaller, larger in itertools.pairwise(draws):
        assert set(smaller["window"]) < set(larger["window"])
    # Five classes, eight subjects: no subject has two of the first five labels.
    assert draws[0]["subject"].n_unique() == 5
    other = splits.few_labels(INDEX, per_class=1, balance_subjects=True, seed=seed + 10)
    assert set(other["window"]) != set(draws[0]["window"])


def test_within_a_turn_the_draw_is_by_the_same_hash():
    plain = splits.few_labels(INDEX, per_class=1, per_subject=True, seed=4)
    turns = splits.few_labels(INDEX, per_class=8, balance_subjects=True, seed=4)
    assert plain["window"].to_list() == turns["window"].to_list()


def test_a_subject_that_lacks_a_class_misses_its_turn():
    some = INDEX.filter(~((pl.col("subject") == "2") & (pl.col("label") == 1)))
    drawn = splits.few_labels(some, per_class=7, balance_subjects=True).filter(pl.col("label") == 1)
    assert sorted(drawn["subject"]) == ["1", "3", "4", "5", "6", "7", "8"]


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
        (
            {"per_class": 1, "per_subject": True, "balance_subjects": True},
            ConfigError,
            "leaves balance_subjects nothing to do",
        ),
        ({"per_class": 49}, SplitError, "class 0 has 48 windows, fewer than 49"),
        ({"per_class": 7, "per_subject": True}, SplitError, "class 0 of subject 1 has 6 windows"),
    ],
)
def test_wrong_settings(settings, error, message):
    index = INDEX.sort("label", "subject")
    with pytest.raises(error, match=message):
        splits.few_labels(index, **settings)


def takes():
    """Every subject in every scene, session and view."""
    rows = itertools.product("1234", "123", "12", "14")
    table = pl.DataFrame(list(rows), schema=["subject", "scene", "session", "view"], orient="row")
    return table.with_columns(window=pl.int_range(len(table), dtype=pl.UInt64), label=0)


TAKES = takes()


def of_loop(conditions):
    """The windows that meet the conditions, row by row."""
    return [
        row["window"]
        for row in TAKES.iter_rows(named=True)
        if all(row[column] in [str(v) for v in values] for column, values in conditions.items())
    ]


VALUES = {"subject": "1234", "scene": "123", "session": "12", "view": "14"}
CONDITIONS = st.fixed_dictionaries(
    {},
    optional={
        column: st.lists(st.sampled_from(values), min_size=1, unique=True)
        for column, values in VALUES.items()
    },
).filter(bool)


@given(train=CONDITIONS, test=CONDITIONS)
def test_by_condition_is_the_loop_over_windows(train, test):
    one, other = of_loop(train), of_loop(test)
    if set(one) & set(other):
        with pytest.raises(SplitError, match="a window can be in train and in test"):
            splits.by_condition(TAKES, train=train, test=test)
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        split = splits.by_condition(TAKES, train=train, test=test)
    assert split.train["window"].to_list() == one
    assert split.test["window"].to_list() == other
    assert split.validation.is_empty()
    shared = set(split.train["subject"]) & set(split.test["subject"])
    assert [w.category for w in caught] == [LeakageWarning] * bool(shared)


def test_a_split_by_scene_says_that_people_are_known():
    message = "subjects in train and in test: 3, apart by scene only"
    with pytest.warns(LeakageWarning, match=message):
        split = splits.by_condition(
            TAKES,
            train={"subject": [1, 2, 3], "scene": [1, 3]},
            validation={"subject": [4], "scene": [1, 3]},
            test={"subject": [1, 2, 3], "scene": [2]},
        )
    assert (len(split.train), len(split.validation), len(split.test)) == (24, 8, 12)


def test_a_split_by_view_says_that_the_takes_are_the_same():
    with pytest.warns(LeakageWarning, match="apart by view only.* the same in both parts"):
        splits.by_condition(TAKES, train={"view": [1]}, test={"view": [4]})


def test_a_split_by_condition_of_strangers_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        splits.by_condition(
            TAKES, train={"subject": [1, 2], "scene": [1]}, test={"subject": [3], "scene": [2]}
        )


@pytest.mark.parametrize(
    ("train", "error", "message"),
    [
        ({}, ConfigError, "train: expected at least one of subject, scene, session, view"),
        ({"scene": []}, ConfigError, "train: scene: expected at least one name, got none"),
        ({"scene": "13"}, ConfigError, "train: scene: expected a list of names, got '13'"),
        ({"trial": [1]}, ConfigError, "train: expected some of subject, .* got 'trial'"),
        ({"scene": [9, 1]}, SplitError, "train: no scene '9'; there are 1, 2, 3"),
        ({"subject": [3]}, SplitError, "a window can be in train and in test"),
    ],
)
def test_conditions_that_cannot_be(train, error, message):
    with pytest.raises(error, match=message):
        splits.by_condition(TAKES, train=train, test={"scene": [2]})


def test_conditions_that_no_window_meets_together():
    index = TAKES.filter(~((pl.col("subject") == "2") & (pl.col("scene") == "3")))
    with pytest.raises(SplitError, match="train: no window meets all of: subject 2; scene 3"):
        splits.by_condition(index, train={"subject": [2], "scene": [3]}, test={"scene": [2]})


def test_an_index_without_scenes_says_so():
    with pytest.raises(InputError, match="train: the index has no column 'scene'"):
        splits.by_condition(INDEX, train={"scene": [1]}, test={"scene": [2]})
    nowhere = INDEX.with_columns(scene=pl.lit(None, dtype=pl.String))
    with pytest.raises(SplitError, match="train: no scene '1'; there are none"):
        splits.by_condition(nowhere, train={"scene": [1]}, test={"scene": [2]})
