"""The recipe of Cosmo says what it should, and trains."""

import json

import pytest

torch = pytest.importorskip("torch")
from kinefuse import checkpoint  # noqa: E402
from kinefuse.methods import finetune, pretrain  # noqa: E402
from kinefuse.recipe import Recipe  # noqa: E402


def small(name):
    """Return the recipe for the waves, with small networks and few epochs."""
    changes = {
        "split.train": ["1", "2"],
        "split.validation": ["3"],
        "split.test": ["4"],
        "modalities.inertial.prepare.length": 40,
        "modalities.skeleton.prepare.length": 16,
        "modalities.inertial.encoder.width": 8,
        "modalities.skeleton.encoder.widths": [8, 4, 8, 16, 16],
        "pretrain.epochs": 1,
        "pretrain.batch_size": 10,
        "collaborative.epochs": 4,
        "collaborative.min_steps": 0,
        "collaborative.batch_size": 5,
        "collaborative.alternate": 1,
        "collaborative.hidden": 16,
    }
    return Recipe.load(name, changes)


@pytest.fixture(scope="module")
def trained(store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("cosmo")
    recipe = small("utd-mhad-cosmo")
    first = pretrain(store, recipe, out=folder / "first")
    listed = ["s1_slow_t0", "s2_middle_t3", "s2_fast_t1", "s1_fast_t2", "s1_middle_t1"]
    second = finetune(store, recipe, checkpoint=first, labels=listed, out=folder / "second")
    return first, second


def test_attention_is_the_fixed_prior_for_four_fifths(trained, store):
    _, second = trained
    model = checkpoint.load(second).classifier()
    result = json.loads((second / "run.json").read_text())["result"]
    assert result["prior"] == pytest.approx({"inertial": 0.3, "skeleton": 0.7})
    assert result["trained_windows"] == 5  # nothing is propagated
    torch.manual_seed(0)
    batch = {"inertial": torch.randn(9, 6, 40), "skeleton": torch.randn(9, 3, 16, 20)}
    with torch.no_grad():
        weights = model.attention(batch)
    assert torch.allclose(weights.sum(1), torch.ones(9))
    learned = (weights - 0.8 * torch.tensor([0.3, 0.7])) / 0.2
    assert ((learned >= -1e-5) & (learned <= 1 + 1e-5)).all()


def test_gates_look_one_way_and_no_attention_is_in_the_encoders(trained):
    model = checkpoint.load(trained[1]).classifier()
    units = [part for part in model.modules() if isinstance(part, torch.nn.GRU)]
    assert [unit.bidirectional for unit in units] == [False, False]
    names = {type(part).__name__ for part in model.encoders.modules()}
    assert not any("Attention" in name for name in names)
    assert not model.head.anchored


def test_heads_and_encoders_take_turns(trained, store):
    recipe = small("utd-mhad-cosmo").override({"collaborative.epochs": 1})
    first, _ = trained
    made = finetune(store, recipe, checkpoint=first, labels_per_class=2, out=first / "one")
    before, after = checkpoint.load(first).weights, checkpoint.load(made).weights
    same = {
        name: torch.equal(before[name], after[name])
        for name in before
        if name.startswith("encoders.") and name.endswith(".weight") and before[name].ndim > 1
    }
    assert same
    assert all(same.values())
    two = finetune(
        store,
        recipe.override({"collaborative.epochs": 2}),
        checkpoint=first,
        labels_per_class=2,
        out=first / "two",
    )
    later = checkpoint.load(two).weights
    assert not all(torch.equal(before[name], later[name]) for name in same)


@pytest.mark.parametrize("method", ["clmm", "cosmo", "supervised"])
def test_the_split_of_cosmo_has_nobody_to_validate_on(method):
    split = Recipe.load(f"utd-mhad-{method}-p2").split
    assert split.validation == ()
    assert set(split.train) == set("123456")
    assert set(split.test) == set("78")
