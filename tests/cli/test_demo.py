import json
import re

from kinefuse.cli import demo
from kinefuse.recipe import Recipe


def test_the_demo_compares_on_the_same_labels_and_goes_on_where_it_stopped(
    kinefuse, recipe, tmp_path, monkeypatch
):
    setting = demo._Setting(
        reader="tiny-for-tests", recipe=str(recipe), dataset="Tiny", labels=(1, None), note="Note."
    )
    monkeypatch.setattr(demo, "_SYNTHETIC", setting)
    status, out, err = kinefuse("demo", "--out", tmp_path)
    assert status == 0, err
    assert f"report: {tmp_path / 'report.html'}" in out
    written = json.loads((tmp_path / "report.json").read_text())
    runs = {(r["method"], r["labels"], r["label_seed"]) for r in written["results"]}
    assert runs == {
        (method, labels, seed)
        for method in ("simclr", "supervised")
        for labels in ("1/class", "100%")
        for seed in (0, 1, 2)
    }
    assert re.search(r"1/class +simclr +3 +\d", out)
    page = (tmp_path / "report.html").read_text()
    assert "Note." in page

    trained = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("model.safetensors")}
    status, _, err = kinefuse("demo", "--out", tmp_path)
    assert status == 0, err
    assert trained == {p: p.stat().st_mtime_ns for p in tmp_path.rglob("model.safetensors")}


def test_the_recipes_of_the_demo_are_there_and_fit_their_methods():
    for setting in (demo._SYNTHETIC, demo._UTD_MHAD):
        recipe = Recipe.load(setting.recipe)
        assert recipe.pretrain
        assert recipe.finetune
        assert recipe.supervised
        assert recipe.split.test
