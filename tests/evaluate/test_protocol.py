import polars as pl
import pytest

torch = pytest.importorskip("torch")
from kinefuse.errors import CheckpointError, InputError, SplitError  # noqa: E402
from kinefuse.evaluate import evaluate  # noqa: E402
from kinefuse.methods import finetune  # noqa: E402
from kinefuse.predict import predict  # noqa: E402


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
        "window", "recording", "subject", "start_s", "end_s", "activity", "probability",
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
