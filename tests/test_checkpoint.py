import json
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

import kinefuse
from kinefuse import checkpoint
from kinefuse.checkpoint import Input
from kinefuse.errors import CheckpointError, InputError
from kinefuse.nn import (
    ContrastiveModel,
    MultimodalClassifier,
    MultimodalEncoder,
    Projector,
    Standardize,
    encoders,
    heads,
)

CLASSES = ("clap", "throw", "wave")
INPUTS = {
    "inertial": Input(
        channels=("acc_x", "acc_y"),
        units=("g", "g"),
        shape=(2,),
        rate_hz=50.0,
        prepare={"length": 20, "mean": [0.125, -3e-7], "std": [1.0, 0.1]},
    ),
    "skeleton": Input(
        channels=("x", "y", "z"),
        units=("m", "m", "m"),
        shape=(5, 3),
        rate_hz=30.0,
        layout="five",
        prepare={"length": 8, "normalize": {"center": "first"}},
    ),
}


def two_encoders():
    return {
        "inertial": encoders.build("resnet1d", channels=2, time=20, width=4),
        "skeleton": encoders.build(
            "skeleton_resnet1d", dims=3, time=8, joints=5, parents=(-1, 0, 1, 2, 3), width=4
        ),
    }


def classifier(seed=0, inputs=None):
    torch.manual_seed(seed)
    both = two_encoders()
    lengths = {m: e.out_features for m, e in both.items()}
    head = heads.build("mlp", lengths, len(CLASSES), hidden=8, dropout=(0.2, 0.4))
    return MultimodalClassifier(both, head, inputs=inputs)


def contrastive():
    both = two_encoders()
    return ContrastiveModel(
        both, {m: Projector(e.out_features, hidden=8, out=4) for m, e in both.items()}
    )


def batch(n=3):
    return {"inertial": torch.randn(n, 2, 20), "skeleton": torch.randn(n, 3, 8, 5)}


def save(path, model=None, **options):
    classes = CLASSES if isinstance(model or classifier(), MultimodalClassifier) else ()
    options = {"inputs": INPUTS, "method": "supervised", "classes": classes} | options
    return checkpoint.save(path, model or classifier(), **options)


def edit(path, **changes):
    file = path / "model.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changes))


def test_a_classifier_survives_the_round_trip_bit_for_bit(tmp_path):
    model = classifier(inputs={"inertial": Standardize(torch.ones(2, 1), torch.tensor(3.0))})
    model.train()(batch())  # moves the batch norm statistics
    folder = save(tmp_path / "a" / "b", model, training={"seed": 3, "recipe": {"epochs": 2}})
    read = checkpoint.load(folder)
    again = read.classifier()
    x = batch()
    assert torch.equal(again(x), model.eval()(x))
    assert not again.training
    assert read.info.classes == CLASSES
    assert read.info.inputs == INPUTS
    assert read.info.training == {"seed": 3, "recipe": {"epochs": 2}}
    assert read.info.kinefuse == kinefuse.__version__
    assert sorted(p.name for p in folder.iterdir()) == ["model.json", "model.safetensors"]


def test_the_kind_of_model_follows_from_what_was_saved(tmp_path):
    for n, model in enumerate((classifier(), contrastive(), MultimodalEncoder(two_encoders()))):
        again = checkpoint.load(save(tmp_path / str(n), model)).model()
        assert type(again) is type(model)
        x = batch()
        torch.testing.assert_close(again.encode(x), model.eval().encode(x), rtol=0, atol=0)


def test_projections_survive_too(tmp_path):
    model = contrastive().eval()
    again = checkpoint.load(save(tmp_path, model)).model()
    x = batch()
    torch.testing.assert_close(again(x), model(x), rtol=0, atol=0)


def test_saving_twice_gives_the_same_bytes_and_leaves_other_files_alone(tmp_path):
    (tmp_path / "recipe.toml").write_text("mine")
    files = [tmp_path / "model.json", tmp_path / "model.safetensors"]
    save(tmp_path)
    before = [f.read_bytes() for f in files]
    save(tmp_path)
    assert [f.read_bytes() for f in files] == before
    assert (tmp_path / "recipe.toml").read_text() == "mine"


@pytest.mark.parametrize("killed_at", range(4))
@pytest.mark.parametrize("there_before", [True, False])
def test_killed_anywhere_the_old_or_the_new_checkpoint_is_there(
    tmp_path, monkeypatch, killed_at, there_before
):
    old, new = classifier(seed=1), classifier(seed=2)
    if there_before:
        save(tmp_path, old, method="old")
    steps = 0

    def killable(function):
        def step(*args):
            nonlocal steps
            steps += 1
            if steps > killed_at:
                raise KeyboardInterrupt
            return function(*args)

        return step

    with monkeypatch.context() as patched:
        patched.setattr(checkpoint, "_write", killable(checkpoint._write))
        patched.setattr(Path, "replace", killable(Path.replace))
        with pytest.raises(KeyboardInterrupt):
            save(tmp_path, new, method="new")
    if killed_at < 3 and not there_before:
        with pytest.raises(CheckpointError, match=r"model\.safetensors is missing"):
            checkpoint.load(tmp_path)
    else:
        read = checkpoint.load(tmp_path)
        assert read.info.method == ("new" if killed_at == 3 else "old")
        x = batch()
        expected = new if killed_at == 3 else old
        assert torch.equal(read.model()(x), expected.eval()(x))
    save(tmp_path, new, method="again")
    assert checkpoint.load(tmp_path).info.method == "again"


def store_schema(**changes):
    schema = {m: SimpleNamespace(**dict(i)) for m, i in INPUTS.items()}
    for key, value in changes.items():
        modality, _, what = key.partition("__")
        setattr(schema[modality], what, value)
    return schema


def test_the_same_data_is_accepted_and_more_modalities_do_no_harm(tmp_path):
    read = checkpoint.load(save(tmp_path))
    read.check(store_schema())
    read.check(store_schema() | {"third": SimpleNamespace()})
    read.check(store_schema(inertial__channels=["acc_x", "acc_y"]))


def test_the_schema_of_a_real_store_is_understood(tmp_path):
    data = pytest.importorskip("kinefuse.data")
    schema = data.ModalitySchema(("acc_x", "acc_y"), ("g", "g"), (2,), 50.0)
    assert Input.of(schema, INPUTS["inertial"].prepare) == INPUTS["inertial"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"inertial__rate_hz": 100.0}, r"inertial rate_hz: trained on 50\.0, got 100\.0"),
        ({"inertial__channels": ("acc_x", "gyro_x")}, r"\('acc_x', 'acc_y'\), got \('acc_x', 'gyr"),
        ({"inertial__units": ("g", "m/s2")}, r"inertial units: trained on"),
        ({"skeleton__layout": "kinect_v2"}, "skeleton layout: trained on five, got kinect_v2"),
        ({"skeleton__shape": (25, 3)}, r"skeleton shape: trained on \(5, 3\), got \(25, 3\)"),
    ],
)
def test_other_data_is_refused_naming_both_sides(tmp_path, change, says):
    read = checkpoint.load(save(tmp_path))
    with pytest.raises(CheckpointError, match=says):
        read.check(store_schema(**change))


def test_all_differences_are_named_at_once(tmp_path):
    read = checkpoint.load(save(tmp_path))
    schema = store_schema(inertial__rate_hz=20.0)
    del schema["skeleton"]
    with pytest.raises(CheckpointError, match=r"rate_hz.*'skeleton' is missing, there is inertial"):
        read.check(schema)


def test_a_missing_folder_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        checkpoint.load(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["model.json", "model.safetensors"])
class TestDamage:
    def test_a_missing_file_is_named(self, tmp_path, name):
        save(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(CheckpointError, match=name):
            checkpoint.load(tmp_path)

    def test_a_truncated_file_is_refused(self, tmp_path, name):
        save(tmp_path)
        whole = (tmp_path / name).read_bytes()
        for keep in (0, 1, len(whole) // 2, len(whole) - 1):
            (tmp_path / name).write_bytes(whole[:keep])
            with pytest.raises(CheckpointError, match=name):
                checkpoint.load(tmp_path)

    def test_a_foreign_file_is_refused(self, tmp_path, name):
        save(tmp_path)
        for foreign in (b"\x00" * 100, b"[]", b"\xff\xfe{}", b'{"version": 1}'):
            (tmp_path / name).write_bytes(foreign)
            with pytest.raises(CheckpointError, match=name):
                checkpoint.load(tmp_path)


def test_weights_that_match_the_digest_but_are_no_safetensors_are_refused(tmp_path):
    import hashlib

    save(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"rubbish")
    edit(tmp_path, weights_sha256=hashlib.sha256(b"rubbish").hexdigest())
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        checkpoint.load(tmp_path)


def test_weights_of_another_network_are_refused_naming_the_tensor(tmp_path):
    save(tmp_path)
    info = json.loads((tmp_path / "model.json").read_text())
    info["encoders"]["inertial"]["settings"]["width"] = 8
    edit(tmp_path, encoders=info["encoders"])
    with pytest.raises(CheckpointError, match=r"does not fit model\.json: encoders\.inertial"):
        checkpoint.load(tmp_path).model()


def test_a_network_that_is_not_registered_is_named(tmp_path):
    save(tmp_path)
    edit(tmp_path, head={"name": "mine", "settings": {}})
    with pytest.raises(CheckpointError, match=r"no head 'mine'.*registered"):
        checkpoint.load(tmp_path).model()


def test_a_later_format_is_refused_with_what_to_do(tmp_path):
    save(tmp_path)
    edit(tmp_path, version=2, kinefuse="9.0")
    with pytest.raises(CheckpointError, match=r"made by kinefuse 9\.0.*update"):
        checkpoint.load(tmp_path)


def test_an_unknown_or_missing_entry_is_named(tmp_path):
    save(tmp_path)
    edit(tmp_path, surprise=1)
    with pytest.raises(CheckpointError, match="surprise"):
        checkpoint.load(tmp_path)
    save(tmp_path)
    edit(tmp_path, inputs={"inertial": {"channels": ["a"], "units": ["g"], "shape": [1]}})
    with pytest.raises(CheckpointError, match=r"inputs\.inertial\.rate_hz"):
        checkpoint.load(tmp_path)


def test_encoders_alone_are_no_classifier(tmp_path):
    read = checkpoint.load(save(tmp_path, contrastive(), method="cmc"))
    with pytest.raises(CheckpointError, match=r"'cmc'.*fine-tune"):
        read.classifier()


def test_what_could_not_be_built_again_is_not_saved(tmp_path):
    by_hand = encoders.ResNet1d(channels=2, time=20, width=4)
    model = MultimodalEncoder({"inertial": by_hand})
    with pytest.raises(InputError, match="ResNet1d was not built by its registered name"):
        save(tmp_path, model, inputs={"inertial": INPUTS["inertial"]})
    with pytest.raises(InputError, match="expected inputs for"):
        save(tmp_path, inputs={"inertial": INPUTS["inertial"]})
    with pytest.raises(InputError, match="3 classes"):
        save(tmp_path, classes=("one",))
    with pytest.raises(InputError, match="JSON"):
        save(tmp_path, training={"when": object()})
    with pytest.raises(InputError, match="JSON"):
        save(tmp_path, training={"loss": float("nan")})
    assert not list(tmp_path.iterdir())
