import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import median_filter

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate import convergence
from kinefuse.evaluate.convergence import Curve

accuracies = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def curve(accuracy, start=1):
    epochs = np.arange(start, start + len(accuracy))
    return Curve(epochs, accuracy, steps=epochs * 5, seconds=epochs * 0.5)


@given(accuracies, st.sampled_from([1, 3, 5, 7]))
def test_the_running_median_is_scipy_s(values, width):
    expected = median_filter(np.array(values), width, mode="nearest")
    np.testing.assert_array_equal(convergence.running_median(values, width), expected)


@given(accuracies, st.floats(0, 1))
def test_the_first_epoch_at_a_level_is_that_of_a_loop(values, level):
    expected = math.inf
    for epoch, value in enumerate(values, start=1):
        if value >= level:
            expected = epoch
            break
    made = curve(values)
    assert convergence.epochs_to(made, level) == expected
    assert convergence.steps_to(made, level) == expected * 5
    assert convergence.seconds_to(made, level) == expected * 0.5


@given(accuracies)
def test_a_run_s_own_final_accuracy_is_always_reached(values):
    first = convergence.e95(curve(values))
    assert 1 <= first <= len(values)
    smooth = median_filter(np.array(values), 3, mode="nearest")
    assert smooth[int(first) - 1] >= 0.95 * values[-1]
    assert (smooth[: int(first) - 1] < 0.95 * values[-1]).all()


def test_a_lucky_epoch_does_not_count_as_converged():
    made = curve([0.1, 0.9, 0.2, 0.3, 0.6, 0.9, 0.9])
    assert convergence.epochs_to(made, 0.85) == 2
    assert convergence.e95(made) == 6
    assert convergence.e95(made, share=0.6) == 5


def test_a_start_above_the_level_takes_no_epoch():
    made = Curve([0, 1], [0.8, 0.9], seconds=[0, 2])
    assert convergence.epochs_to(made, 0.7) == convergence.seconds_to(made, 0.7) == 0


@given(accuracies.filter(lambda values: max(values) > 1e-6))
def test_the_area_is_the_mean_over_the_best(values):
    expected = sum(values) / len(values) / max(values)
    assert convergence.area(curve(values)) == pytest.approx(expected)


def test_in_the_area_each_measurement_counts_for_its_epochs():
    made = Curve([0, 5, 6], [0.0, 0.4, 0.8])
    assert convergence.area(made) == pytest.approx((5 * 0.4 + 0.8) / 6 / 0.8)
    assert convergence.area(Curve([1], [0.0])) == 0
    with pytest.raises(InputError, match="no epoch of training"):
        convergence.area(Curve([0], [0.5]))


def test_methods_are_compared_by_the_medians_of_their_runs():
    fast = [curve([0.2, 0.6, 0.6, 0.9, 0.9]), curve([0.6, 0.6, 0.9, 0.9, 0.9])]
    slow = [curve([0.1, 0.1, 0.1, 0.6, 0.6]), curve([0.1] * 5), curve([0.1] * 5)]
    table = convergence.compare_curves({"fast": fast, "slow": slow}, [0.5, 0.9])
    assert table["method"].to_list() == ["fast", "fast", "slow", "slow"]
    assert table["runs"].to_list() == [2, 2, 3, 3]
    assert table["reached"].to_list() == [2, 2, 1, 0]
    assert table["epochs"].to_list() == [2, 4, math.inf, math.inf]
    assert table["steps"].to_list() == [10, 20, math.inf, math.inf]
    assert table["seconds"].to_list() == [1, 2, math.inf, math.inf]


def test_what_was_not_timed_is_null():
    table = convergence.compare_curves({"a": [Curve([1], [0.5])]}, [0.4])
    assert table.select("epochs", "steps", "seconds").row(0) == (1, None, None)
    with pytest.raises(InputError, match="seconds_to: the curve was made without seconds"):
        convergence.seconds_to(Curve([1], [0.5]), 0.4)
    with pytest.raises(InputError, match="a: expected at least one run"):
        convergence.compare_curves({"a": []}, [0.4])


ROWS = [
    {"epoch": 0, "steps": 0, "seconds": 0.0, "accuracy": 0.1, "macro_f1": 0.05},
    {"epoch": 1, "steps": 3, "seconds": 1.0, "loss": 2.0},
    {"epoch": 2, "steps": 6, "seconds": 2.0, "loss": 1.0, "accuracy": 0.7, "macro_f1": 0.6},
]


def test_a_run_s_history_is_read(tmp_path):
    (tmp_path / "run.json").write_text(json.dumps({"result": {"fitted": {"history": ROWS}}}))
    read = Curve.load(tmp_path)
    assert read.epochs.tolist() == [0, 2]
    assert read.seconds.tolist() == [0, 2]
    assert read.steps.tolist() == [0, 6]
    assert (len(read), read.final) == (2, 0.7)
    assert Curve.load(tmp_path, "macro_f1").final == 0.6
    with pytest.raises(InputError, match="no 'recall': does the recipe have validation"):
        Curve.load(tmp_path, "recall")


@pytest.mark.parametrize(
    ("run", "message"),
    [({"asked": {}}, "the run is not over"), ({"result": {"fitted": {}}}, "kept no history")],
)
def test_a_run_without_a_history_is_refused(tmp_path, run, message):
    (tmp_path / "run.json").write_text(json.dumps(run))
    with pytest.raises(InputError, match=rf"run.json: {message}|run.json: the run {message}"):
        Curve.load(tmp_path)


def test_no_run_is_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        Curve.load(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([], []), ShapeError, "expected"),
        (([[1]], [[1]]), ShapeError, "expected"),
        (([1, 2], [0.5]), ShapeError, "accuracy: expected"),
        (([1, 2], [0.5, math.nan]), InputError, "accuracy: expected finite"),
        (([2, 2], [0.5, 0.5]), InputError, "expected increasing"),
    ],
)
def test_what_is_no_curve_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        Curve(*arguments)


@pytest.mark.parametrize("width", [0, 2, -1])
def test_a_median_of_an_even_number_is_refused(width):
    with pytest.raises(InputError, match="width: expected an odd number"):
        convergence.running_median([0.5], width)
