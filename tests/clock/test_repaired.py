import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinefuse import clock
from kinefuse.errors import DtypeError, InputError, ShapeError, TimeError


def steady(n=100, hz=50.0, start=0.0):
    return start + np.arange(n) / hz


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
    time = np.insert(time, 30, time[29])
    time[60] = time[55]
    time[90] = 1e6
    time[150:] += 2.0
    time = np.delete(time, [120, 121])
    report = clock.repair(time, max_gap_s=0.2).report
    assert (report.nonfinite, report.repeated, report.backward) == (2, 1, 2)
    assert (report.rows_in, report.rows_out, report.dropped) == (199, 194, 5)
    assert (report.gaps, report.missing_s) == (1, pytest.approx(2.0))
    # Where rows were dropped, a hole of one or two samples is left.
    assert report.bridged == 5
    for said in ("194", "2 without", "1 with a repeated", "2 out of order", "1 gaps of 2 s"):
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
    if not found.report.spread:
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
        (np.arange(5), InputError, "unit="),
        (np.arange(5) > 2, DtypeError, "bool"),
        (["a", "b"], InputError, "row 0: expected an ISO 8601 time"),
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


def test_packets_lose_nothing():
    sizes = np.random.default_rng(0).integers(1, 13, 200)
    last = np.cumsum(sizes) - 1
    time = np.repeat(last, sizes) / 52.0 + 1.7e9
    found = clock.repair(time, max_gap_s=1.0)
    np.testing.assert_array_equal(found.rows, np.arange(len(time)))
    np.testing.assert_allclose(found.time_s - 1.7e9, np.arange(len(time)) / 52.0, atol=1e-6)
    report = found.report
    assert report.spread == (sizes - 1).sum()
    assert (report.dropped, report.repeated, report.gaps) == (0, 0, 0)
    assert report.rate_hz == pytest.approx(52, rel=1e-6)
    table = report.table()
    assert table.columns == ["kind", "row", "time_s", "length_s"]
    assert table["kind"].to_list() == ["spread"] * 20
    assert f"spread {report.spread}" in str(report)


def test_what_shares_a_stamp_can_be_told():
    time = np.sort(np.concatenate([steady(200), steady(200)[[3, 50, 51, 120]]]))
    assert clock.repair(time).report.repeated == 4
    assert clock.repair(time, repeats="spread").report.spread == 4
    packets = np.repeat(np.arange(20) / 5, 10)
    assert clock.repair(packets).report.spread == 180
    dropped = clock.repair(packets, repeats="drop")
    assert (dropped.report.repeated, dropped.report.rate_hz) == (180, pytest.approx(5))
    for bad in ("keep", 3, None):
        with pytest.raises(InputError, match="repeats"):
            clock.repair(time, repeats=bad)


def test_the_report_names_rows_and_times():
    time = steady(100)
    time[7], time[40] = np.nan, 99.0
    time[60:] += 5
    events = clock.repair(time, max_gap_s=1.0).report.events
    assert [(event.kind, event.row) for event in events] == [
        ("nonfinite", 7),
        ("bridged", 8),
        ("backward", 40),
        ("bridged", 41),
        ("gap", 60),
    ]
    assert events[-1].time_s == time[60]
    assert events[-1].length_s == pytest.approx(5.02)


@given(
    st.lists(st.sampled_from([0, 0, 1, 1, 1, 2, 40]), min_size=2, max_size=120),
    st.sampled_from(["auto", "spread", "drop"]),
)
@example([0, 0, 0, 40], "spread")  # the first packet reaches back by as many steps as it has rows
def test_whatever_shares_a_stamp_order_stays(steps, repeats):
    time = 1e6 + np.cumsum(steps) * 0.01
    try:
        found = clock.repair(time, repeats=repeats)
    except TimeError:
        return
    assert (np.diff(found.time_s) > 0).all()
    assert (np.diff(found.rows) > 0).all()
    assert found.report.rows_out + found.report.dropped == len(time)
    if found.report.spread:
        assert found.report.rows_out == len(time)
        # Nobody is moved further than a step for each of its packet.
        packet = int(np.unique(time, return_counts=True)[1].max())
        assert np.abs(found.time_s - time).max() <= 0.01 * (packet * max(steps) + len(steps))


def test_gaps_of_hours_cost_no_memory():
    time = np.arange(1000) / 100
    time[500:] += 3600 * 24 * 365
    found = clock.repair(time, max_gap_s=1.0)
    assert found.gaps.tolist() == [500]
    assert found.report.missing_s == pytest.approx(3600 * 24 * 365)
