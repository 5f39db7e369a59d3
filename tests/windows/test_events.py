import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import errors, event_index, regrid


@settings(deadline=None)
@given(
    n_rows=st.integers(0, 120),
    gaps=st.sets(st.integers(0, 120), max_size=4),
    events=st.lists(st.floats(-3, 30), max_size=12),
    rate_hz=st.sampled_from([1.0, 4.0, 31.25]),
    before=st.integers(0, 9),
    after=st.integers(1, 9),
    start_s=st.floats(-5, 5),
)
def test_event_index_is_its_definition(n_rows, gaps, events, rate_hz, before, after, start_s):
    gaps = [[row, 1 + row % 5] for row in sorted(gaps) if row <= n_rows]
    step = np.arange(n_rows) + sum((np.arange(n_rows) >= r) * m for r, m in gaps)
    table, report = event_index(
        n_rows,
        events,
        rate_hz=rate_hz,
        before_s=before / rate_hz,
        after_s=after / rate_hz,
        start_s=start_s,
        gaps=gaps,
    )
    expected, outside = [], 0
    for number, time_s in enumerate(events):
        # Half away from zero, as everywhere in the core.
        at = (time_s - start_s) * rate_hz
        at = int(math.copysign(math.floor(abs(at)) + (abs(at) % 1 >= 0.5), at))
        wanted = np.arange(at - before, at + after)
        if not n_rows or wanted[0] < step[0] or wanted[-1] > step[-1]:
            outside += 1
        elif np.isin(wanted, step).all():
            expected.append((number, int(np.searchsorted(step, wanted[0]))))
    assert table.select("event", "start").rows() == expected
    assert (table["length"] == before + after).all()
    assert (report.events, report.outside) == (len(events), outside)
    assert report.across_gaps == len(events) - outside - len(expected)


def test_events_of_a_regridded_recording():
    time_s = np.delete(100.0 + np.arange(1000) / 100, slice(400, 500))
    grid = regrid(time_s, time_s, rate_hz=50, max_gap_s=0.1)
    table, report = event_index(
        len(grid.data),
        [101.0, 103.9, 104.5, 106.0, 109.9],
        rate_hz=50,
        before_s=0.5,
        after_s=0.5,
        start_s=grid.start_s,
        gaps=grid.gaps,
        labels=[3] * len(grid.data),
    )
    assert table["event"].to_list() == [0, 3]
    for event, start in zip([101.0, 106.0], table["start"], strict=True):
        assert grid.data[start + 25] == pytest.approx(event)
    assert (report.outside, report.across_gaps) == (1, 2)
    assert table["label"].to_list() == [3, 3]
    assert table.schema["event"] == pl.Int64
    assert str(report).startswith("2 windows around 5 events (1 outside, 2 across gaps")


@pytest.mark.parametrize(
    ("events", "arguments", "error", "message"),
    [
        ([0.1, float("nan")], {}, errors.InputError, "events_s, number 1: expected a finite time"),
        ([[0.1]], {}, errors.ShapeError, "events_s"),
        (["now"], {}, errors.DtypeError, "events_s"),
        ([0.1], {"before_s": -1}, errors.InputError, "before_s"),
        ([0.1], {"before_s": 0, "after_s": 0}, errors.InputError, "at least one row together"),
        ([0.1], {"after_s": float("inf")}, errors.InputError, "after_s"),
        ([0.1], {"start_s": float("nan")}, errors.InputError, "start_s"),
        ([0.1], {"rate_hz": -1}, errors.InputError, "rate_hz"),
        ([0.1], {"label_rule": "most"}, errors.ConfigError, "label_rule: expected 'majority', "),
    ],
)
def test_bad_events_are_refused_clearly(events, arguments, error, message):
    with pytest.raises(error, match=message):
        event_index(50, events, **{"rate_hz": 10, "before_s": 1, "after_s": 1, **arguments})
