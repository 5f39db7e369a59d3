"""The recipes that reproduce the published code of CMC-CMKM, and what only they use."""

import json

import numpy as np
import pytest
from scipy.signal import resample

torch = pytest.importorskip("torch")
from kinefuse import checkpoint  # noqa: E402
from kinefuse.errors import CheckpointError, ConfigError  # noqa: E402
from kinefuse.evaluate import evaluate  # noqa: E402
from kinefuse.methods import finetune, pretrain, windows  # noqa: E402
from kinefuse.methods.simclr import SimCLR  # noqa: E402
from kinefuse.nn import ContrastiveModel, MultimodalClassifier, Projector, encoders, heads  # noqa: E402
from kinefuse.recipe import Recipe, names  # noqa: E402

PREFIX = "reference-utd-mhad-"
SPLIT = {"split.train": ["1", "2"], "split.validation": ["3"], "split.test": ["4"]}


def reference(name, **changes):
    """A published recipe for the waves, of a few epochs."""
    recipe = Recipe.load(f"reference-utd-mhad-{name}")
    short = dict(SPLIT)
    for stage in ("pretrain", "teachers", "finetune", "supervised"):
        if getattr(recipe, stage) is not None:
            short[f"{stage}.epochs"] = 2
            short[f"{stage}.batch_size"] = 14  # of 30 windows: a last batch of two
    if "inertial" in recipe.modalities:
        short["modalities.inertial.encoder.feedforward"] = 32
    return recipe.override(short | changes)


def test_there_is_a_recipe_for_each_row_of_the_published_table():
    ours = {n.removeprefix(PREFIX) for n in names() if n.startswith(PREFIX)}
    assert ours == {
        "supervised-inertial", "supervised-skeleton", "supervised",
        "simclr-inertial", "simclr-skeleton", "cmc", "cmc-cmkm",
    }  # fmt: skip


# Weights of the models of the published code, without the layer that it never uses.
@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("supervised-inertial", 1_238_880 + 5632 * 27 + 27),
        ("supervised-skeleton", 438_939),
        ("supervised", 1_218_016 + 432_000 + 6400 * 256 + 256 * 256 + 2 * 768 + 13_851),
        ("cmc", 3_786_619 - 593_024),
    ],
)
def test_models_are_of_the_published_size(name, count):
    recipe = Recipe.load(f"reference-utd-mhad-{name}")
    sizes = {"inertial": {"channels": 6}, "skeleton": {"joints": 20, "dims": 3}}
    parts = {
        m: encoders.build(s.encoder.name, time=50, **sizes[m], **s.encoder.options)
        for m, s in recipe.modalities.items()
    }
    lengths = {m: part.out_features for m, part in parts.items()}
    head = (recipe.supervised or recipe.finetune).head
    model = MultimodalClassifier(parts, heads.build(head, lengths, 27))
    assert sum(p.numel() for p in model.parameters()) == count


def test_projectors_are_of_the_published_size():
    for name, length, count in (("inertial", 5632, 1_475_456), ("skeleton", 256, 99_200)):
        sizes = Recipe.load("reference-utd-mhad-cmc").modalities[name].projector
        projector = Projector(length, **sizes.model_dump())
        assert sum(p.numel() for p in projector.parameters()) == count


def test_inputs_are_raw_channels_in_the_units_of_the_files(store):
    recipe = reference("cmc")
    index = windows.fold(store, recipe, "train").index
    prepared = windows.preparations(store, index, recipe)
    (batch,) = windows.loader(store, index, prepared, batch_size=64)
    raw = store.read(index["recording"][0], "inertial").astype(np.float64)
    raw[:, 3:] *= 180 / np.pi
    assert batch["inertial"][0, 0] == pytest.approx(resample(raw, 50).T, rel=1e-4, abs=1e-4)
    body = store.read(index["recording"][0], "skeleton").astype(np.float64)
    body = (body - body[0, 2]) / np.linalg.norm(body[0, 1] - body[0, 2])
    expected = resample(body, 50).transpose(2, 0, 1)
    assert batch["skeleton"][0, 0] == pytest.approx(expected, rel=1e-4, abs=1e-4)


def test_units_that_no_channel_has_are_named(store):
    units = {"modalities.inertial.prepare.units": {"rad/s": "deg/s", "m": "cm"}}
    recipe = reference("cmc", **units)
    index = windows.fold(store, recipe, "train").index
    with pytest.raises(ConfigError, match="no channel is in m; there are g, rad/s"):
        windows.preparations(store, index, recipe)


@pytest.fixture(scope="module")
def trained(store, tmp_path_factory):
    out = tmp_path_factory.mktemp("reference")
    return pretrain(store, reference("cmc"), out=out / "cmc", seed=28)


def test_pretraining_leaves_the_last_batch_out_and_fine_tuning_does_not(trained, store, tmp_path):
    path = finetune(store, reference("cmc"), checkpoint=trained, seed=28, out=tmp_path)
    read = lambda p: json.loads((p / "run.json").read_text())["result"]["fitted"]  # noqa: E731
    assert read(trained)["steps"] == 2 * 2
    assert read(path)["steps"] == 2 * 3
    assert read(path)["chosen"]["epoch"] in (1, 2)
    assert 0 <= evaluate(path, store, subjects=["4"]).accuracy <= 1


def test_frozen_encoders_in_training_mode_keep_weights_and_move_statistics(
    trained, store, tmp_path
):
    path = finetune(store, reference("cmc"), checkpoint=trained, seed=28, out=tmp_path)
    before, after = checkpoint.load(trained).weights, checkpoint.load(path).weights
    for key in (k for k in before if k.startswith("encoders.")):
        moved = "running" in key or "num_batches" in key
        assert torch.equal(before[key], after[key]) != moved, key
    still = reference("cmc", **{"finetune.encoders": "frozen", "finetune.copies": 1})
    path = finetune(store, still, checkpoint=trained, seed=28, out=tmp_path / "still")
    after = checkpoint.load(path).weights
    assert all(torch.equal(before[k], after[k]) for k in before if k.startswith("encoders."))
    fitted = json.loads((path / "run.json").read_text())["result"]["fitted"]
    assert fitted["chosen"]["epoch"] in (1, 2)


def test_frozen_train_mode_is_what_the_model_says():
    part = encoders.build("resnet1d", channels=6, time=40, width=8)
    head = heads.build("linear", {"inertial": part.out_features}, 3)
    x = {"inertial": torch.randn(4, 6, 40)}
    model = MultimodalClassifier({"inertial": part}, head, frozen=True, frozen_train_mode=True)
    model.train()
    assert part.training
    model(x).sum().backward()
    assert all(p.grad is None for p in part.parameters())
    assert all(p.grad is not None for p in head.parameters())
    model.eval()
    assert not part.training


@pytest.mark.parametrize("name", ["supervised-skeleton", "supervised"])
def test_supervised_recipes_train(store, tmp_path, name):
    recipe = reference(name)
    path = finetune(store, recipe, out=tmp_path)
    assert checkpoint.load(path).info.head.name == recipe.supervised.head
    assert json.loads((path / "run.json").read_text())["result"]["fitted"]["steps"] == 6


def test_teachers_may_be_pretrained_apart(store, tmp_path):
    apart = [
        pretrain(store, reference(f"simclr-{m}"), out=tmp_path / m)
        for m in ("skeleton", "inertial")
    ]
    recipe = reference("cmc-cmkm")
    path = pretrain(store, recipe, teachers=apart, out=tmp_path / "cmkm")
    asked = json.loads((path / "run.json").read_text())["asked"]["teachers"]
    assert asked == [checkpoint.load(p).info.weights_sha256 for p in apart]
    assert isinstance(checkpoint.load(path).model(), ContrastiveModel)
    with pytest.raises(CheckpointError, match="made for inertial, inertial, the recipe has"):
        pretrain(store, recipe, teachers=[apart[1]] * 2, out=tmp_path / "twice")


def test_teachers_are_trained_first_with_a_temperature_each(store, tmp_path):
    path = pretrain(store, reference("cmc-cmkm"), out=tmp_path)
    first = Recipe.load(path / "teachers" / "recipe.toml")
    assert first.method == "simclr"
    assert first.pretrain.temperatures == {"inertial": 0.05, "skeleton": 0.5}


def test_simclr_adds_up_the_losses_at_their_temperatures(store):
    recipe = reference("simclr-inertial")
    part = encoders.build("resnet1d", channels=6, time=50, width=8)
    other = encoders.build("resnet1d", channels=6, time=50, width=8)
    parts = {"a": part, "b": other}
    model = ContrastiveModel(parts, {m: Projector(p.out_features) for m, p in parts.items()})
    batch = {m: torch.randn(2, 5, 6, 50) for m in parts}
    model.eval()

    def loss(**settings):
        with torch.no_grad():
            return SimCLR(model, recipe.pretrain.model_copy(update=settings), 1).loss(batch).item()

    def alone(name, temperature):
        one = ContrastiveModel({name: parts[name]}, {name: model.projectors[name]}).eval()
        settings = recipe.pretrain.model_copy(update={"temperature": temperature})
        with torch.no_grad():
            return SimCLR(one, settings, 1).loss(batch).item()

    expected = alone("a", 0.05) + alone("b", 0.5)
    assert loss(temperature=0.05, temperatures={"b": 0.5}) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"pretrain.plateau": None}, r"section \[plateau\] and schedule = 'plateau' go together"),
        ({"pretrain.schedule": "cosine"}, "go together"),
        ({"pretrain.warmup": 0.1}, "set warmup = 0"),
        ({"pretrain.plateau.watch": "validation_loss"}, r"needs \[validation\]"),
        ({"finetune.validation": None}, r"'validation_accuracy' needs \[validation\]"),
        ({"split.validation": []}, "finetune.validation needs subjects in split.validation"),
        ({"pretrain.temperatures": {"inertial": 0.1}}, "only SimCLR keeps modalities apart"),
        ({"modalities.inertial.prepare.standardize": "channel"}, "units have no effect"),
    ],
)
def test_what_does_not_fit_is_refused(overrides, message):
    with pytest.raises(ConfigError, match=message):
        Recipe.load("reference-utd-mhad-cmc", overrides)


def test_batches_of_mates_are_always_full():
    with pytest.raises(ConfigError, match="its batches are always full ones"):
        Recipe.load("utd-mhad-cross-subject", {"cross_subject.drop_last": False})


def test_a_last_batch_of_one_window_is_refused(store):
    recipe = reference("cmc")
    index = windows.fold(store, recipe, "train").index
    prepared = windows.preparations(store, index, recipe)
    with pytest.raises(ConfigError, match="batch_size 29 leaves one of 30 windows"):
        windows.loader(store, index, prepared, batch_size=29, training=True, drop_last=False)
