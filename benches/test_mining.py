"""The studies of cross-subject mining change what they say they change."""

import json

import numpy as np
import polars as pl
import pytest
from benches.mining.page import BEGIN, END, RESULTS, render, row
from benches.mining.studies import STUDIES

from kinefuse.recipe import Recipe

BY_FILE = {study.file: study for study in STUDIES}


@pytest.fixture
def index():
    takes = [(s, a, t) for s in "135" for a in range(27) for t in range(1, 5)]
    return pl.DataFrame(
        {
            "window": np.arange(len(takes), dtype=np.uint64),
            "recording": [f"a{a + 1}_s{s}_t{t}" for s, a, t in takes],
            "subject": [s for s, _, _ in takes],
            "label": [a for _, a, _ in takes],
        }
    )


def changed(name, index, seed=0):
    return BY_FILE[f"utd-mhad-{name}"].change(index, np.random.default_rng(seed))


@pytest.mark.parametrize(("name", "lacks"), [("missing-third", 9), ("missing-half", 13)])
def test_each_person_lacks_activities_but_no_activity_lacks_people(index, name, lacks):
    kept = changed(name, index)
    people = kept.group_by("subject").agg(pl.col("label").n_unique())
    assert people["label"].to_list() == [27 - lacks] * 3
    shown = kept.group_by("label").agg(pl.col("subject").n_unique())
    assert len(shown) == 27
    assert shown["subject"].min() >= 1
    assert shown["subject"].max() - shown["subject"].min() <= 1
    assert len(kept) == 4 * 3 * (27 - lacks)


def test_counts_differ_from_one_to_four(index):
    kept = changed("unequal-counts", index)
    counts = kept.group_by("subject", "label").len()
    assert len(counts) == 81
    assert set(counts["len"]) == {1, 2, 3, 4}
    assert kept["window"].is_sorted()


@pytest.mark.parametrize(
    ("name", "wrong"), [("shuffled-ids", 2 / 3), ("wrong-ids-30", 0.2), ("wrong-ids-10", 0.067)]
)
def test_ids_are_exchanged_and_none_is_lost(index, name, wrong):
    after = changed(name, index)
    assert sorted(after["session"]) == sorted(index["subject"])
    assert (after["session"] != after["subject"]).mean() == pytest.approx(wrong, abs=0.06)


def test_sessions_hold_two_trials_of_each_activity_of_one_person(index):
    after = changed("half-sessions", index)
    counts = after.group_by("session", "label").len()
    assert counts["len"].unique().to_list() == [2]
    assert after.group_by("session").agg(pl.col("subject").n_unique())["subject"].max() == 1
    assert after["session"].n_unique() == 6


def test_names_are_unique_and_shared_pretrainings_exist():
    assert len(BY_FILE) == len(STUDIES)
    for study in STUDIES:
        assert study.start in BY_FILE
        if study.shared:
            begun = BY_FILE[study.start]
            assert not study.noise
            assert begun.settings_of_plain == study.settings_of_plain


def test_all_recipes_of_the_studies_load():
    for study in STUDIES:
        assert Recipe.load(study.plain, study.settings_of_plain).method in ("cmc", "simclr")
        assert Recipe.load(study.mined, study.settings).method == "cross_subject"


def test_the_page_holds_the_tables_of_its_numbers():
    content = json.loads((RESULTS / "cross-subject.json").read_text())
    text = (RESULTS / "cross-subject.md").read_text(encoding="utf-8")
    assert text.partition(BEGIN)[2].partition(END)[0] == f"\n\n{render(content)}\n"


def test_a_row_is_the_mean_over_runs_and_draws():
    def run(plain, mined):
        def read(value):
            return {
                what: {"accuracy": [value - 0.1, value + 0.1], "macro_f1": [0.0, 0.0]}
                for what in ("prototype", "propagated", "all")
            }

        mining = [{"purity": 0.5, "per_window": 1.0}, {"purity": 1.0, "per_window": 8.0}]
        return {"windows": 323, "mining": mining, "plain": read(plain), "mined": read(mined)}

    assert row("both", [run(0.7, 0.9), run(0.5, 0.8)], "accuracy") == (
        "| both | 323 | 2 | 50 → 100 | 8.0 | 60.0 → 85.0 | 60.0 → 85.0 | 60.0 → 85.0 |"
    )
