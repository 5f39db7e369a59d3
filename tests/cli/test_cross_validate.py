import json


def test_each_subject_has_a_folder_a_row_and_a_place_in_the_mean(
    kinefuse, store, recipe, tmp_path, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")
    words = ("cross-validate", store, "-r", recipe, "-o", tmp_path / "each", "-k", 1)
    status, said, err = kinefuse(*words)
    assert status == 0, err
    written = json.loads((tmp_path / "each" / "cross-validation.json").read_text())
    each = [written["subjects"][s]["accuracy"] for s in ("1", "2")]
    assert written["accuracy"]["mean"] == sum(each) / 2
    assert "mean over 2 subjects" in said
    for subject in ("1", "2"):
        assert (tmp_path / "each" / f"without-{subject}" / "classifier" / "model.json").is_file()
    before = [p.stat().st_mtime_ns for p in sorted(tmp_path.rglob("model.json"))]
    assert kinefuse(*words)[:2] == (0, said)
    assert before == [p.stat().st_mtime_ns for p in sorted(tmp_path.rglob("model.json"))]


def test_a_mistake_is_named(kinefuse, store, recipe, tmp_path):
    words = ("cross-validate", store, "-r", recipe, "-o", tmp_path, "--subjects", "1,9")
    status, _, err = kinefuse(*words)
    assert status == 1
    assert "no subject '9'" in err
