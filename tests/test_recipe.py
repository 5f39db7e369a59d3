import tomllib

import pytest

from kinefuse import recipe
from kinefuse.errors import ConfigError
from kinefuse.recipe import Recipe


@pytest.mark.parametrize("name", recipe.names())
def test_each_shipped_recipe_loads_and_is_called_as_its_file(name):
    assert Recipe.load(name).name == name


@pytest.mark.parametrize("name", recipe.names())
def test_the_resolved_recipe_is_toml_that_loads_to_the_same(name, tmp_path):
    before = Recipe.load(name)
    path = tmp_path / "resolved.toml"
    path.write_text(before.to_toml())
    assert Recipe.load(path) == before
    assert tomllib.loads(before.to_toml()) == before.to_dict()


def test_an_unknown_key_is_refused_with_the_nearest_known_one():
    with pytest.raises(ConfigError, match=r"pretrain: unknown key 'epoch': did you mean 'epochs'"):
        Recipe.load("utd-mhad-cmc", {"pretrain.epoch": 3})


def test_an_unknown_recipe_is_refused_with_the_nearest_known_one():
    with pytest.raises(ConfigError, match="did you mean 'utd-mhad-cmc'"):
        Recipe.load("utd-mhad-cmd")


def test_an_augmentation_for_no_modality_is_refused():
    with pytest.raises(ConfigError, match=r"unknown key 'inertia': did you mean 'inertial'"):
        Recipe.load("utd-mhad-cmc", {"pretrain.augment.inertia": []})


def test_a_step_shared_in_one_plan_only_is_refused():
    crop = [{"name": "crop_resize", "min": 0.5, "shared": True}]
    settings = {"finetune.augment.inertial": crop, "finetune.augment.skeleton": []}
    with pytest.raises(ConfigError, match=r"finetune.augment: .*the shared steps of inertial"):
        Recipe.load("utd-mhad-cmc", settings)
    settings["finetune.augment.skeleton"] = crop
    assert Recipe.load("utd-mhad-cmc", settings).finetune.augment["skeleton"] == crop


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"pretrain.epochs": 0}, "pretrain.epochs: .*greater than 0, got 0"),
        ({"pretrain.epochs": "many"}, "pretrain.epochs: .*integer.*got 'many'"),
        ({"split.test": [1, 2]}, "split: subject '1' is in 'train' and in 'test'"),
        ({"pretrain": None}, r"needs sections \[pretrain\] and \[finetune\]"),
        ({"modalities.skeleton": None}, "augment: unknown key 'skeleton'|at least two modalities"),
        ({"method": "simclear"}, "method: .*got 'simclear'"),
        ({"name.x": 1}, "cannot set 'name.x': 'name' is no table"),
        ({"finetune.encoders": "train", "supervised": None}, r"needs a section \[supervised\]"),
    ],
)
def test_a_wrong_setting_is_named(overrides, message):
    with pytest.raises(ConfigError, match=message):
        Recipe.load("utd-mhad-cmc", overrides)


def test_a_missing_file_stays_file_not_found(tmp_path):
    with pytest.raises(FileNotFoundError):
        Recipe.load(tmp_path / "none.toml")


def test_what_is_not_toml_is_refused_with_its_place(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("name = \n")
    with pytest.raises(ConfigError, match=r"bad.toml: not TOML: .*line 1"):
        Recipe.load(path)


def test_all_mistakes_are_named_at_once():
    with pytest.raises(ConfigError, match=r"(?s)pretrain.lr.*finetune.copies"):
        Recipe.load("utd-mhad-cmc", {"pretrain.lr": -1, "finetune.copies": 0})


def test_text_given_to_override_is_read_as_toml():
    changed = Recipe.load("utd-mhad-cmc", {"pretrain.epochs": "7", "split.train": '["1"]'})
    assert changed.pretrain.epochs == 7
    assert changed.split.train == ("1",)


def test_a_recipe_builds_on_another(tmp_path):
    (tmp_path / "mine.toml").write_text(
        'extends = "utd-mhad-cmc"\nname = "mine"\n[pretrain]\nepochs = 7\n'
        "[pretrain.augment]\ninertial = []\nskeleton = []\n[finetune.augment]\n"
        '[modalities.skeleton.encoder]\nname = "skeleton_resnet1d"\n'
        "[modalities.inertial.encoder]\nwidth = 12\n"
    )
    (tmp_path / "second.toml").write_text('extends = "mine.toml"\n[pretrain]\nlr = 1.0\n')
    base, found = Recipe.load("utd-mhad-cmc"), Recipe.load(tmp_path / "second.toml")
    assert (found.name, found.pretrain.epochs, found.pretrain.lr) == ("mine", 7, 1.0)
    assert found.pretrain.augment == {"inertial": [], "skeleton": []}
    assert found.finetune == base.finetune
    assert found.modalities["inertial"].encoder.options == {"width": 12}
    # Another encoder does not inherit the options of the first one.
    assert found.modalities["skeleton"].encoder.options == {}
    assert found.supervised == base.supervised
    assert "extends" not in found.to_dict()


def test_a_recipe_may_leave_sections_of_the_other_out(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(
        'extends = "utd-mhad-cmc"\nmethod = "supervised"\n'
        "pretrain = { remove = true }\nfinetune = { remove = true }\n"
    )
    found = Recipe.load(path)
    assert found.pretrain is None
    assert found.finetune is None


def test_extending_oneself_or_nobody_is_refused(tmp_path):
    (tmp_path / "a.toml").write_text('extends = "b.toml"\n')
    (tmp_path / "b.toml").write_text('extends = "a.toml"\n')
    with pytest.raises(ConfigError, match="extends itself"):
        Recipe.load(tmp_path / "a.toml")
    (tmp_path / "c.toml").write_text("extends = 3\n")
    with pytest.raises(ConfigError, match="expected a recipe's name or path, got 3"):
        Recipe.load(tmp_path / "c.toml")
    (tmp_path / "d.toml").write_text('extends = "utd-mhad-cmx"\n')
    with pytest.raises(ConfigError, match="did you mean 'utd-mhad-cmc'"):
        Recipe.load(tmp_path / "d.toml")


def test_the_kind_of_a_modality_follows_its_name_unless_told():
    recipe = Recipe.load("utd-mhad-cmc")
    assert recipe.modalities["skeleton"].kind == "skeleton"
    assert recipe.modalities["inertial"].kind == "inertial"
    values = recipe.to_dict()
    watch = values["modalities"].pop("inertial")
    del watch["kind"]
    values["modalities"]["watch"] = watch
    for stage in ("pretrain", "finetune", "supervised"):
        plans = values[stage]["augment"]
        plans["watch"] = [*plans.pop("inertial"), {"name": "channel_mask"}]
    assert Recipe.from_dict(values).modalities["watch"].kind == "inertial"
    values["modalities"]["watch"]["kind"] = "skeleton"
    with pytest.raises(ConfigError, match=r"pretrain.augment.*channel_mask"):
        Recipe.from_dict(values)


def split_of(**parts):
    return Recipe.load("utd-mhad-cmc", {f"split.{name}": value for name, value in parts.items()})


def test_a_fold_is_a_list_of_subjects_or_a_table():
    changed = split_of(
        train={"subjects": [1, 2], "scenes": [1, 3]}, validation=[], test={"scenes": ["2"]}
    )
    parts = changed.split.parts
    assert list(parts) == ["train", "test"]
    assert parts["train"].conditions == {"subject": ("1", "2"), "scene": ("1", "3")}
    assert str(parts["train"]) == "subjects 1, 2, scenes 1, 3"
    assert parts["test"].conditions == {"scene": ("2",)}
    assert Recipe.from_dict(tomllib.loads(changed.to_toml())) == changed
    short = Recipe.load("utd-mhad-cmc").split
    assert short.train == ("1", "3", "5")
    assert short.part("train").conditions == {"subject": short.train}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"train": []}, "split: train: expected at least one subject"),
        ({"train": {}}, "split: train: expected subjects, scenes, sessions or views"),
        ({"train": {"scenes": []}}, "split.train.scenes: .*at least 1 item"),
        ({"train": {"scene": [1]}}, r"split.train: unknown key 'scene': did you mean 'scenes'"),
        ({"train": {"scenes": [1]}}, "split: a window can be in 'train' and in 'validation'"),
        ({"train": {"subjects": [2], "scenes": [1]}}, "split: subject '2' is in 'train' and in"),
        ({"train": 3}, "split.train: .*valid tuple, got 3"),
    ],
)
def test_a_wrong_fold_is_named(parts, message):
    with pytest.raises(ConfigError, match=message):
        split_of(**parts)
