"""CMC-CMKM as a stage: teachers made or given, never trained."""

import hashlib
import json

import pytest

torch = pytest.importorskip("torch")
from kinefuse import checkpoint  # noqa: E402
from kinefuse.errors import CheckpointError, ConfigError  # noqa: E402
from kinefuse.losses import CMKMLoss  # noqa: E402
from kinefuse.methods import CMKM, pretrain  # noqa: E402
from kinefuse.recipe import Pretrain  # noqa: E402

TEACHERS = {"epochs": 4, "batch_size": 10, "lr": 2e-3}


def weights(path):
    return hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def mining(recipe):
    return recipe.override(
        {"method": "cmc_cmkm", "pretrain.mining": {"k": 2}, "teachers": TEACHERS}
    )


@pytest.fixture(scope="module")
def mined(store, mining, tmp_path_factory):
    return pretrain(store, mining, out=tmp_path_factory.mktemp("runs") / "cmkm", seed=1)


def test_teachers_are_made_first_by_their_own_settings(mined, store, recipe, mining, tmp_path):
    run = json.loads((mined / "teachers" / "run.json").read_text())
    assert run["asked"]["recipe"]["method"] == "simclr"
    assert run["result"]["fitted"]["epochs"] == TEACHERS["epochs"]
    alike = {**TEACHERS, "augment": recipe.pretrain.augment}
    simclr = recipe.override({"method": "simclr", "pretrain": alike})
    teachers = pretrain(store, simclr, out=tmp_path / "simclr", seed=1)
    assert weights(teachers) == weights(mined / "teachers")
    given = pretrain(store, mining, out=tmp_path / "cmkm", seed=1, teachers=teachers)
    assert weights(given) == weights(mined)
    asked = json.loads((given / "run.json").read_text())["asked"]
    assert asked["teachers"] == checkpoint.load(teachers).info.weights_sha256


def test_the_loss_is_that_of_the_teachers_embeddings(mined, store, mining):
    model, teachers = (checkpoint.load(path).model() for path in (mined, mined / "teachers"))
    settings = mining.pretrain
    method = CMKM(model, settings, 10, teachers=teachers)
    x = {"inertial": torch.randn(1, 6, 6, 40), "skeleton": torch.randn(1, 6, 3, 16, 20)}
    first = {m: views[0] for m, views in x.items()}
    expected = CMKMLoss(settings.temperature, k=2)(model(first), teachers.encode(first))
    assert torch.equal(method.loss(x), expected)
    method.train()
    assert not teachers.training
    trained = {id(p) for p in method.parameters()}
    assert not trained & {id(p) for p in teachers.parameters()}
    assert not any(p.requires_grad for p in teachers.parameters())


def test_it_is_another_model_than_without_mining(mined, store, recipe, tmp_path):
    plain = pretrain(store, recipe, out=tmp_path, seed=1)
    assert weights(plain) != weights(mined)


def test_what_does_not_fit_is_refused(store, recipe, mining, mined, tmp_path):
    with pytest.raises(ConfigError, match="has no use for teachers"):
        pretrain(store, recipe, out=tmp_path / "a", teachers=mined / "teachers")
    others = mining.override({"split.train": ["1", "3"], "split.validation": ["2"]})
    with pytest.raises(CheckpointError, match="prepared otherwise"):
        pretrain(store, others, out=tmp_path / "b", teachers=mined / "teachers")
    with pytest.raises(ConfigError, match=r"needs a section \[pretrain.mining\]"):
        mining.override({"pretrain.mining": None})
    with pytest.raises(ConfigError, match=r"needs a section \[teachers\]"):
        mining.override({"teachers": None})
    with pytest.raises(ConfigError, match=r"needs the settings of \[pretrain.mining\]"):
        CMKM(checkpoint.load(mined).model(), Pretrain(epochs=1, lr=1), 1, teachers=None)
