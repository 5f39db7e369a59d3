import itertools
import multiprocessing
import os
import warnings
from queue import SimpleQueue

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import errors, window_index
from kinefuse.windows import WindowReport


def naive_segments(n_rows, gaps):
    edges = [0, *(row for row, _ in gaps), n_rows]
    return [(a, b) for a, b in itertools.pairwise(edges) if b > a]


def naive_index(n_rows, rate_hz, length_s, stride_s, gaps, labels, rule, min_share):
    """Row by row, from the definition."""
    rows = []
    for number, (first, last) in enumerate(naive_segments(n_rows, gaps)):
        length = last - first if length_s is None else round(length_s * rate_hz)
        stride = length if length_s is None else (stride_s or length_s) * rate_hz
        k = 0
        while (start := first + int(np.floor(k * stride + 0.5))) + length <= last:
            k += 1
            window = [int(v) for v in labels[start : start + length]]
            known = [v for v in window if v >= 0]
            if rule == "majority":
                counts = {v: known.count(v) for v in known}
                best = [v for v in counts if counts[v] == max(counts.values())]
                label = best[0] if len(best) == 1 else None
                share = max(counts.values(), default=0) / length
            elif rule == "any":
                label = known[0] if len(set(known)) == 1 else None
                share = max((known.count(v) for v in known), default=0) / length
            else:
                label = window[-1] if rule == "last" else window[length // 2]
                share = window.count(label) / length if label >= 0 else 0.0
                label = label if label >= 0 else None
            if share >= min_share:
                rows.append((start, length, number, label, share))
    return rows


@settings(max_examples=200, deadline=None)
@given(
    data=st.data(),
    n_rows=st.integers(0, 120),
    rate_hz=st.sampled_from([1.0, 10.0, 31.25, 50.0, 100.0]),
    length=st.none() | st.integers(1, 30),
    stride=st.none() | st.floats(1, 40),
    rule=st.sampled_from(["majority", "any", "last", "center"]),
    min_share=st.floats(0, 1),
)
def test_window_index_is_its_definition(data, n_rows, rate_hz, length, stride, rule, min_share):
    gap_rows = sorted(data.draw(st.sets(st.integers(0, n_rows), max_size=5)))
    gaps = [[row, 1 + row % 7] for row in gap_rows]
    runs = data.draw(st.lists(st.tuples(st.integers(-1, 3), st.integers(1, 20)), min_size=1))
    labels = np.resize(np.repeat(*np.array(runs).T), n_rows)
    length_s = None if length is None else length / rate_hz
    stride_s = None if length is None or stride is None else max(stride, 1.0 + 1e-9) / rate_hz
    table, report = window_index(
        n_rows,
        rate_hz=rate_hz,
        length_s=length_s,
        stride_s=stride_s,
        gaps=gaps,
        labels=labels,
        label_rule=rule,
        min_share=min_share,
    )
    expected = naive_index(n_rows, rate_hz, length_s, stride_s, gaps, labels, rule, min_share)
    assert table.rows() == expected
    assert report.windows == len(expected)
    assert report.unlabelled + report.ambiguous == table["label"].null_count()


def test_the_table_has_the_types_it_says():
    table, _ = window_index(10, rate_hz=1, length_s=5, labels=[0] * 10)
    assert table.schema == {
        "start": pl.Int64,
        "length": pl.Int64,
        "segment": pl.Int32,
        "label": pl.Int32,
        "share": pl.Float64,
    }
    empty, report = window_index(0, rate_hz=1, length_s=5)
    assert empty.schema == table.schema
    assert report == WindowReport(0, 0, 0, 0, 0, 0, 0)


def test_without_labels_there_is_neither_label_nor_share():
    table, report = window_index(10, rate_hz=1, length_s=5)
    assert table["label"].to_list() == [None, None]
    assert table["share"].to_list() == [None, None]
    assert report.unlabelled == 0


def test_a_whole_recording_is_one_window_for_each_segment():
    table, report = window_index(100, rate_hz=50, gaps=[[30, 4], [31, 2]])
    assert table.select("start", "length", "segment").rows() == [
        (0, 30, 0),
        (30, 1, 1),
        (31, 69, 2),
    ]
    assert report.unused_rows == 0


def test_what_is_not_in_the_table_is_counted():
    labels = np.r_[np.zeros(15), np.ones(15), -np.ones(20), [2] * 6, [3] * 6, [0] * 8].astype(int)
    table, report = window_index(
        70, rate_hz=1, length_s=10, gaps=[[50, 5], [62, 9]], labels=labels, min_share=0.4
    )
    # Rows 10 to 19 are a tie at a half; 30 to 49 carry no label; 62 on is shorter than a window.
    assert table.rows() == [
        (0, 10, 0, 0, 1.0),
        (10, 10, 0, None, 0.5),
        (20, 10, 0, 1, 1.0),
        (50, 10, 1, 2, 0.6),
    ]
    assert (report.segments, report.short_segments, report.unused_rows) == (3, 1, 2 + 8)
    assert (report.below_share, report.unlabelled, report.ambiguous) == (2, 0, 1)
    assert "4 windows from 3 segments (1 too short, 10 rows unused, 2 windows below" in str(report)


@settings(deadline=None)
@given(
    n_rows=st.integers(0, 200),
    length=st.integers(1, 30),
    stride=st.none() | st.integers(1, 40),
    rate_hz=st.sampled_from([None, 1.0, 50.0]),
)
def test_rows_and_seconds_give_the_same_windows(n_rows, length, stride, rate_hz):
    by_rows = window_index(n_rows, length=length, stride=stride)
    by_seconds = window_index(
        n_rows, rate_hz=1.0, length_s=length, stride_s=None if stride is None else stride
    )
    assert by_rows.table.equals(by_seconds.table)
    assert by_rows.report == by_seconds.report
    if rate_hz and stride:
        mixed = window_index(n_rows, rate_hz=rate_hz, length=length, stride_s=stride / rate_hz)
        assert mixed.table.equals(by_rows.table)


def test_a_cut_without_a_missing_row_is_a_cut():
    table, _ = window_index(10, length=4, gaps=[[5, 0]])
    assert table.select("start", "segment").rows() == [(0, 0), (5, 1)]


def _index_in_a_child(queue):
    labels = np.resize(np.repeat([0, -1, 1, 2], 30), 100_000)
    table, _ = window_index(100_000, length=128, stride=64, labels=labels)
    queue.put((table.height, table["label"].null_count(), int(table["start"].sum())))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_forked_child_indexes():
    # Polars' threads run in the parent now, and will not in the child.
    pl.DataFrame({"a": np.arange(10_000) % 7}).group_by("a").len()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # forking with threads is what this is about
        child = context.Process(target=_index_in_a_child, args=(queue,))
        child.start()
    try:
        got = queue.get(timeout=60)
    finally:
        child.join(10)
        child.kill()
    _index_in_a_child(here := SimpleQueue())
    assert got == here.get()


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"rate_hz": 0}, errors.InputError, "rate_hz: expected a number above 0"),
        ({"rate_hz": "fast"}, errors.InputError, "rate_hz"),
        ({"length_s": float("nan")}, errors.InputError, "length_s"),
        ({"length_s": 0.001}, errors.InputError, "at least one row of 0.1 s"),
        ({"length_s": 1, "stride_s": 0.01}, errors.InputError, "at least one row"),
        ({"stride_s": 1}, errors.InputError, "stride_s: expected length or length_s with it"),
        ({"stride": 1}, errors.InputError, "stride: expected length or length_s with it"),
        ({"length": 2, "length_s": 1}, errors.InputError, "length: expected either"),
        ({"length": 2, "stride": 1, "stride_s": 1}, errors.InputError, "stride: expected either"),
        ({"length": 2.5}, errors.InputError, "length: expected a whole number"),
        ({"length": 2, "stride": 0.5}, errors.InputError, "at least one row"),
        ({"rate_hz": None, "length_s": 1}, errors.InputError, "rate_hz: expected a rate with"),
        ({"n_rows": -1}, errors.InputError, "n_rows"),
        ({"n_rows": 2.5}, errors.InputError, "n_rows"),
        ({"n_rows": 2**70}, errors.InputError, "2\\^53"),
        ({"gaps": [1, 2]}, errors.ShapeError, r"gaps: expected \(G, 2\)"),
        ({"gaps": [[5, 1], [3, 1]]}, errors.InputError, "gaps, number 1"),
        ({"gaps": [[5, 1], [3]]}, errors.ShapeError, "gaps: expected rows of equal length"),
        ({"gaps": [[5.5, 1.0]]}, errors.DtypeError, "gaps: expected integers, got float64"),
        ({"labels": [0] * 9}, errors.ShapeError, r"labels: expected \(20,\), got \(9,\)"),
        ({"labels": ["walk"] * 20}, errors.DtypeError, "labels: expected integers"),
        ({"labels": [np.nan] * 20}, errors.DtypeError, "-1 stands for none"),
        ({"labels": [-2] * 20}, errors.InputError, "labels, row 0"),
        ({"labels": [2**40] * 20}, errors.InputError, "32 bits"),
        ({"labels": [1] * 20, "min_share": 1.1}, errors.InputError, "min_share"),
        ({"labels": [1] * 20, "min_share": float("nan")}, errors.InputError, "min_share"),
        ({"min_share": 0.5}, errors.InputError, "expected labels with it"),
        ({"label_rule": "first"}, errors.ConfigError, "label_rule"),
    ],
)
def test_a_bad_index_is_refused_clearly(settings, error, message):
    arguments = {"n_rows": 20, "rate_hz": 10, **settings}
    with pytest.raises(error, match=message):
        window_index(arguments.pop("n_rows"), **arguments)
