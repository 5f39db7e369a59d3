import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse import clock
from kinefuse.errors import InputError, ShapeError


@given(st.lists(st.integers(1, 40), min_size=1, max_size=80))
def test_against_a_loop(steps):
    ticks = np.concatenate([[0], np.cumsum(steps)])
    time, limit = ticks * 0.125, 2.5
    try:
        gaps = clock.find_gaps(time, max_gap_s=limit)
    except InputError as error:
        assert "own step" in str(error)  # noqa: PT017
        return
    expected = [i for i, step in enumerate(steps) if step > 20]
    assert gaps["before"].to_list() == expected
    assert gaps["after"].to_list() == [i + 1 for i in expected]
    step = 1 / clock.infer_rate(time, unit="s")
    for row in gaps.iter_rows(named=True):
        hole = time[row["after"]] - time[row["before"]]
        assert (row["start_s"], row["end_s"]) == (time[row["before"]], time[row["after"]])
        assert row["missing_s"] == pytest.approx(hole - step)
        assert abs(row["missing"] - (hole / step - 1)) <= 0.5 + 1e-9
    runs = clock.segments(time, max_gap_s=limit)
    assert runs["rows"].sum() == len(time)
    bounds = [0, *(i + 1 for i in expected), len(time)]
    assert runs["first"].to_list() == bounds[:-1]
    assert runs["stop"].to_list() == bounds[1:]
    np.testing.assert_array_equal(runs["start_s"], time[bounds[:-1]])
    np.testing.assert_array_equal(runs["end_s"], time[np.array(bounds[1:]) - 1])


def test_rows_are_those_of_the_recording():
    time = np.arange(300) / 100
    time[150:] += 3600 * 5
    time[10], time[20], time[149] = np.nan, 1e9, np.inf
    gaps = clock.find_gaps(time, max_gap_s=0.5)
    assert gaps["before"].to_list() == [148]
    assert gaps["after"].to_list() == [150]
    # Row 149 lost its stamp: its step counts as missing too.
    assert gaps["missing_s"].item() == pytest.approx(5 * 3600 + 0.01)
    found = clock.repair(time, max_gap_s=0.5)
    runs = clock.segments(found, max_gap_s=0.5)
    x = np.arange(300)
    pieces = [x[found.rows[a:b]] for a, b in zip(runs["first"], runs["stop"], strict=True)]
    np.testing.assert_array_equal(np.concatenate(pieces), found.rows)
    assert pieces[1][0] == 150


def test_a_shorter_limit_cuts_a_repaired_clock_further():
    time = np.delete(np.arange(1000) / 100, np.r_[300:310, 600:700])
    found = clock.repair(time, max_gap_s=0.5)
    assert len(clock.segments(found, max_gap_s=0.5)) == 2
    assert len(clock.segments(found, max_gap_s=0.05)) == 3
    assert len(clock.segments(time, max_gap_s=0.05)) == 3
    assert clock.segments(found, max_gap_s=0.05, min_rows=295)["rows"].to_list() == [300, 300]


def test_no_gap_gives_a_table_all_the_same():
    assert clock.find_gaps(np.arange(10.0), max_gap_s=2).shape == (0, 6)
    assert clock.segments(np.arange(10.0), max_gap_s=2).rows() == [(0.0, 9.0, 10, 0, 10)]


@pytest.mark.parametrize("function", [clock.find_gaps, clock.segments])
def test_bad_arguments(function):
    with pytest.raises(InputError, match="max_gap_s"):
        function(np.arange(10.0), max_gap_s=0)
    with pytest.raises(InputError, match="max_gap_s"):
        function(np.arange(10.0), max_gap_s="x")
    with pytest.raises(ShapeError):
        function(np.zeros((2, 2)), max_gap_s=1)
