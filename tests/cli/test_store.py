import json


def test_report(kinefuse, store, tmp_path):
    status, out, err = kinefuse("store", "report", store, "--out", tmp_path / "page.html")
    assert status == 0, err
    assert "12 of 12 recordings" in out
    assert "s1_a0_t1" in (tmp_path / "page.html").read_text()
    status, out, _ = kinefuse("store", "report", store, "--json")
    assert json.loads(out)["recordings"] == 12


def test_info(kinefuse, store, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    _, out, _ = kinefuse("store", "info", store)
    assert "reader tiny-for-tests" in out
    assert out == kinefuse("info", store)[1]


def test_check(kinefuse, store, tmp_path):
    status, out, _ = kinefuse("store", "check", store)
    assert (status, "nothing wrong" in out) == (0, True)
    (tmp_path / "store.json").write_text("{")
    status, out, _ = kinefuse("store", "check", tmp_path)
    assert (status, "not a store's manifest" in out) == (1, True)


def test_an_ingest_writes_the_page_and_can_speak_json(kinefuse, tmp_path):
    words = ("ingest", "tiny-for-tests", tmp_path, "-o", tmp_path / "store", "--json")
    status, out, _ = kinefuse(*words)
    assert status == 0
    assert json.loads(out)["recordings"] == 12
    assert "s1_a0_t1" in (tmp_path / "store" / "report.html").read_text()


def test_parts_are_merged(kinefuse, tmp_path):
    for i in (1, 2):
        words = ("ingest", "tiny-for-tests", tmp_path, "--shard", f"{i}/2", "-o", tmp_path / str(i))
        status, _, err = kinefuse(*words)
        assert status == 0, err
    out = tmp_path / "merged"
    status, said, err = kinefuse("store", "merge", out, tmp_path / "1", tmp_path / "2")
    assert status == 0, err
    assert "12 of 12 recordings" in said
    kinefuse("ingest", "tiny-for-tests", tmp_path, "-o", tmp_path / "single")
    for file in (tmp_path / "single").iterdir():
        assert (out / file.name).read_bytes() == file.read_bytes(), file.name


def test_a_part_that_makes_no_sense(kinefuse, tmp_path):
    for text in ("3", "3/2", "a/b", "-1/2"):
        words = ("ingest", "tiny-for-tests", tmp_path, "-o", tmp_path / "x", f"--shard={text}")
        status, _, err = kinefuse(*words)
        assert (status, "shard" in err) == (2, True)


def test_copy(kinefuse, store, tmp_path):
    status, _, err = kinefuse("store", "copy", store, tmp_path / "copy")
    assert status == 0, err
    for file in store.iterdir():
        assert (tmp_path / "copy" / file.name).read_bytes() == file.read_bytes()
    status, _, err = kinefuse("store", "copy", tmp_path, tmp_path / "other")
    assert (status, "not a store" in err) == (1, True)


def test_engines_have_their_own_words_for_parts(kinefuse, tmp_path):
    words = ("ingest", "tiny-for-tests", tmp_path, "-o", tmp_path / "x")
    assert kinefuse(*words, "--parts", "3")[0] == 2
    assert kinefuse(*words, "--engine", "ray", "--shard", "1/2")[0] == 2
    assert kinefuse(*words, "--engine", "ray", "--processes", "2")[0] == 2
