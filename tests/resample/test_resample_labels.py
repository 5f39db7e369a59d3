import numpy as np
import pytest
import scipy.interpolate
from hypothesis import given, settings
from hypothesis import strategies as st

import kinefuse
from kinefuse.errors import DtypeError, InputError, ShapeError, TimeError


def test_nearest_is_scipys():
    rng = np.random.default_rng(0)
    time = np.cumsum(rng.uniform(0.005, 0.02, 9000))
    labels, when = rng.integers(0, 5, 9000), rng.uniform(time[0], time[-1], 20_000)
    expected = scipy.interpolate.interp1d(time, labels, kind="nearest")(when)
    found = kinefuse.resample_labels(time, labels, when)
    assert found.dtype == np.int64
    np.testing.assert_array_equal(found, expected)


def majority(time, labels, when, width):
    """What the most frequent label is, sample by sample."""
    nearest = labels[np.argmin(np.abs(time - when))]
    there = labels[(np.abs(time - when) < width / 2) & (labels >= 0)]
    if not len(there):
        return nearest
    counts = {label: int((there == label).sum()) for label in dict.fromkeys(there.tolist())}
    best = [label for label, n in counts.items() if n == max(counts.values())]
    return nearest if nearest in best else best[0]


@settings(max_examples=50)
@given(
    steps=st.lists(st.floats(0.01, 1), min_size=1, max_size=40),
    seed=st.integers(0, 99),
    width=st.floats(0.05, 5),
)
def test_majority(steps, seed, width):
    rng, time = np.random.default_rng(seed), np.cumsum(steps)
    labels, when = rng.integers(-1, 3, len(time)), rng.uniform(-1, time[-1] + 1, 15)
    found = kinefuse.resample_labels(time, labels, when, rule="majority", width_s=width)
    assert found.tolist() == [majority(time, labels, t, width) for t in when]


def test_the_width_is_the_step_by_default():
    time, labels = np.arange(100) / 100, np.repeat([0, 1], 50)
    labels[::10] = 3  # a glitch that nearest samples catch
    when = np.arange(10) / 10
    assert (kinefuse.resample_labels(time, labels, when) == 3).all()
    found = kinefuse.resample_labels(time, labels, when, rule="majority")
    # At 0.5 s both are equally frequent and the glitch is nearest: the first counts.
    assert found.tolist() == [0] * 6 + [1] * 4


@pytest.mark.parametrize("none", [None, -1])
def test_text_numbers_and_nothing(none):
    names = ["sit", "walk", "sit", None] if none is None else [7, 2**40, 7, -1]
    found = kinefuse.resample_labels(range(4), names, [0.9, 2.2, 3.0, 9.0], max_distance_s=1)
    assert found.tolist() == [names[1], names[2], none, none]


def test_gaps_have_no_label():
    time = np.delete(np.arange(500) / 100, slice(200, 300))
    grid = kinefuse.regrid(time, time, rate_hz=50, max_gap_s=0.1)
    labels = np.zeros(400, np.uint8)
    inside = kinefuse.resample_labels(time, labels, grid.time_s, max_distance_s=0.02)
    assert (inside == 0).all()
    gap = kinefuse.resample_labels(time, labels, [2.5, np.nan, 1e9], max_distance_s=0.02)
    assert gap.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    ("time", "labels", "settings", "error", "says"),
    [
        ([0.0, 1.0], [1], {}, ShapeError, "labels"),
        ([0.0, 1.0], [[1, 2]], {}, ShapeError, "labels"),
        ([0.0, 1.0], [0.5, 1.5], {}, DtypeError, "labels"),
        ([0.0, 1.0], ["a", 1.5j], {}, DtypeError, "labels|time_s"),
        ([1.0, 0.0], [1, 2], {}, TimeError, "row 1"),
        ([0.0, np.nan], [1, 2], {}, TimeError, "row 1"),
        ([0.0, 1.0], [1, 2], {"rule": "loudest"}, InputError, "rule"),
        ([0.0, 1.0], [1, 2], {"rule": "majority"}, InputError, "width_s"),
        ([0.0, 1.0], [1, 2], {"rule": "majority", "width_s": -1}, InputError, "width_s"),
        ([0.0, 1.0], [1, 2], {"max_distance_s": -1}, InputError, "max_distance_s"),
        ([0.0, 1.0], [1, 2], {"max_distance_s": "far"}, InputError, "max_distance_s"),
    ],
)
def test_bad_input(time, labels, settings, error, says):
    if labels == ["a", 1.5j]:
        labels = np.array(labels, dtype=object)
    with pytest.raises(error, match=says):
        kinefuse.resample_labels(time, labels, [0.5], **settings)
