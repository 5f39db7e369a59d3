import hashlib
import json
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from sklearn.neighbors import KNeighborsClassifier  # noqa: E402
from torch import nn  # noqa: E402

from kinefuse.checkpoint import load  # noqa: E402
from kinefuse.errors import ConfigError, InputError  # noqa: E402
from kinefuse.evaluate import evaluate  # noqa: E402
from kinefuse.evaluate.embeddings import embed  # noqa: E402
from kinefuse.methods import finetune, history, pretrain, training  # noqa: E402
from kinefuse.recipe import Training  # noqa: E402

SETTINGS = Training(epochs=7, lr=1e-2)


class Numbers:
    def __len__(self):
        return 3

    def set_epoch(self, epoch):
        self.epoch = epoch

    def __iter__(self):
        generator = torch.Generator().manual_seed(self.epoch)
        return iter([torch.randn(4, 5, generator=generator) for _ in range(3)])


class Sums(training.Method):
    """A net with a part that rests, as frozen encoders do."""

    def __init__(self, settings, steps):
        super().__init__(settings, steps)
        self.net = nn.Sequential(nn.Linear(5, 8), nn.Dropout(0.5), nn.Linear(8, 1))
        self.rests = nn.Dropout(0.5)
        self.modes = []
        self.train()

    def train(self, mode=True):
        super().train(mode)
        self.rests.eval()
        return self

    def loss(self, batch):
        self.modes.append((self.training, self.net[1].training, self.rests.training))
        return (self.net(self.rests(batch)) - batch.sum(1, keepdim=True)).square().mean()


def weights(method):
    return torch.cat([p.detach().flatten() for p in method.parameters()])


def run(kept=None, **options):
    build = lambda steps: Sums(SETTINGS, steps)  # noqa: E731
    return training.fit(build, Numbers(), SETTINGS, stage="test", history=kept, **options)


def test_epochs_are_noted_and_every_third_is_measured():
    looked = []

    def measure(method):
        looked.append((method.training, torch.is_grad_enabled()))
        torch.rand(5)  # must not change what training draws
        return {"accuracy": len(looked) / 10}

    plain, without = run()
    method, fitted = run(history.History(3, measure))
    rows = fitted.history
    assert [row["epoch"] for row in rows] == list(range(8))
    assert [row["steps"] for row in rows] == [3 * epoch for epoch in range(8)]
    assert [row["epoch"] for row in rows if "accuracy" in row] == [0, 3, 6, 7]
    assert "loss" not in rows[0]
    assert rows[-1]["loss"] == pytest.approx(fitted.loss) == pytest.approx(without.loss)
    assert all(a["seconds"] < b["seconds"] for a, b in pairwise(rows))
    assert looked == [(False, False)] * 4
    assert set(method.modes) == {(True, True, False)}
    assert torch.equal(weights(method), weights(plain))
    assert fitted.to_dict()["history"] == rows
    assert "history" not in without.to_dict()


def test_without_a_measure_there_is_loss_and_time_alone():
    _, fitted = run(history.History(1))
    assert [set(row) for row in fitted.history] == [{"epoch", "steps", "seconds", "loss"}] * 7


def test_seconds_leave_measuring_out(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(history.time, "perf_counter", lambda: now[0])

    def measure(method):
        now[0] += 100
        return {"accuracy": 0.0}

    def train(batch, loss=Sums.loss):
        now[0] += 1
        return loss(method, batch)

    method = Sums(SETTINGS, 21)
    method.loss = train
    kept = history.History(1, measure)
    _, fitted = training.fit(lambda _: method, Numbers(), SETTINGS, stage="test", history=kept)
    assert [row["seconds"] for row in fitted.history] == [3.0 * epoch for epoch in range(8)]
    assert kept.measuring_s == 800
    assert fitted.seconds == 21


def test_an_interrupted_run_keeps_its_history(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "KEEP_EVERY_S", 0.0)
    measure = lambda method: {"accuracy": float(method.net[0].weight.detach().sum())}  # noqa: E731

    def stop(stage, done, total, loss):
        if done == 5:
            raise KeyboardInterrupt

    _, whole = run(history.History(2, measure))
    keep = tmp_path / "resume.ckpt"
    with pytest.raises(KeyboardInterrupt):
        run(history.History(2, measure), keep=keep, progress=stop)
    _, fitted = run(history.History(2, measure), keep=keep)
    assert fitted.epochs == 3
    seconds = [row.pop("seconds") for row in fitted.history]
    assert seconds == sorted(seconds)
    for row in whole.history:
        del row["seconds"]
    assert fitted.history == whole.history


def test_measuring_each_zero_epochs_makes_no_sense():
    with pytest.raises(InputError, match="expected epochs between measurements, got 0"):
        history.History(0)


def digest(path):
    return hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest()


def rows_of(path):
    return json.loads((path / "run.json").read_text())["result"]["fitted"]["history"]


@pytest.fixture(scope="module")
def pretrained(store, recipe, tmp_path_factory):
    folder = tmp_path_factory.mktemp("history")
    return pretrain(store, recipe, out=folder / "cmc", seed=3, history=5)


def test_pretraining_is_measured_by_nearest_neighbors(pretrained, store, recipe, tmp_path):
    rows = rows_of(pretrained)
    assert [row["epoch"] for row in rows if "accuracy" in row] == [0, 5, 10, 12]
    assert digest(pretrain(store, recipe, out=tmp_path, seed=3)) == digest(pretrained)
    with pytest.raises(ConfigError, match="holds a run with another history"):
        pretrain(store, recipe, out=tmp_path, seed=3, history=5)

    def units(x, middle=None):
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
        x = x - (x if middle is None else middle).mean(0)
        return x / np.linalg.norm(x, axis=1, keepdims=True)

    known, asked = (embed(pretrained, store, subjects=s) for s in (["1", "2"], ["3"]))
    z, queries = [], []
    for m in known.modalities:
        plain = known.embeddings[m].astype(np.float64)
        direction = plain / np.linalg.norm(plain, axis=1, keepdims=True)
        z.append(units(plain))
        queries.append(units(asked.embeddings[m].astype(np.float64), direction))
    nearest = KNeighborsClassifier(1).fit(np.hstack(z), known.label)
    right = (nearest.predict(np.hstack(queries)) == asked.label).mean()
    assert rows[-1]["accuracy"] == pytest.approx(right)


@pytest.mark.parametrize("encoders", [None, "frozen", "train", "frozen_train_mode"])
def test_classifiers_are_measured_on_validation_subjects(
    pretrained, store, recipe, tmp_path, encoders
):
    quick = recipe.override(
        {
            "finetune.encoders": encoders or "frozen",
            "finetune.epochs": 2,
            "supervised.epochs": 2,
            "supervised.min_steps": 0,
        }
    )
    checkpoint = pretrained if encoders else None
    made = finetune(store, quick, checkpoint=checkpoint, out=tmp_path / "a", history=1)
    rows = rows_of(made)
    assert [row["epoch"] for row in rows] == [0, 1, 2]
    measured = evaluate(made, store, subjects=["3"])
    assert rows[-1]["accuracy"] == pytest.approx(measured.accuracy)
    assert rows[-1]["macro_f1"] == pytest.approx(measured.macro_f1)
    assert load(made).info.training["history"] == 1
    plain = finetune(store, quick, checkpoint=checkpoint, out=tmp_path / "b")
    assert digest(plain) == digest(made)


def test_without_validation_subjects_nothing_is_measured(store, recipe, tmp_path):
    quick = recipe.override({"split.validation": [], "pretrain.epochs": 1, "supervised.epochs": 1})
    for made in (
        pretrain(store, quick, out=tmp_path / "a", history=1),
        finetune(store, quick, out=tmp_path / "b", history=1),
    ):
        assert set(rows_of(made)[0]) == {"epoch", "steps", "seconds", "loss"}


def test_both_stages_of_clmm_are_measured(store, clmm, tmp_path):
    first = pretrain(store, clmm.override({"pretrain.epochs": 2}), out=tmp_path / "a", history=1)
    assert [row["epoch"] for row in rows_of(first) if "accuracy" in row] == [0, 1, 2]
    quick = clmm.override({"pretrain.epochs": 2, "collaborative.epochs": 3})
    asked = {"checkpoint": first, "labels_per_class": 2}
    second = finetune(store, quick, **asked, out=tmp_path / "b", history=2)
    rows = rows_of(second)
    assert [row["epoch"] for row in rows if "accuracy" in row] == [0, 2, 3]
    measured = evaluate(second, store, subjects=["3"])
    assert rows[-1]["accuracy"] == pytest.approx(measured.accuracy)
    assert digest(finetune(store, quick, **asked, out=tmp_path / "c")) == digest(second)
