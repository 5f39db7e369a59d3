"""Training on windows of which some lack a modality."""

import json

import polars as pl
import pytest

torch = pytest.importorskip("torch")
from kinefuse import checkpoint, cli  # noqa: E402
from kinefuse.evaluate import evaluate, measure_robustness  # noqa: E402
from kinefuse.methods import finetune, pretrain  # noqa: E402
from kinefuse.methods.soft_labels import embed_windows, soft_labels  # noqa: E402
from kinefuse.methods.windows import fold, loader  # noqa: E402
from kinefuse.predict import predict  # noqa: E402
from kinefuse.recipe import Propagate, Recipe  # noqa: E402

LACKING = tuple(f"s{s}_{c}_t{t}" for s in "124" for c, t in (("slow", 0), ("slow", 3), ("fast", 1)))


@pytest.fixture(scope="module")
def holes(tmp_path_factory, make_store):
    """The waves, three recordings of three subjects without a skeleton."""
    return make_store(tmp_path_factory.mktemp("holes"), without_skeleton=LACKING)


@pytest.fixture(scope="module")
def first(holes, clmm, tmp_path_factory):
    return pretrain(holes, clmm, out=tmp_path_factory.mktemp("first"), seed=1)


@pytest.fixture(scope="module")
def second(holes, clmm, first, tmp_path_factory):
    out = tmp_path_factory.mktemp("second")
    return finetune(holes, clmm, checkpoint=first, labels_per_class=2, seed=1, out=out)


def result(path):
    return json.loads((path / "run.json").read_text())["result"]


def test_windows_that_lack_a_modality_are_learned_from_and_counted(first, second, holes, clmm):
    for stage in (first, second):
        counts = result(stage)
        assert (counts["incomplete"], counts["partial"]) == (0, 6)
        model = checkpoint.load(stage).model()
        assert all(torch.isfinite(x).all() for x in model.state_dict().values() if x.ndim)
    assert result(second)["trained_windows"] == 30
    found = evaluate(second, holes, subjects=clmm.split.test)
    assert (len(found.predictions), found.partial, found.incomplete) == (15, 3, 0)
    assert found.accuracy > 0.6


def test_every_window_gets_an_activity(second, holes):
    table = predict(second, holes)
    assert table["activity"].null_count() == 0
    assert table.filter(pl.col("lacking").is_not_null())["recording"].sort().to_list() == sorted(
        LACKING
    )


def test_the_command_says_how_many_windows_lack_a_modality(second, holes, tmp_path, capsys):
    out = tmp_path / "activities.csv"
    with pytest.raises(SystemExit):
        cli.main(["predict", str(second), str(holes.path), "-o", str(out)])
    told = capsys.readouterr().out
    assert told.startswith("60 windows; 9 lack a modality, 0 of them are without an activity: ")
    assert pl.read_csv(out)["lacking"].count() == 9


def test_a_modality_may_be_missing_altogether(second, holes):
    for modality in ("inertial", "skeleton"):
        found = evaluate(second, holes, subjects=["3"], missing=[modality])
        assert (len(found.predictions), found.partial) == (15, 15)
    found = measure_robustness(second, holes, subjects=["3"], missing=(0, 1), noise=(), shift_s=())
    assert found.table["note"].null_count() == 4
    # The same windows as above.
    last = evaluate(second, holes, subjects=["3"], missing=["skeleton"]).accuracy
    assert found.table["accuracy"].to_list()[-1] == last


def test_soft_labels_do_not_depend_on_what_is_not_there(first, holes, clmm):
    windows = fold(holes, clmm, "train", partial=True)
    loaded = checkpoint.load(first)
    model = loaded.model()
    prepared = {m: x.prepare for m, x in loaded.info.inputs.items()}
    z, present = embed_windows(holes, model, windows.index, prepared)
    assert int((~present["skeleton"]).sum()) == 6
    labelled = windows.index[::5]
    spoiled = {m: torch.where(present[m][:, None], x, 7.0) for m, x in z.items()}
    for space in ("embeddings", "projections"):
        asked = (labelled, 3, Propagate(space=space), present)
        known = soft_labels(model, z, windows.index, *asked)
        assert (known == soft_labels(model, spoiled, windows.index, *asked)).all()
        assert known.sum(1) == pytest.approx(1)


def test_pairs_across_subjects_are_mined_among_whole_windows(holes, clmm, first, tmp_path):
    stage = {"epochs": 1, "batch_size": 10, "lr": 1e-3}
    mined = Recipe.from_dict(clmm.to_dict() | {"cross_subject": stage})
    counts = result(pretrain(holes, mined, start=first, out=tmp_path, seed=1))
    assert (counts["incomplete"], counts["partial"]) == (6, 0)


def test_other_methods_leave_them_out(holes, recipe, tmp_path):
    short = recipe.override({"pretrain.epochs": 1})
    counts = result(pretrain(holes, short, out=tmp_path, seed=1))
    assert (counts["incomplete"], counts["partial"]) == (6, 0)


def test_no_value_of_a_missing_modality_reaches_a_network(first, holes, clmm):
    loaded = checkpoint.load(first)
    model = loaded.model().train()
    seen = []
    for encoder in model.encoders.values():
        encoder.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    for projector in model.projectors.values():
        projector.register_forward_pre_hook(lambda _, x: seen.append(x[0]))
    windows = fold(holes, clmm, "train", partial=True)
    prepared = {m: x.prepare for m, x in loaded.info.inputs.items()}
    for batch in loader(holes, windows.index, prepared, batch_size=30):
        x = batch.torch()
        model({m: x[m][0] for m in model.modalities}, x.present)
    assert sorted(len(x) for x in seen) == [24, 24, 30, 30]
    assert all(torch.isfinite(x).all() for x in seen)
