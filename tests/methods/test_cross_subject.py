"""Mining across subjects: the batches against their description, and the stage as a whole."""

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
from kinefuse.data import BatchLoader  # noqa: E402
from kinefuse.errors import CheckpointError, ConfigError, KinefuseError  # noqa: E402
from kinefuse.methods import pretrain, training  # noqa: E402
from kinefuse.methods.cross_subject import MatesLoader  # noqa: E402
from kinefuse.methods.mining import MinedPairs  # noqa: E402

STAGE = {
    "epochs": 6,
    "batch_size": 10,
    "lr": 1e-3,
    "k": 3,
    "every": 2,
    "augment": {"inertial": [{"name": "jitter", "sigma": 0.02}]},
}


def weights(path):
    return hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def mining(recipe):
    return recipe.override({"method": "cross_subject", "cross_subject": STAGE})


@pytest.fixture(scope="module")
def mined(store, mining, tmp_path_factory):
    return pretrain(store, mining, out=tmp_path_factory.mktemp("runs") / "mined", seed=1)


def pairs_of(n, random, share):
    every = np.argwhere(np.triu(np.ones((n, n), dtype=bool), 1))
    return MinedPairs(every[random.random(len(every)) < share], n)


@settings(max_examples=40, deadline=None)
@given(
    st.integers(4, 40), st.integers(2, 16), st.sampled_from([0.0, 0.02, 0.3]), st.integers(0, 99)
)
def test_half_of_a_batch_are_anchors_and_bring_a_mate(n, batch_size, share, seed):
    batch_size = min(batch_size, n)
    pairs = pairs_of(n, np.random.default_rng(seed), share)
    views = BatchLoader.from_arrays(
        {"inertial": np.zeros((n, 8, 1))}, batch_size=batch_size, drop_last=True
    )
    loader = MatesLoader(views, batch_size=batch_size, seed=seed)
    loader.pairs = pairs
    loader.set_epoch(3)
    known = {tuple(pair) for pair in pairs.pairs.tolist()}
    batches = list(loader)
    assert len(batches) == len(loader) == n // batch_size
    anchors = []
    for batch, mates in batches:
        rows = batch.window.tolist()
        assert len(set(rows)) == batch_size
        expected = [[(min(i, j), max(i, j)) in known for j in rows] for i in rows]
        assert mates.tolist() == expected
        anchors += rows[: batch_size // 2]
        for anchor in rows[: batch_size // 2]:
            has_any = any(anchor in pair for pair in known)
            assert not has_any or any((min(anchor, j), max(anchor, j)) in known for j in rows)
    assert len(set(anchors)) == len(anchors)
    again = [batch.window.tolist() for batch, _ in loader]
    assert again == [batch.window.tolist() for batch, _ in batches]
    loader.set_epoch(4)
    if n > 8:
        assert [batch.window.tolist() for batch, _ in loader] != again


def test_it_mines_every_few_epochs_and_says_what(mined):
    found = json.loads((mined / "run.json").read_text())["result"]["mined"]
    assert [entry["epoch"] for entry in found] == [0, 2, 4]
    for entry in found:
        assert 0 < entry["covered"] <= 1
        assert entry["per_window"] == pytest.approx(2 * entry["pairs"] / 30)
    # Three speeds of swinging hands, after contrastive pretraining, are told apart.
    assert found[-1]["purity"] > 0.8
    assert (mined / "start" / "model.safetensors").is_file()


def test_it_goes_on_from_a_pretraining_that_is_given(mined, store, mining, recipe, tmp_path):
    start = pretrain(store, recipe, out=tmp_path / "cmc", seed=1)
    assert weights(start) == weights(mined / "start")
    path = pretrain(store, mining, out=tmp_path / "mined", seed=1, start=start)
    assert weights(path) == weights(mined)
    assert not (path / "start").exists()


def test_an_interrupted_mining_goes_on(mined, store, mining, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "KEEP_EVERY_S", 0.0)

    def stop(stage, done, total, loss):
        if total == STAGE["epochs"] and done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(store, mining, out=tmp_path, seed=1, progress=stop)
    path = pretrain(store, mining, out=tmp_path, seed=1)
    assert weights(path) == weights(mined)
    done = [json.loads((p / "run.json").read_text())["result"]["mined"] for p in (path, mined)]
    assert done[0] == done[1]


def test_one_modality_is_mined_by_two_views(store, mining, tmp_path):
    values = mining.to_dict()
    del values["modalities"]["skeleton"]
    for stage in ("pretrain", "finetune", "supervised"):
        del values[stage]["augment"]["skeleton"]
    single = type(mining).from_dict(values)
    path = pretrain(store, single, out=tmp_path)
    assert json.loads((path / "run.json").read_text())["result"]["mined"][0]["pairs"] > 0


def test_a_start_that_does_not_fit_is_refused(store, mining, recipe, mined, tmp_path):
    wider = mining.override({"modalities.inertial.encoder.width": 12})
    with pytest.raises(CheckpointError, match="other networks than the recipe's"):
        pretrain(store, wider, out=tmp_path / "a", start=mined / "start")
    others = mining.override({"split.train": ["1", "3"], "split.validation": ["2"]})
    with pytest.raises(CheckpointError, match="prepared otherwise"):
        pretrain(store, others, out=tmp_path / "b", start=mined / "start")
    with pytest.raises(ConfigError, match="has no use for start"):
        pretrain(store, recipe, out=tmp_path / "c", start=mined / "start")
    nameless = mining.override({"cross_subject.by": "session"})
    with pytest.raises(KinefuseError, match="session"):
        pretrain(store, nameless, out=tmp_path / "d", start=mined / "start")
