import json

import polars as pl
import pytest

from kinefuse.recipe import Recipe


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


def test_the_way_from_pretraining_to_predictions(kinefuse, store, recipe, runs, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    status, out, err = kinefuse("pretrain", store, "-r", recipe, "-o", runs / "pretrained")
    assert status == 0, err
    assert f"checkpoint: {runs / 'pretrained'}" in out
    assert Recipe.load(runs / "pretrained" / "recipe.toml") == Recipe.load(recipe)

    words = ("finetune", store, "-r", recipe, "-c", runs / "pretrained", "-k", 1)
    status, _, err = kinefuse(*words, "-o", runs / "few")
    assert status == 0, err

    status, out, _ = kinefuse("info", runs / "few")
    assert status == 0
    for text in ("3: sit, walk, run", "resnet1d", "acc_x (g)"):
        assert text in out

    report = runs / "few" / "report.html"
    status, out, err = kinefuse("evaluate", runs / "few", store, "--report", report)
    assert status == 0, err
    assert "warning" not in err
    assert "on 6 windows of 1 subjects" in out
    assert "subject 2:" in out
    written = json.loads(report.with_suffix(".json").read_text())
    assert [(r["method"], r["labels"]) for r in written["results"]] == [("simclr", "1/class")]
    assert sum(map(sum, written["results"][0]["confusion"])) == 6
    assert "evaluated on subjects 2" in report.read_text()

    table = runs / "new" / "activities.csv"
    status, out, err = kinefuse("predict", runs / "few", store, "-o", table)
    assert status == 0, err
    predicted = pl.read_csv(table)
    assert len(predicted) == 12
    assert set(predicted["activity"]) <= {"sit", "walk", "run"}
    status, out, _ = kinefuse("predict", runs / "few", store)
    assert out == table.read_text()


def test_from_scratch_with_a_changed_setting(kinefuse, store, recipe, runs):
    words = ("finetune", store, "-r", recipe, "-o", runs / "scratch")
    status, _, err = kinefuse(*words, "--set", "supervised.epochs=1")
    assert status == 0, err
    assert Recipe.load(runs / "scratch" / "recipe.toml").supervised.epochs == 1
    status, _, err = kinefuse(*words)
    assert status == 2
    assert "recipe" in err


def test_a_share_of_the_labels_is_said_in_numbers(kinefuse, store, recipe, runs):
    words = ("finetune", store, "-r", recipe, "-o", runs / "share", "--labels-share", "0.5")
    status, out, err = kinefuse(*words)
    assert status == 0, err
    assert "3 labels of 6 windows (50%)" in out
    report = runs / "share" / "report.html"
    status, _, err = kinefuse("evaluate", runs / "share", store, "--report", report)
    assert status == 0, err
    written = json.loads(report.with_suffix(".json").read_text())
    assert written["results"][0]["labels"] == "50%"
    assert written["notes"] == ["Trained with 3 labels of 6 windows (50%)."]


def test_labels_come_from_a_list_and_epochs_are_noted(kinefuse, store, recipe, runs):
    listed = runs / "labels.txt"
    listed.write_text("s1_a0_t1\n\ns1_a1_t2 \ns1_a2_t1\n")
    words = ("finetune", store, "-r", recipe, "-o", runs / "listed", "--labels", listed)
    status, out, err = kinefuse(*words, "--history", 1)
    assert status == 0, err
    assert "3 labels of 6 windows (1/class)" in out
    run = json.loads((runs / "listed" / "run.json").read_text())
    assert run["asked"]["labels"] == ["s1_a0_t1", "s1_a1_t2", "s1_a2_t1"]
    assert [row["epoch"] for row in run["result"]["fitted"]["history"]] == [1, 2]
    listed.write_text("s1_a0_t1\ns1_a0_t2\ns1_a2_t1\ns1_a1_t1\n")
    status, out, err = kinefuse(*words[:-3], runs / "uneven", "--labels", listed)
    assert status == 0, err
    assert "4 labels of 6 windows (66.7%)" in out


def test_evaluating_on_those_who_were_trained_on_is_warned_of(kinefuse, store, recipe, runs):
    if not (runs / "scratch").exists():
        kinefuse("finetune", store, "-r", recipe, "-o", runs / "scratch")
    for subjects in ("1,2", "all"):
        words = ("evaluate", runs / "scratch", store, "--subjects", subjects)
        status, out, err = kinefuse(*words)
        assert status == 0
        assert "warning: subjects 1 were trained on" in err
        assert "on 12 windows of 2 subjects" in out


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["pretrain", "{store}", "-r", "{recipe}"], 2, "--out"),
        (["pretrain", "{store}", "-r", "no-recipe", "-o", "x"], 2, "no-recipe"),
        (["pretrain", "{store}", "-r", "{recipe}", "-o", "x", "--set", "a"], 2, "key=value"),
        (
            ["pretrain", "{store}", "-r", "{recipe}", "-o", "x", "--set", "pretrain.epoch=1"],
            2,
            "did you mean 'epochs'",
        ),
        (["pretrain", "none", "-r", "{recipe}", "-o", "x"], 2, "none"),
        (["finetune", "{store}", "-r", "{recipe}", "-o", "x", "-k", "0"], 2, "labels-per-class"),
        (["finetune", "{store}", "-r", "{recipe}", "-o", "x", "-c", "none"], 2, "none"),
        (["finetune", "{store}", "-r", "{recipe}", "-o", "x", "--labels", "no.txt"], 2, "no.txt"),
        (
            ["finetune", "{store}", "-r", "{recipe}", "-o", "x", "--labels", "cosmo-5"],
            1,
            "a1_s6_t3, a2_s5_t4",
        ),
        (["evaluate", "none", "{store}"], 2, "none"),
        (["evaluate", "x", "{store}", "--report", "x.pdf"], 2, "ends in .html"),
        (["predict", "x", "{store}", "-o", "x.doc"], 2, ".csv"),
    ],
)
def test_a_mistake_is_named(words, status, message, kinefuse, store, recipe, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = kinefuse(*(word.format(store=store, recipe=recipe) for word in words))
    assert told[0] == status
    assert message in told[2]
    assert "Traceback" not in told[2]
