import numpy as np
import polars as pl
import pytest

torch = pytest.importorskip("torch")
from kinefuse.checkpoint import load  # noqa: E402
from kinefuse.data.disturbance import drop_modality  # noqa: E402
from kinefuse.errors import CheckpointError, InputError, SplitError  # noqa: E402
from kinefuse.evaluate import evaluate  # noqa: E402
from kinefuse.methods import finetune  # noqa: E402
from kinefuse.predict import predict, predict_windows  # noqa: E402


@pytest.fixture(scope="module")
def classifier(store, recipe, tmp_path_factory):
    return finetune(store, recipe, out=tmp_path_factory.mktemp("classifier"), seed=1)


def test_the_numbers_follow_from_the_predictions(classifier, store):
    found = evaluate(classifier, store, subjects=["3", "4"])
    right = found.predictions["label"] == found.predictions["predicted"]
    assert found.accuracy == pytest.approx(right.mean())
    assert found.confusion.trace() == right.sum()
    assert found.confusion.sum() == len(found.predictions) == 30
    assert found.per_subject["subject"].to_list() == ["3", "4"]
    assert found.per_subject["accuracy"].mean() == pytest.approx(found.accuracy)
    assert str(found).startswith(f"accuracy {100 * found.accuracy:.2f} %")
    assert found.to_dict()["windows"] == 30


def test_predictions_do_not_depend_on_the_batches(classifier, store):
    whole, small = predict(classifier, store), predict(classifier, store, batch_size=7)
    assert whole["activity"].to_list() == small["activity"].to_list()
    assert (whole["probability"] - small["probability"]).abs().max() < 1e-5


def test_prediction_and_evaluation_agree(classifier, store):
    found = evaluate(classifier, store).predictions
    table = predict(classifier, store)
    assert table.columns == [
        "window", "recording", "subject", "start_s", "end_s", "activity", "probability", "lacking",
    ]  # fmt: skip
    assert table["activity"].to_list() == found["predicted_activity"].to_list()
    assert (table["start_s"] == 0).all()
    assert (table["end_s"] == 2.0).all()


def test_a_window_without_a_modality_is_counted_and_gets_no_prediction(classifier, make, tmp_path):
    store = make(tmp_path, without_skeleton=("s4_fast_t0", "s4_slow_t1"))
    found = evaluate(classifier, store, subjects=["4"])
    assert found.incomplete == 2
    assert len(found.predictions) == 13
    assert "2 without a modality left out" in str(found)
    table = predict(classifier, store)
    lacking = table.filter(pl.col("activity").is_null())
    assert lacking["recording"].sort().to_list() == ["s4_fast_t0", "s4_slow_t1"]
    assert lacking["probability"].null_count() == 2
    assert lacking["lacking"].to_list() == ["skeleton"] * 2
    assert table["lacking"].count() == 2


def scores(model, store, info, index, **options):
    found, incomplete = predict_windows(model, info, store, index, **options)
    return found["predicted"].to_list(), found["probability"].to_numpy(), incomplete


def test_a_mean_in_place_of_a_modality_is_zero_after_standardisation(classifier, make, tmp_path):
    lacks = ("s4_fast_t0", "s4_slow_t1")
    store = make(tmp_path, without_skeleton=lacks)
    found = evaluate(classifier, store, subjects=["4"], impute="mean")
    assert (found.incomplete, found.partial, len(found.predictions)) == (0, 2, 15)
    assert "15 windows of 1 subjects, 2 of them without a modality" in str(found)
    assert found.to_dict()["partial"] == 2
    index = store.window_index(where=pl.col("recording").str.starts_with("s3"))
    for loader_standardises in (False, True):
        loaded = load(classifier)
        model = loaded.classifier()
        if loader_standardises:
            model.inputs.pop("inertial")
            loaded.info.inputs["inertial"].prepare["standardize_after"] = "prepare"
        for modality in model.modalities:
            gone = drop_modality(index, modality)
            got, probability, left_out = scores(model, store, loaded.info, gone, impute="mean")

            def silence(x, _, model=model, modality=modality):
                standardises = modality in model.inputs
                mean = model.inputs[modality].mean if standardises else 0.0
                return {**x, modality: torch.zeros_like(x[modality]) + mean}

            expected, p, _ = scores(model, store, loaded.info, index, change=silence)
            assert (got, left_out) == (expected, 0)
            np.testing.assert_allclose(probability, p, rtol=1e-4)


def test_a_model_that_does_without_predicts_from_what_is_there(classifier, store):
    loaded = load(classifier)
    model = loaded.classifier()
    index = store.window_index()
    gone = drop_modality(index, "inertial", share=0.5)
    assert scores(model, store, loaded.info, gone)[2] == 30
    model.partial = True
    got, probability, left_out = scores(model, store, loaded.info, gone)
    p = scores(model, store, loaded.info, index)[1]
    assert (len(got), left_out) == (60, 0)
    here = (gone["inertial_rows"] > 0).to_numpy()
    np.testing.assert_allclose(probability[here], p[here], rtol=1e-4)
    assert not np.allclose(probability[~here], p[~here], rtol=1e-2)
    both = drop_modality(gone, "skeleton")
    assert scores(model, store, loaded.info, both)[2] == 30


def test_modalities_are_taken_away_where_the_model_allows(classifier, store):
    whole = evaluate(classifier, store, subjects=["4"])
    found = evaluate(classifier, store, subjects=["4"], missing=["skeleton"], impute="mean")
    assert (found.partial, whole.partial) == (15, 0)
    assert found.predictions["lacking"].unique().to_list() == ["skeleton"]
    for options, message in (
        ({"missing": ["skeleton"]}, "needs all of inertial, skeleton; train one"),
        ({"missing": ["video"], "impute": "mean"}, "no modality video; it has inertial, skeleton"),
        ({"missing": ["skeleton", "inertial"], "impute": "mean"}, "all that the model has"),
    ):
        with pytest.raises(InputError, match=message):
            evaluate(classifier, store, **options)


def test_a_time_is_that_of_the_first_modality_that_is_there(classifier, store):
    index = store.window_index(length_s=0.5)
    table = predict(classifier, store, index=index)
    lacking = predict(classifier, store, index=drop_modality(index, "inertial"))
    assert (lacking["start_s"] - table["start_s"]).abs().max() < 1 / 30
    assert (lacking["end_s"] - table["end_s"]).abs().max() < 2 / 30
    assert lacking["lacking"].unique().to_list() == ["inertial"]


def test_unknown_subjects_and_contradictions_are_refused(classifier, store):
    with pytest.raises(SplitError, match=r"no subject 9 .*1, 2, 3, 4"):
        evaluate(classifier, store, subjects=["9"])
    with pytest.raises(InputError, match="not both"):
        evaluate(classifier, store, subjects=["1"], index=store.window_index())
    with pytest.raises(InputError, match="no labelled window"):
        evaluate(classifier, store, index=store.window_index().clear())


def test_other_channels_are_refused_naming_both_sides(classifier, make, tmp_path):
    store = make(tmp_path, units=("m/s2", "m/s2", "m/s2", "rad/s", "rad/s", "rad/s"))
    with pytest.raises(CheckpointError, match=r"trained on \('g'.*got \('m/s2'"):
        predict(classifier, store)
