import json

import pytest

from kinefuse.data import MotionStore
from kinefuse.evaluate.embeddings import embed_fold
from kinefuse.evaluate.retrieval import retrieve_modalities


def test_the_table_and_the_file_hold_what_the_function_gives(
    kinefuse, pretrained, store, tmp_path, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")
    out = tmp_path / "new" / "found.json"
    status, said, err = kinefuse("retrieve", pretrained, store, "--ks", "1,2", "--out", out)
    assert status == 0, err
    opened = MotionStore(store)
    expected = retrieve_modalities(
        embed_fold(pretrained, opened, "test"), embed_fold(pretrained, opened, "train"), ks=[1, 2]
    )
    written = json.loads(out.read_text())
    assert written["found"] == expected.to_dicts()
    assert (written["gallery_windows"], written["queries"]) == (6, "test")
    assert f"{100 * expected['mean_average_precision'][0]:.1f}" in said
    assert "gallery: 6 windows; 0 queries without a match" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--ks", "0"), "whole numbers from 1"),
        (("--ks", "one"), "whole numbers from 1"),
        (("--out", "x.txt"), "ends in .json"),
        (("--queries", "validation"), "nobody in split.validation"),
    ],
)
def test_a_mistake_is_named(words, message, kinefuse, pretrained, store):
    status, _, err = kinefuse("retrieve", pretrained, store, *words)
    assert status == 2
    assert message in err
