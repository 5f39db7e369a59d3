import numpy as np
import polars as pl
import pytest

torch = pytest.importorskip("torch")
from kinefuse import checkpoint  # noqa: E402
from kinefuse.errors import CheckpointError, InputError, SplitError  # noqa: E402
from kinefuse.evaluate import Embedded, embed  # noqa: E402
from kinefuse.evaluate.embeddings import embed_fold  # noqa: E402
from kinefuse.methods import finetune  # noqa: E402
from kinefuse.methods.windows import loader  # noqa: E402


def test_embeddings_are_what_the_model_gives_window_by_window(pretrained, store):
    found = embed(pretrained, store, subjects=["4", "2"], batch_size=7)
    loaded = checkpoint.load(pretrained)
    model = loaded.model()
    prepared = {m: values.prepare for m, values in loaded.info.inputs.items()}
    assert found.modalities == ("inertial", "skeleton")
    assert found.windows["subject"].unique().sort().to_list() == ["2", "4"]
    for row in range(0, len(found), 6):
        (batch,) = loader(store, found.windows[row : row + 1], prepared, batch_size=1)
        x = {m: batch.torch()[m][0] for m in model.modalities}
        with torch.no_grad():
            h = model.encode(x)
            z = model.project(h)
        for m in model.modalities:
            np.testing.assert_allclose(found.embeddings[m][row], h[m][0], atol=1e-5)
            np.testing.assert_allclose(found.projections[m][row], z[m][0], atol=1e-5)


def test_a_fold_of_the_recipe(pretrained, store):
    assert set(embed_fold(pretrained, store, "train").windows["subject"]) == {"1", "2"}
    test = embed_fold(pretrained, store, "test")
    alone = embed(pretrained, store, subjects=["4"])
    assert test.windows.equals(alone.windows)
    np.testing.assert_array_equal(test.label, store.window_index().filter(subject="4")["label"])


def test_a_classifier_has_embeddings_only(store, recipe, tmp_path):
    path = finetune(store, recipe.override({"supervised.epochs": 1}), out=tmp_path)
    found = embed(path, store)
    assert found.spaces == ("embeddings",)
    assert len(found) == 60
    with pytest.raises(InputError, match="no projectors"):
        found.space("projections")


def test_a_window_without_a_modality_is_counted(pretrained, make, tmp_path):
    store = make(tmp_path, without_skeleton=("s4_fast_t0", "s4_slow_t1"))
    found = embed(pretrained, store, subjects=["4"])
    assert (len(found), found.incomplete) == (13, 2)
    assert not set(found.windows["recording"]) & {"s4_fast_t0", "s4_slow_t1"}


def test_the_table_holds_every_vector_beside_its_window(pretrained, store, tmp_path):
    found = embed(pretrained, store, subjects=["1"])
    found.to_frame().write_parquet(tmp_path / "found.parquet")
    read = pl.read_parquet(tmp_path / "found.parquet")
    np.testing.assert_array_equal(read["skeleton_embedding"], found.embeddings["skeleton"])
    np.testing.assert_array_equal(read["inertial_projection"], found.projections["inertial"])
    assert read["window"].to_list() == found.windows["window"].to_list()


def test_windows_without_a_label_are_kept_until_asked(pretrained, store):
    index = store.window_index().with_columns(
        label=pl.when(pl.col("subject") == "1").then(None).otherwise("label")
    )
    found = embed(pretrained, store, index=index)
    assert (found.label < 0).sum() == 15
    few = found.labelled()
    assert len(few) == 45
    np.testing.assert_array_equal(
        few.embeddings["inertial"], found.embeddings["inertial"][found.label >= 0]
    )


def test_what_cannot_be_is_refused(pretrained, store, make, tmp_path):
    with pytest.raises(SplitError, match=r"embed: no subject 9 .*1, 2, 3, 4"):
        embed(pretrained, store, subjects=["9"])
    with pytest.raises(InputError, match="not both"):
        embed(pretrained, store, subjects=["1"], index=store.window_index())
    with pytest.raises(InputError, match="no window has all of"):
        embed(pretrained, store, index=store.window_index().clear())
    with pytest.raises(InputError, match="3 embeddings for 60 windows"):
        Embedded({"inertial": np.ones((3, 2))}, {}, store.window_index(), (), incomplete=0)
    other = make(tmp_path, units=("m/s2", "m/s2", "m/s2", "rad/s", "rad/s", "rad/s"))
    with pytest.raises(CheckpointError, match="made for other data"):
        embed(pretrained, other)
