import numpy as np
import pytest

from kinefuse.data import Recording, Stream
from kinefuse.data.chunked import names_of
from kinefuse.errors import FormatError


def wrist(**changes):
    settings = {
        "name": "wrist",
        "modality": "inertial",
        "data": np.zeros((10, 3)),
        "channels": ("acc_x", "acc_y", "acc_z"),
        "units": "g",
        "rate_hz": 50.0,
    }
    return Stream(**(settings | changes))


def test_one_unit_stands_for_all_channels():
    assert wrist().units == ("g", "g", "g")
    assert wrist(units=("g", "g", "m/s2")).units == ("g", "g", "m/s2")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": np.zeros((0, 3))}, "no samples"),
        ({"data": np.zeros((10, 4))}, "one channel name for each of 4 columns"),
        ({"data": np.zeros(10)}, r"expected a \(T, C\) or \(T, J, D\) array"),
        ({"data": np.zeros((10, 3), dtype=int)}, r"array of float, got int64"),
        ({"channels": ("a", "a", "b")}, "a channel name comes twice"),
        ({"units": ("g",)}, "expected 3 units"),
        ({"rate_hz": None}, "expected a rate or time stamps, got neither"),
        ({"rate_hz": -1.0}, "expected a positive rate"),
        ({"rate_hz": float("nan")}, "expected a positive rate"),
        ({"time_s": np.arange(9.0)}, "expected 10 time stamps"),
        ({"labels": np.array(["a"] * 9, dtype=object)}, "expected 10 labels"),
        (
            {"data": np.zeros((5, 25, 3)), "layout": "kinect_v1"},
            r"expected \(T, 20, D\) for layout 'kinect_v1', got \(T, 25, 3\)",
        ),
        ({"layout": "kinect_v1"}, r"expected \(T, 20, D\)"),
        ({"modality": "Inertial"}, "expected a modality in lower case"),
    ],
)
def test_a_stream_that_does_not_fit_together_is_refused(changes, message):
    with pytest.raises(FormatError, match=message):
        wrist(**changes)


def test_a_recording_needs_an_id_and_a_stream():
    with pytest.raises(FormatError, match="expected an id"):
        Recording(id="", dataset="d", subject="1", streams=[wrist()])
    with pytest.raises(FormatError, match="no stream"):
        Recording(id="r", dataset="d", subject="1")


def test_modalities_come_once_each_in_order():
    skeleton = wrist(name="k", modality="skeleton", data=np.zeros((5, 20, 3)))
    recording = Recording(id="r", dataset="d", subject="1", streams=[wrist(), skeleton, wrist()])
    assert recording.modalities == ("inertial", "skeleton")


def test_labels_may_be_numbers_of_names():
    stream = wrist(labels=np.array([1, -1, 0] + [-1] * 7), label_names=("sit", "walk"))
    assert list(names_of(stream)) == ["walk", None, "sit"] + [None] * 7
    for labels, names in (([2, 0, 0], ("a", "b")), ([-2, 0, 0], ("a",)), ([0.0, 0, 0], ("a",))):
        with pytest.raises(FormatError, match=r"labels that count the \d label_names"):
            wrist(labels=np.array(labels + [0] * 7), label_names=names)
    with pytest.raises(FormatError, match="labels that count"):
        wrist(labels=np.array(["a"] * 10, dtype=object), label_names=("a",))
