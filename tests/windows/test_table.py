import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import Timeline, errors, regrid, window_table


def naive_rows(line, begin_s, length_s, min_overlap):
    """The rows of a window, from the grid steps that it covers."""
    gaps = line.gaps or []
    step = np.arange(line.n_rows) + sum((np.arange(line.n_rows) >= r) * m for r, m in gaps)
    wanted = math.floor(length_s * line.rate_hz + 0.5)
    at = (begin_s - line.start_s) * line.rate_hz
    begin = int(math.copysign(math.floor(abs(at)) + (abs(at) % 1 >= 0.5), at))
    inside = np.flatnonzero((step >= begin) & (step < begin + wanted))
    # Of several runs, the one in which the window's middle lies, or the last that began before.
    runs = np.split(np.arange(line.n_rows), [r for r, _ in gaps])
    runs = [run for run in runs if len(run)]
    started = [run for run in runs if step[run[0]] <= begin + wanted // 2] or runs[:1]
    own = np.intersect1d(inside, started[-1]) if started else inside[:0]
    return (int(own[0]), len(own)) if len(own) >= math.ceil(min_overlap * wanted) else (0, 0)


line = st.builds(
    lambda n, rate, start, gaps: Timeline(
        n, rate, start, [[r, 1 + r % 4] for r in sorted(gaps) if r <= n]
    ),
    st.integers(1, 90),
    st.sampled_from([1.0, 2.0, 5.0]),
    st.integers(-16, 16).map(lambda v: v / 8),
    st.sets(st.integers(1, 90), max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(
    lines=st.lists(line, min_size=1, max_size=3),
    length_s=st.sampled_from([2.0, 3.5]),
    stride_s=st.sampled_from([1.0, 1.5, 4.0]),
    min_overlap=st.sampled_from([0.3, 0.9, 1.0]),
    min_present=st.integers(1, 3),
)
def test_window_table_is_its_definition(lines, length_s, stride_s, min_overlap, min_present):
    min_present = min(min_present, len(lines))
    named = dict(zip("abc", lines, strict=False))
    table, report = window_table(
        named,
        length_s=length_s,
        stride_s=stride_s,
        min_overlap=min_overlap,
        min_present=min_present,
    )
    origin = min(line.start_s for line in lines)
    expected, absent = [], 0
    for k in range(130):
        begin_s = origin + k * stride_s
        rows = [naive_rows(line, begin_s, length_s, min_overlap) for line in lines]
        present = sum(n > 0 for _, n in rows)
        if present >= min_present:
            expected.append((begin_s, *(v for pair in rows for v in pair)))
        else:
            absent += present > 0
    columns = [f"{name}_{what}" for name in named for what in ("start", "rows")]
    assert table.select("start_s", *columns).rows() == expected
    assert report.absent == absent
    for name in named:
        assert (table[f"{name}_present"] == (table[f"{name}_rows"] > 0)).all()
        assert report.missing[name] == (~table[f"{name}_present"]).sum()
    masks = table.select(f"{name}_present" for name in named).to_numpy()
    assert report.partial == (~masks.all(axis=1)).sum()


def test_windows_show_the_same_time_in_all_modalities():
    wrist = 3.0 + np.delete(np.arange(6000) / 100, slice(2000, 2400))
    camera = 10.0 + np.arange(900) / 30
    grids = {
        "inertial": regrid(wrist, wrist, rate_hz=50, max_gap_s=0.1, origin_s=0),
        "skeleton": regrid(camera, camera, rate_hz=30, max_gap_s=0.1, origin_s=0),
    }
    labels = np.where(grids["skeleton"].data < 20, 1, 2)
    lines = {
        "inertial": Timeline.of(grids["inertial"]),
        "skeleton": Timeline.of(grids["skeleton"], labels),
    }
    table, report = window_table(lines, length_s=2, stride_s=1, min_overlap=1, min_share=0.0)
    for row in table.iter_rows(named=True):
        for name, grid in grids.items():
            if row[f"{name}_present"]:
                data = grid.data[row[f"{name}_start"] :][: row[f"{name}_rows"]]
                # The filter mirrors the signal at its ends, so that a line is no line there.
                assert data[0] == pytest.approx(row["start_s"], abs=0.7 / grid.rate_hz)
                assert np.diff(data) == pytest.approx(1 / grid.rate_hz, rel=0.3)
                assert len(data) == 2 * grid.rate_hz
    at = dict(zip(table["start_s"], table["label"], strict=True))
    assert (at[12.0], at[18.0], at[19.0], at[20.0], at[5.0]) == (1, 1, None, 2, None)
    assert report.ambiguous == 1
    assert report.missing["skeleton"] == report.unlabelled
    assert table.schema["inertial_present"] == pl.Boolean
    assert f"skeleton in {report.missing['skeleton']}" in str(report)


def test_without_rows_there_is_no_window():
    table, report = window_table({"a": Timeline(0, 50.0), "b": Timeline(3, 50.0)}, length_s=2)
    assert table.height == report.windows == report.absent == 0


GOOD = {"a": Timeline(50, 10.0), "b": Timeline(50, 5.0)}


@pytest.mark.parametrize(
    ("modalities", "arguments", "error", "message"),
    [
        ({}, {}, errors.ConfigError, "modalities: expected"),
        ([], {}, errors.ConfigError, "modalities: expected"),
        ({"a": 3}, {}, errors.DtypeError, "'a': int"),
        ({"a": Timeline(-1, 5)}, {}, errors.InputError, "a: n_rows"),
        ({"a": Timeline(5, 0)}, {}, errors.InputError, "a: rate_hz"),
        ({"a": Timeline(5, 5, math.nan)}, {}, errors.InputError, "start_s"),
        ({"a": Timeline(5, 5, gaps=[1])}, {}, errors.ShapeError, "gaps"),
        (
            {"a": Timeline(2, 5, labels=[1, 1]), "b": Timeline(2, 5, labels=[1, 1])},
            {},
            errors.ConfigError,
            "labels in one of them",
        ),
        (GOOD, {"length_s": 0.15}, errors.InputError, "length_s: expected at least one row at 5"),
        (GOOD, {"stride_s": 0.05}, errors.InputError, "stride_s: expected at least one row at 10"),
        (GOOD, {"min_overlap": 0}, errors.InputError, "min_overlap"),
        (GOOD, {"min_present": 3}, errors.InputError, "min_present: expected 1 to 2"),
        (GOOD, {"min_present": 1.5}, errors.InputError, "min_present"),
        (GOOD, {"origin_s": math.inf}, errors.InputError, "origin_s"),
        (GOOD, {"origin_s": -1e300}, errors.InputError, "origin_s"),
        (GOOD, {"min_share": 0.5}, errors.InputError, "expected labels with it"),
    ],
)
def test_bad_modalities_are_refused_clearly(modalities, arguments, error, message):
    with pytest.raises(error, match=message):
        window_table(modalities, **{"length_s": 1.0, **arguments})
