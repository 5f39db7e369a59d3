import json

import polars as pl
import pytest

from kinefuse.data import MotionStore
from kinefuse.evaluate.embeddings import embed
from kinefuse.evaluate.probing import PROBES, probe


def test_the_table_and_the_file_hold_what_the_function_gives(
    kinefuse, pretrained, store, tmp_path, monkeypatch
):
    monkeypatch.setenv("COLUMNS", "200")
    out = tmp_path / "new" / "probes.json"
    status, said, err = kinefuse("probe", pretrained, store, "--out", out)
    assert status == 0, err
    assert "warning" not in err
    opened = MotionStore(store)
    train, test = (embed(pretrained, opened, subjects=[s]) for s in ("1", "2"))
    expected = probe(train, test)
    assert pl.DataFrame(json.loads(out.read_text())["probes"]).equals(expected)
    assert "6 labels of 6 training windows; 6 windows classified" in said
    for name in PROBES:
        assert name in said


def test_few_labels_are_drawn_and_counted(kinefuse, pretrained, store, tmp_path):
    for words, labels in ((("-k", "1"), 3), (("--labels-share", "0.5"), 3)):
        out = tmp_path / "probes.json"
        status, said, err = kinefuse("probe", pretrained, store, *words, "-o", out)
        assert status == 0, err
        assert json.loads(out.read_text())["labels"] == labels
        assert f"{labels} labels of 6" in said


def test_probing_those_who_were_trained_on_is_warned_of(kinefuse, pretrained, store):
    status, _, err = kinefuse("probe", pretrained, store, "--subjects", "1")
    assert status == 0
    assert "subjects 1 were trained on" in err


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (("-k", "1", "--labels-share", "0.5"), 2, "either per_class or share"),
        (("--labels-share", "2"), 2, "at most 1"),
        (("--out", "x.txt"), 2, "ends in .json"),
        (("--subjects", "9"), 1, "no subject 9"),
    ],
)
def test_a_mistake_is_named(words, status, message, kinefuse, pretrained, store):
    told = kinefuse("probe", pretrained, store, *words)
    assert told[0] == status
    assert message in told[2]
