import hashlib
import json

import pytest

torch = pytest.importorskip("torch")
from kinefuse import checkpoint  # noqa: E402
from kinefuse.errors import CheckpointError, ConfigError, InputError, SplitError  # noqa: E402
from kinefuse.evaluate import evaluate  # noqa: E402
from kinefuse.methods import finetune, pretrain, training  # noqa: E402
from kinefuse.nn import ContrastiveModel, MultimodalClassifier  # noqa: E402
from kinefuse.recipe import Recipe  # noqa: E402


def weights(path):
    return hashlib.sha256((path / "model.safetensors").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def pretrained(store, recipe, tmp_path_factory):
    return pretrain(store, recipe, out=tmp_path_factory.mktemp("runs") / "cmc", seed=3)


def test_pretraining_writes_a_model_the_recipe_and_what_it_cost(pretrained, store, recipe):
    assert isinstance(checkpoint.load(pretrained).model(), ContrastiveModel)
    assert Recipe.load(pretrained / "recipe.toml") == recipe
    run = json.loads((pretrained / "run.json").read_text())
    assert run["result"]["fitted"]["steps"] == 12 * 3
    assert run["asked"]["seed"] == 3
    assert run["asked"]["windows"] == 30
    assert not (pretrained / "resume.ckpt").exists()


def test_the_same_seed_gives_the_same_model(pretrained, store, recipe, tmp_path):
    assert weights(pretrain(store, recipe, out=tmp_path / "a", seed=3)) == weights(pretrained)
    assert weights(pretrain(store, recipe, out=tmp_path / "b", seed=4)) != weights(pretrained)


def test_a_finished_run_is_not_done_again(pretrained, store, recipe):
    def refuse(*_):
        raise AssertionError("trained again")

    before = (pretrained / "model.safetensors").stat().st_mtime_ns
    assert pretrain(store, recipe, out=pretrained, seed=3, progress=refuse) == pretrained
    assert (pretrained / "model.safetensors").stat().st_mtime_ns == before


def test_another_run_s_folder_is_refused(pretrained, store, recipe):
    with pytest.raises(ConfigError, match="holds a run with another seed"):
        pretrain(store, recipe, out=pretrained, seed=5)
    other = recipe.override({"pretrain.lr": 1.0})
    with pytest.raises(ConfigError, match="holds a run with another recipe"):
        pretrain(store, other, out=pretrained, seed=3)


def test_an_interrupted_run_goes_on(pretrained, store, recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(training, "KEEP_EVERY_S", 0.0)

    def stop(stage, done, total, loss):
        if done == 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pretrain(store, recipe, out=tmp_path, seed=3, progress=stop)
    assert (tmp_path / "resume.ckpt").is_file()
    epochs = []
    path = pretrain(
        store, recipe, out=tmp_path, seed=3, progress=lambda *args: epochs.append(args[1])
    )
    assert epochs == [8, 9, 10, 11, 12]
    assert weights(path) == weights(pretrained)


@pytest.mark.parametrize(
    ("encoders", "labels_per_class"),
    [
        ("frozen", None),
        ("frozen", 2),
        pytest.param("train", None, marks=pytest.mark.slow),
        pytest.param("train", 2, marks=pytest.mark.slow),
    ],
)
def test_fine_tuning_learns_the_classes(
    pretrained, store, recipe, tmp_path, encoders, labels_per_class
):
    recipe = recipe.override({"finetune.encoders": encoders})
    path = finetune(
        store, recipe, checkpoint=pretrained, labels_per_class=labels_per_class, out=tmp_path
    )
    model = checkpoint.load(path).model()
    assert isinstance(model, MultimodalClassifier)
    assert evaluate(path, store, subjects=["4"]).accuracy > 0.6
    before = checkpoint.load(pretrained).weights
    after = checkpoint.load(path).weights
    same = [torch.equal(before[k], after[k]) for k in before if k.startswith("encoders.")]
    assert (
        all(same)
        if encoders == "frozen"
        else not any(
            torch.equal(before[k], after[k])
            for k in before
            if k.endswith("0.weight") and "enc" in k
        )
    )


def test_training_from_scratch_learns_the_classes(store, recipe, tmp_path):
    path = finetune(store, recipe, out=tmp_path, seed=1)
    assert evaluate(path, store, subjects=["4"]).accuracy > 0.6
    again = finetune(store, recipe, out=tmp_path / "again", seed=1)
    assert weights(path) == weights(again)


def test_few_labels_are_nested_and_counted(store, recipe, tmp_path):
    quick = recipe.override({"supervised.epochs": 1})
    path = finetune(store, quick, labels_per_class=2, label_seed=1, out=tmp_path)
    assert json.loads((path / "run.json").read_text())["result"]["labelled"] == 6
    with pytest.raises(SplitError, match="fewer than 11"):
        finetune(store, quick, labels_per_class=11, out=tmp_path / "many")


@pytest.mark.parametrize(("share", "labelled"), [(0.01, 3), (0.25, 6), (0.5, 15)])
def test_a_share_of_the_labels_is_rounded_down_but_never_to_none(
    share, labelled, store, recipe, tmp_path
):
    quick = recipe.override({"supervised.epochs": 1, "supervised.min_steps": 0})
    path = finetune(store, quick, labels_share=share, label_seed=1, out=tmp_path)
    training = checkpoint.load(path).info.training
    assert (training["labelled"], training["training_windows"]) == (labelled, 30)
    assert training["labels_share"] == share
    with pytest.raises(ConfigError, match=r"another .*labels_share"):
        finetune(store, quick, labels_share=0.4, label_seed=1, out=tmp_path)
    with pytest.raises(ConfigError, match="either per_class or share"):
        finetune(store, quick, labels_share=0.4, labels_per_class=1, out=tmp_path / "both")


def test_labels_can_be_listed(store, recipe, tmp_path):
    quick = recipe.override({"supervised.epochs": 1, "supervised.min_steps": 0})
    names = ["s1_slow_t0", "s2_middle_t3", "s2_fast_t1"]
    path = finetune(store, quick, labels=names, out=tmp_path / "a")
    training = checkpoint.load(path).info.training
    assert (training["labelled"], training["labels"]) == (3, sorted(names))
    index = store.window_index()
    numbers = [int(index["window"][index["recording"].index_of(name)]) for name in names]
    assert weights(finetune(store, quick, labels=numbers, out=tmp_path / "b")) == weights(path)
    with pytest.raises(SplitError, match="labels: s3_slow_t0 not among the labelled training"):
        finetune(store, quick, labels=["s3_slow_t0"], out=tmp_path / "c")
    with pytest.raises(ConfigError, match="give labels, or how many to draw, not both"):
        finetune(store, quick, labels=names, labels_per_class=1, out=tmp_path / "c")
    with pytest.raises(ConfigError, match="holds a run with another labelled, labels"):
        finetune(store, quick, labels=names[:2], out=tmp_path / "a")


def test_labels_can_be_balanced_over_subjects(store, recipe, tmp_path):
    quick = recipe.override({"supervised.epochs": 1, "supervised.min_steps": 0})
    draw = {"labels_per_class": 2, "label_seed": 1}
    path = finetune(store, quick, **draw, balance_subjects=True, out=tmp_path / "a")
    assert checkpoint.load(path).info.training["balance_subjects"] is True
    other = finetune(store, quick, **draw, out=tmp_path / "b")
    assert weights(other) != weights(path)
    assert "balance_subjects" not in checkpoint.load(other).info.training


def test_few_labels_spread_over_projections_or_embeddings(pretrained, store, recipe, tmp_path):
    plain = recipe.override({"finetune.epochs": 1})
    made = []
    for number, space in enumerate((None, "projections", "embeddings")):
        told = plain.override({"finetune.propagate.space": space})
        made.append(
            finetune(
                store, told, checkpoint=pretrained, labels_per_class=1, out=tmp_path / str(number)
            )
        )
    assert weights(made[0]) == weights(made[2]) != weights(made[1])


@pytest.mark.slow
def test_simclr_trains_each_modality_for_itself(store, recipe, tmp_path):
    one = recipe.override(
        {
            "method": "simclr",
            "modalities.skeleton": None,
            "pretrain.augment.skeleton": None,
            "finetune.augment.skeleton": None,
            "supervised.augment.skeleton": None,
        }
    )
    path = pretrain(store, one, out=tmp_path / "simclr")
    assert checkpoint.load(path).model().modalities == ("inertial",)
    done = finetune(store, one, checkpoint=path, out=tmp_path / "done")
    assert evaluate(done, store, subjects=["4"]).accuracy > 0.5
    with pytest.raises(CheckpointError, match="made for inertial, the recipe has inertial, skel"):
        finetune(store, recipe, checkpoint=path, out=tmp_path / "no")


def test_a_classifier_is_no_pretrained_model(store, recipe, tmp_path):
    quick = recipe.override({"supervised.epochs": 1})
    path = finetune(store, quick, out=tmp_path / "a")
    with pytest.raises(CheckpointError, match="expected a pretrained model"):
        finetune(store, quick, checkpoint=path, out=tmp_path / "b")


def test_subjects_that_are_not_there_are_named(store, recipe, tmp_path):
    with pytest.raises(SplitError, match=r"split.train: no subject '9'; there are 1, 2, 3, 4"):
        pretrain(store, recipe.override({"split.train": ["1", "9"]}), out=tmp_path)


def test_a_seed_out_of_range_is_refused(store, recipe, tmp_path):
    with pytest.raises(InputError, match="seed: expected 0 to"):
        pretrain(store, recipe, out=tmp_path, seed=-1)


def test_a_recipe_without_pretraining_says_so(store, tmp_path):
    supervised = Recipe.load("utd-mhad-supervised")
    with pytest.raises(ConfigError, match=r"has no section \[pretrain\]"):
        pretrain(store, supervised, out=tmp_path)
