import json

import numpy as np
import polars as pl
import pytest

torch = pytest.importorskip("torch")
from kinefuse.checkpoint import load  # noqa: E402
from kinefuse.data.disturbance import drop_modality, shift_modality  # noqa: E402
from kinefuse.errors import InputError  # noqa: E402
from kinefuse.evaluate import evaluate, measure_robustness  # noqa: E402
from kinefuse.methods import finetune  # noqa: E402

LEVELS = {"missing": (0, 0.5, 1), "noise": (0, 4.0), "shift_s": (0, 0.6)}


@pytest.fixture(scope="module")
def classifier(store, recipe, tmp_path_factory):
    return finetune(store, recipe, out=tmp_path_factory.mktemp("classifier"), seed=1)


@pytest.fixture(scope="module")
def found(classifier, store):
    return measure_robustness(classifier, store, subjects=["3", "4"], impute="mean", **LEVELS)


def cell(found, disturbance, modality, level):
    (row,) = found.table.filter(
        pl.col("level") == level, disturbance=disturbance, modality=modality
    ).to_dicts()
    return row


def test_every_condition_has_a_row_and_none_is_the_plain_evaluation(found, classifier, store):
    assert len(found.table) == 2 * 7
    assert (found.windows, found.left_out) == (30, 0)
    plain = evaluate(classifier, store, subjects=["3", "4"])
    for row in found.table.filter(pl.col("level") == 0).to_dicts():
        assert row["accuracy"] == plain.accuracy
        assert row["macro_f1"] == plain.macro_f1
        assert (row["partial"], row["note"]) == (0, None)


@pytest.mark.parametrize("modality", ["inertial", "skeleton"])
def test_each_number_is_that_of_evaluate_on_worse_windows(found, classifier, store, modality):
    index = store.window_index(where=pl.col("subject").is_in(["3", "4"]))
    for share in (0.5, 1):
        worse = drop_modality(index, modality, share=share)
        expected = evaluate(classifier, store, index=worse, impute="mean")
        row = cell(found, "missing", modality, share)
        assert (row["accuracy"], row["partial"]) == (expected.accuracy, round(30 * share))
    row = cell(found, "shift", modality, 0.6)
    shifted = shift_modality(store, index, modality, 0.6)
    assert row["accuracy"] == evaluate(classifier, store, index=shifted).accuracy
    assert row["partial"] == 0


def test_noise_is_in_standard_deviations_of_the_training_windows(classifier, store, monkeypatch):
    seen = []
    model = type(load(classifier).classifier())
    forward = model.forward

    def watch(self, batch, present=None):
        seen.append({m: self.inputs[m](x) for m, x in batch.items()})
        return forward(self, batch, present)

    monkeypatch.setattr(model, "forward", watch)
    options = {"subjects": ["4"], "missing": (), "shift_s": (), "noise": (0, 1, 3)}
    measure_robustness(classifier, store, **options)
    plain, one, three, skeleton = seen[:4]
    added = (one["inertial"] - plain["inertial"]).numpy()
    assert added.std() == pytest.approx(1, abs=0.02)
    assert added.mean() == pytest.approx(0, abs=0.02)
    per_window = added.reshape(len(added), -1)
    assert np.abs(np.corrcoef(per_window) - np.eye(len(added))).max() < 0.3
    np.testing.assert_allclose(three["inertial"] - plain["inertial"], 3 * added, atol=1e-4)
    assert torch.equal(one["skeleton"], plain["skeleton"])
    assert torch.equal(skeleton["inertial"], plain["inertial"])
    seen.clear()
    measure_robustness(classifier, store, batch_size=7, **options)
    again = torch.cat([x["inertial"] for x in seen[3:6]])  # after three batches of the plain
    assert torch.equal(again, one["inertial"])


def test_the_same_seed_gives_the_same_numbers(found, classifier, store):
    again = measure_robustness(
        classifier, store, subjects=["3", "4"], impute="mean", batch_size=11, **LEVELS
    )
    assert again.table.equals(found.table)


def test_what_a_model_cannot_do_is_said(classifier, store):
    told = []
    found = measure_robustness(
        classifier, store, subjects=["4"], progress=lambda *x: told.append(x), **LEVELS
    )
    gone = found.table.filter(pl.col("level") > 0, disturbance="missing")
    assert gone["accuracy"].null_count() == len(gone) == 4
    assert gone["note"].unique().to_list() == ["the model needs every modality"]
    others = found.table.filter(pl.col("disturbance") != "missing")
    assert others["accuracy"].null_count() == 0
    assert told[0] == (0, 14, "missing inertial 0")
    assert told[-1] == (14, 14, "")


def test_windows_without_a_modality_are_left_out_at_every_level(classifier, make, tmp_path):
    store = make(tmp_path, without_skeleton=("s4_fast_t0",))
    found = measure_robustness(classifier, store, subjects=["4"], impute="mean", **LEVELS)
    assert (found.windows, found.left_out) == (14, 1)
    assert cell(found, "missing", "skeleton", 0.5)["partial"] == 7


@pytest.mark.parametrize("suffix", [".svg", ".html"])
def test_curves_and_numbers_are_written(found, tmp_path, suffix):
    path = found.write(tmp_path / "new" / f"curves{suffix}")
    numbers = json.loads(path.with_suffix(".json").read_text())
    assert numbers["table"] == found.table.to_dicts()
    assert numbers["impute"] == "mean"
    text = path.read_text()
    assert "svg" in text
    if suffix == ".html":
        assert "replaced by the training mean" in text


def test_bad_levels_are_refused(classifier, store):
    for name, value in (("missing", 1.5), ("noise", -1), ("shift_s", float("nan"))):
        with pytest.raises(InputError, match=f"{name}: expected numbers from 0"):
            measure_robustness(classifier, store, **{name: (0, value)})
    with pytest.raises(InputError, match="no labelled window has all of"):
        measure_robustness(classifier, store, index=store.window_index().clear())
