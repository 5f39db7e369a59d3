import doctest
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse import clock
from kinefuse.errors import DtypeError, InputError, ShapeError, TimeError


def steady(n=100, hz=50.0, start=0.0):
    return start + np.arange(n) / hz


def test_examples_run():
    assert doctest.testmod(sys.modules["kinefuse.clock"]).failed == 0


def test_a_steady_clock_is_left_alone():
    time = steady()
    found = clock.repair(time)
    np.testing.assert_array_equal(found.time_s, time)
    np.testing.assert_array_equal(found.rows, np.arange(100))
    assert found.report.dropped == found.report.gaps == found.report.bridged == 0
    assert found.report.rate_hz == pytest.approx(50)


def test_every_repair_is_counted():
    time = steady(200)
    time[5] = np.nan
    time[17] = np.inf
    time[30] = time[29]
    time[60] = time[55]
    time[90] = 1e6
    time[150:] += 2.0
    time = np.delete(time, [120, 121])
    report = clock.repair(time, max_gap_s=0.2).report
    assert (report.nonfinite, report.repeated, report.backward) == (2, 1, 2)
    assert (report.rows_in, report.rows_out, report.dropped) == (198, 193, 5)
    assert (report.gaps, report.missing_s) == (1, pytest.approx(2.0))
    # Where rows were dropped, a hole of one or two samples is left.
    assert report.bridged == 6
    for said in ("193", "2 without", "1 with a repeated", "2 out of order", "1 gaps of 2 s"):
        assert said in str(report)


@pytest.mark.parametrize("start", [0.0, -3600.0, 1.7e9])
def test_rate_of_a_clock_with_jitter_and_losses(start):
    rng = np.random.default_rng(0)
    time = steady(5000, 30.0, start) + rng.uniform(-0.002, 0.002, 5000)
    time = time[rng.random(5000) > 0.1]
    assert clock.infer_rate(time) == pytest.approx(30, rel=1e-3)


@given(
    st.lists(
        st.one_of(st.integers(0, 30).map(float), st.sampled_from([np.nan, np.inf, -np.inf])),
        max_size=40,
    )
)
def test_repaired_or_refused(stamps):
    time = np.array(stamps, dtype=np.float64)
    try:
        found = clock.repair(time)
    except (TimeError, ShapeError):
        return
    assert np.isfinite(found.time_s).all()
    assert (np.diff(found.time_s) > 0).all()
    assert (np.diff(found.rows) > 0).all()
    np.testing.assert_array_equal(found.time_s, time[found.rows])
    assert found.report.rows_out + found.report.dropped == found.report.rows_in == len(time)


@pytest.mark.parametrize(
    ("time", "error", "says"),
    [
        ([], ShapeError, "at least 2 stamps, got 0"),
        ([1.0], ShapeError, "at least 2 stamps, got 1"),
        ([[0.0, 1.0]], ShapeError, r"expected \(T,\)"),
        ([np.nan, np.nan, 1.0], TimeError, "2 are NaN or infinite"),
        ([1.0, 1.0, 1.0], TimeError, "2 repeat another"),
        ([3.0, 2.0, 1.0, 0.0], TimeError, r"out of order.*row 0"),
        (np.tile(np.arange(50.0), 2), TimeError, r"49 of 100 .*row 50, time 0 s"),
        ([-1e308, 1e308], TimeError, "no rate"),
        ([0.0, 5e-324], TimeError, "no rate"),
        (np.arange(5), DtypeError, "nanoseconds"),
        (np.arange(5).astype("datetime64[ns]"), DtypeError, "timedelta64"),
        (["a", "b"], DtypeError, "time_s"),
        (np.arange(5) * 1j, DtypeError, "time_s"),
        (np.array([0.0, None, 2.0], dtype=object), DtypeError, "time_s"),
    ],
)
def test_bad_clocks(time, error, says):
    for function in (clock.repair, clock.infer_rate):
        with pytest.raises(error, match=says):
            function(time)


@pytest.mark.parametrize("limit", [0, -1, np.nan, 0.01])
def test_bad_limit(limit):
    with pytest.raises(InputError, match="max_gap_s"):
        clock.repair(steady(), max_gap_s=limit)


def test_other_layouts_of_the_same_stamps():
    time = steady(60)
    for same in (np.repeat(time, 2)[::2], time.astype(">f8"), list(time)):
        np.testing.assert_array_equal(clock.repair(same).time_s, time)
