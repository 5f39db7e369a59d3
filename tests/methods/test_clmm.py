import hashlib
import json

import pytest
import torch

from kinefuse import checkpoint
from kinefuse.errors import CheckpointError, ConfigError
from kinefuse.evaluate import evaluate
from kinefuse.losses import HardPositiveLoss, NTXentLoss
from kinefuse.methods import finetune, pretrain, training
from kinefuse.methods.clmm import CLMM
from kinefuse.nn import CollaborativeClassifier
from kinefuse.recipe import Pretrain, Recipe


def weights(path):
    return hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def first(store, clmm, tmp_path_factory):
    return pretrain(store, clmm, out=tmp_path_factory.mktemp("clmm") / "first", seed=1)


@pytest.fixture(scope="module")
def second(store, clmm, first, tmp_path_factory):
    out = tmp_path_factory.mktemp("clmm") / "second"
    return finetune(store, clmm, checkpoint=first, labels_per_class=2, seed=1, out=out)


def test_both_stages_lead_to_a_classifier(second, store, clmm):
    loaded = checkpoint.load(second)
    assert isinstance(loaded.classifier(), CollaborativeClassifier)
    assert loaded.info.method == "clmm"
    assert evaluate(second, store, subjects=clmm.split.test).accuracy > 0.6
    result = json.loads((second / "run.json").read_text())["result"]
    assert (result["labelled"], result["trained_windows"]) == (6, 30)
    assert sum(result["prior"].values()) == pytest.approx(1)


def test_the_same_seed_gives_the_same_model_interrupted_or_not(
    second, first, store, clmm, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "KEEP_EVERY_S", 0.0)
    asked = {"checkpoint": first, "labels_per_class": 2, "seed": 1, "out": tmp_path}

    def stop(stage, done, total, loss):
        if done == 12:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        finetune(store, clmm, progress=stop, **asked)
    assert (tmp_path / "resume.ckpt").is_file()
    assert weights(finetune(store, clmm, **asked)) == weights(second)


def test_without_soft_labels_only_labelled_windows_are_used(first, store, clmm, tmp_path):
    alone = clmm.override({"collaborative.propagate": None, "collaborative.epochs": 1})
    made = finetune(store, alone, checkpoint=first, labels_per_class=2, seed=1, out=tmp_path)
    assert json.loads((made / "run.json").read_text())["result"]["trained_windows"] == 6


def test_labels_are_spread_anew_by_what_a_first_training_learnt(first, store, clmm, tmp_path):
    asked = {"checkpoint": first, "seed": 1}
    anew = clmm.override({"collaborative.relabel": 2, "collaborative.epochs": 2})
    seen = []
    note = lambda stage, done, total, loss: seen.append((stage, done, total))  # noqa: E731
    few = finetune(store, anew, labels_per_class=2, out=tmp_path / "few", progress=note, **asked)
    assert seen == [(s, done, 2) for s in ("relabel", "collaborative") for done in (1, 2)]
    assert "relabelled" in json.loads((few / "run.json").read_text())["result"]
    once = clmm.override({"collaborative.epochs": 2})
    before = finetune(store, once, labels_per_class=2, out=tmp_path / "once", **asked)
    assert weights(few) != weights(before)
    # With all labels there is nothing to spread.
    alone = finetune(store, anew, out=tmp_path / "all", **asked)
    assert "relabelled" not in json.loads((alone / "run.json").read_text())["result"]
    assert weights(alone) == weights(finetune(store, once, out=tmp_path / "plain", **asked))


def test_the_second_stage_can_do_without_the_first(store, clmm, tmp_path):
    short = clmm.override({"collaborative.epochs": 1})
    made = finetune(store, short, labels_per_class=2, seed=1, out=tmp_path)
    assert isinstance(checkpoint.load(made).classifier(), CollaborativeClassifier)


def test_frozen_encoders_stay_as_they_were(first, store, clmm, tmp_path):
    frozen = clmm.override({"collaborative.encoder_lr": 0.0, "collaborative.epochs": 1})
    made = finetune(store, frozen, checkpoint=first, seed=1, out=tmp_path)
    before, after = (checkpoint.load(path).model().encoders.state_dict() for path in (first, made))
    assert all(torch.equal(after[key], value) for key, value in before.items())


def test_pairs_mined_across_subjects_come_between_the_stages(store, clmm, tmp_path):
    mined = Recipe.from_dict(
        clmm.to_dict() | {"cross_subject": {"epochs": 1, "batch_size": 10, "lr": 1e-3}}
    ).override({"pretrain.epochs": 1})
    made = pretrain(store, mined, out=tmp_path, seed=1)
    assert checkpoint.load(made / "start").info.method == "clmm"
    assert json.loads((made / "run.json").read_text())["result"]["mined"]


def test_encoders_without_tokens_are_refused(store, clmm, tmp_path):
    plain = clmm.override(
        {
            "modalities.inertial.encoder": {"name": "cnn_transformer"},
            "pretrain.epochs": 1,
        }
    )
    made = pretrain(store, plain, out=tmp_path / "first", seed=1)
    with pytest.raises(CheckpointError, match="tokens of one width"):
        finetune(store, plain, checkpoint=made, out=tmp_path / "second")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"collaborative": None}, r"needs sections \[pretrain\] and \[collaborative\]"),
        ({"pretrain.contrast": None}, r"needs a section \[pretrain.contrast\]"),
        ({"method": "cmc", "finetune.lr": 1e-3, "finetune.epochs": 1}, "has no use for a section"),
        ({"collaborative.use_shared": False}, "'anchored' stands on the shared branch"),
        ({"collaborative.relabel": 5, "collaborative.propagate": None}, "needs the section"),
        ({"collaborative.guard": "detach", "collaborative.auxiliary": 0}, "set auxiliary"),
    ],
)
def test_recipes_that_make_no_sense_are_refused(clmm, change, message):
    with pytest.raises(ConfigError, match=message):
        clmm.override(change)


def test_the_first_stage_contrasts_what_is_there():
    class Model(torch.nn.Module):
        modalities = ("a", "b")

        def forward(self, x, present):
            assert present["a"].tolist() == [True, True, True, False]
            return x

    here = {"a": torch.tensor([True, True, True, False]), "b": torch.ones(4, dtype=torch.bool)}

    class Batch(dict):
        present = here

    z = {
        m: torch.randn(1, 4, 8, generator=torch.Generator().manual_seed(i))
        for i, m in enumerate("ab")
    }
    settings = Pretrain(epochs=1, lr=1.0, contrast={"views": "mix", "beta": 0.5})
    method = CLMM(Model(), settings, 1)
    expected = HardPositiveLoss(0.1, views="mix", beta=0.5)
    got = method.loss(Batch(z))
    assert torch.equal(got, expected({m: x[0] for m, x in z.items()}, here))
    with pytest.raises(ConfigError, match="contrast"):
        CLMM(Model(), Pretrain(epochs=1, lr=1.0), 1)


def test_the_first_stage_may_contrast_each_modality_with_itself_too():
    class Model(torch.nn.Module):
        modalities = ("a", "b")

        def forward(self, x, present):
            assert present["a"].tolist() == [True, True, True, False] * 2
            return x

    here = {"a": torch.tensor([True, True, True, False]), "b": torch.ones(4, dtype=torch.bool)}

    class Batch(dict):
        present = here

    z = {
        m: torch.randn(2, 4, 6, generator=torch.Generator().manual_seed(i))
        for i, m in enumerate("ab")
    }
    settings = Pretrain(epochs=1, lr=1.0, contrast={"views": "pairwise", "specific": 0.7})
    got = CLMM(Model(), settings, 1).loss(Batch(z))
    across, within = HardPositiveLoss(0.1, views="pairwise"), NTXentLoss(0.1)
    shared = sum(across({m: x[i, :, :3] for m, x in z.items()}, here) for i in range(2)) / 2
    alone = (within(z["a"][0, :3, 3:], z["a"][1, :3, 3:]) + within(*z["b"][:, :, 3:])) / 2
    torch.testing.assert_close(got, shared + 0.7 * alone)
