"""Windows of the attention study are what they say, and its runs and tables what they should be."""

import json

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the study trains networks")

from benches.attention import page, tasks, train  # noqa: E402

LABEL = np.repeat(np.arange(6), 4)
SUBJECT = np.tile(["1", "1", "2", "2"], 6)


def recordings(copies=2, length=8):
    x = np.arange(copies * len(LABEL), dtype=np.float32).reshape(copies, len(LABEL), 1, 1)
    return tasks.Set(np.tile(x, (1, 1, 3, length)), LABEL, SUBJECT)


def test_one_part_counts_among_three_that_never_do():
    rows, wanted = tasks.splice("find", LABEL, SUBJECT, np.random.default_rng(0), 200)
    for parts, label in zip(rows, wanted, strict=True):
        assert len(set(SUBJECT[parts])) == 1
        counted = [c for c in LABEL[parts] if c % 2 == 0]
        assert counted == [2 * label]
    assert set(wanted) == {0, 1, 2}
    places = np.argmax(LABEL[rows] % 2 == 0, axis=1)
    assert np.bincount(places, minlength=4).min() > 20


def test_one_activity_is_done_twice_and_two_once():
    rows, wanted = tasks.splice("repeat", LABEL, SUBJECT, np.random.default_rng(0), 200)
    for parts, label in zip(rows, wanted, strict=True):
        assert len(set(SUBJECT[parts])) == 1
        assert len(set(parts)) == 4
        counts = np.bincount(LABEL[parts])
        assert sorted(counts[counts > 0]) == [1, 1, 2]
        assert counts.argmax() == label
    assert set(wanted) == set(range(6))


def test_parts_lie_end_to_end_and_noise_is_of_its_size():
    task = tasks.Task("t", "", "utd-mhad", "repeat", 32)
    x, _ = recordings().draw(task, np.random.default_rng(0), 50)
    assert x.shape == (50, 3, 32)
    blocks = x.reshape(50, 3, 4, 8)
    assert (blocks == blocks[:, :1, :, :1]).all()
    noisy = tasks.Task("t", "", "utd-mhad", "repeat", 32, noise=2.0)
    difference = recordings().draw(noisy, np.random.default_rng(0), 50)[0] - x
    assert difference.std() == pytest.approx(2.0, rel=0.05)


def test_a_run_is_the_same_each_time_and_kinds_start_from_one_stem(monkeypatch):
    monkeypatch.setattr(train, "STEPS", 3)
    monkeypatch.setattr(train, "N_SPLICED", 20)
    built = {}

    def build(*names, **settings):
        encoder = encoders_build(*names, **settings)
        built[settings["attention"]] = {k: v.clone() for k, v in encoder.state_dict().items()}
        return encoder

    encoders_build = train.encoders.build
    monkeypatch.setattr(train.encoders, "build", build)
    task = tasks.Task("t", "", "utd-mhad", "repeat", 32, epoch=64)
    sets = dict.fromkeys(("train", "validation", "test"), recordings())
    runs = [train.train(task, "diff", sets, seed=1) for _ in range(2)]
    for run in runs:
        del run["cpu_seconds"]
    assert runs[0] == runs[1]
    assert runs[0]["test"]["windows"] == 20
    assert len(runs[0]["lambda"]) == train.SIZES["layers"]
    train.train(task, "none", sets, seed=1)
    stem = [key for key in built["none"] if key.startswith("stem.")]
    assert stem
    assert all(torch.equal(built["none"][key], built["diff"][key]) for key in stem)


def test_tables_compare_runs_of_one_seed():
    runs = [
        {"task": "repeat", "kind": kind, "seed": seed, "test": {"accuracy": value + 0.01 * seed}}
        for kind, value in (("none", 0.5), ("softmax", 0.6), ("diff", 0.7), ("diff2", 0.4))
        for seed in range(3)
    ]
    text = page.render(runs)
    assert "| 51.0 ± 1.0 | 61.0 ± 1.0 | 71.0 ± 1.0 | 41.0 ± 1.0 | 3 |" in text
    assert "| diff | softmax | +10.0 | +10.0 to +10.0 | 3 of 3 |" in text
    assert "| diff2 | diff | -30.0 | -30.0 to -30.0 | 0 of 3 |" in text


def test_a_page_keeps_what_is_written_around_its_tables(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "RESULTS", tmp_path)
    runs = tmp_path / "runs"
    runs.mkdir()
    for kind in train.KINDS:
        run = {"task": "noise", "kind": kind, "seed": 0, "test": {"accuracy": 0.5}}
        (runs / f"noise-{kind}-0.json").write_text(json.dumps(run))
    page.write_page(runs)
    first = (tmp_path / "attention.md").read_text()
    assert first.startswith("# What attention is worth")
    assert "50.0 (one run)" in first
    (tmp_path / "attention.md").write_text(first.replace("## How", "It depends.\n\n## How"))
    page.write_page(runs)
    assert (tmp_path / "attention.md").read_text() == first.replace(
        "## How", "It depends.\n\n## How"
    )
    assert len(json.loads((tmp_path / "attention.json").read_text())) == 4
