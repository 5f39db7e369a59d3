import datetime
import zoneinfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse import clock
from kinefuse.errors import DtypeError, InputError, ShapeError

NS = 1_648_531_522_143_456_789
SECOND = NS // 10**9 * 10**9


def absolute_ns(found):
    return [found.origin_ns + round(t * 1e9) for t in found.time_s]


def stamps_ns(n=40, step=20_000_000, start=NS):
    return start + np.arange(n) * step


@pytest.mark.parametrize(
    ("column", "unit", "grain"),
    [
        (stamps_ns(), "ns", 1),
        (stamps_ns() // 10**3, "us", 10**3),
        (stamps_ns() // 10**6, "ms", 10**6),
        (list(stamps_ns() // 10**6), "ms", 10**6),
        ((stamps_ns() // 10**6).astype(np.uint64), "ms", 10**6),
        (stamps_ns().astype("M8[ns]"), "datetime", 1),
        (stamps_ns().astype("M8[ns]").astype("M8[us]"), "datetime", 10**3),
        (stamps_ns().astype(">M8[ns]"), "datetime", 1),
        (pl.Series(stamps_ns()), "ns", 1),
        (pl.Series(stamps_ns()).cast(pl.Datetime("ns")), "datetime", 1),
        (pl.Series(stamps_ns()).cast(pl.Datetime("ns", "UTC")), "datetime", 1),
        (pl.Series(stamps_ns()).cast(pl.Datetime("ns", "Asia/Tokyo")), "datetime", 1),
        ([str(t) for t in stamps_ns().astype("M8[ns]")], "iso", 1),
        (np.array([str(t) for t in stamps_ns().astype("M8[ns]")]), "iso", 1),
        (np.array([str(t) for t in stamps_ns().astype("M8[ns]")], dtype="S"), "iso", 1),
        (pl.Series([f"{t}+00:00" for t in stamps_ns().astype("M8[ns]")]), "iso", 1),
    ],
)
def test_no_nanosecond_is_lost(column, unit, grain):
    found = clock.to_seconds(column)
    assert (found.unit, found.missing, found.origin_ns) == (unit, 0, SECOND)
    assert absolute_ns(found) == [int(t) // grain * grain for t in stamps_ns()]
    np.testing.assert_allclose(found.absolute_s, stamps_ns() / 1e9, rtol=0, atol=2e-3)
    assert clock.infer_rate(column) == pytest.approx(50, rel=1e-3)
    assert clock.repair(column).report.rate_hz == pytest.approx(50, rel=1e-3)


def test_seconds_as_floats_stay_what_they_are():
    time = 0.5 + np.arange(100) / 64
    found = clock.to_seconds(time)
    np.testing.assert_array_equal(found.time_s, time)
    assert (found.origin_ns, found.unit, found.zone) == (0, "s", None)
    late = clock.to_seconds(time + 1_700_000_000)
    np.testing.assert_array_equal(late.time_s, time)
    assert late.origin_ns == 1_700_000_000 * 10**9


def test_zones_are_named():
    tokyo = zoneinfo.ZoneInfo("Asia/Tokyo")
    noon = [datetime.datetime(2022, 3, 29, 12, 0, s, tzinfo=tokyo) for s in range(3)]
    found = clock.to_seconds(noon)
    assert found.zone == "Asia/Tokyo"
    assert found.origin_ns == 1_648_522_800 * 10**9
    assert clock.to_seconds(["2022-03-29T12:00:00+09:00"]).origin_ns == found.origin_ns
    assert clock.to_seconds(["2022-03-29T12:00:00-09:30"]).zone == "-09:30"
    naive = clock.to_seconds([moment.replace(tzinfo=None) for moment in noon])
    assert naive.zone is None
    assert naive.origin_ns - found.origin_ns == 9 * 3600 * 10**9


def test_missing_stamps_are_nan_and_counted():
    for column in (
        [0.0, np.nan, 0.02, np.inf, 0.04],
        np.array([0, "NaT", 20, "NaT", 40], "m8[ms]"),
        pl.Series([1700000000000, None, 1700000000020, None, 1700000000040]),
        ["2022-01-01", None, "2022-01-02", "", "2022-01-03"],
        pl.Series(["2022-01-01", None, "2022-01-02", "", "2022-01-03"]),
    ):
        found = clock.to_seconds(column)
        assert found.missing == 2
        np.testing.assert_array_equal(np.isnan(found.time_s), [False, True, False, True, False])


def test_one_origin_for_two_columns():
    a, b = clock.to_seconds(stamps_ns()), clock.to_seconds(stamps_ns(start=NS - 3 * 10**9))
    same = clock.to_seconds(b, origin_ns=a.origin_ns)
    np.testing.assert_allclose(same.time_s, a.time_s - 3, atol=1e-9)
    assert absolute_ns(same) == absolute_ns(b)


@given(
    st.lists(
        st.datetimes(datetime.datetime(1700, 1, 1), datetime.datetime(2250, 1, 1)), min_size=2
    ),
    st.sampled_from(["T", " "]),
)
def test_iso_texts_as_python_writes_them(moments, between):
    found = clock.to_seconds([moment.isoformat(between) for moment in moments])
    start = datetime.datetime(1970, 1, 1)
    exact = [(moment - start) // datetime.timedelta(microseconds=1) * 1000 for moment in moments]
    assert found.origin_ns == exact[0] // 10**9 * 10**9
    expected = np.array([float(ns - found.origin_ns) for ns in exact]) / 1e9
    np.testing.assert_allclose(found.time_s, expected, rtol=1e-15)


@pytest.mark.parametrize(
    ("column", "error", "says"),
    [
        (np.arange(20), InputError, 'unit="s".*or unit="ms"'),
        (np.arange(20) * 1e-6, InputError, "in no unit"),
        (["noon"], InputError, "row 0: expected an ISO 8601"),
        (["2022-01-01T00:00Z", "2022-01-01T00:00"], InputError, "row 1.*zone"),
        (["2500-01-01"], InputError, "outside the years"),
        (np.array(["2500-01-01"], "M8[D]"), InputError, "row 0.*outside the years"),
        (np.zeros((2, 2)), ShapeError, r"expected \(T,\)"),
        (3.0, ShapeError, r"expected \(T,\)"),
        ([[1.0], [1.0, 2.0]], ShapeError, "one stamp a row"),
        ([True, False], DtypeError, "bool"),
        ([1j, 2j], DtypeError, "complex"),
        ([object(), None], DtypeError, "object"),
        (np.ma.masked_array([1.0, 2.0], [True, False]), DtypeError, "masked"),
        (np.array([2**63], np.uint64), InputError, "63 bits"),
    ],
)
def test_what_is_no_time_column(column, error, says):
    with pytest.raises(error, match=says):
        clock.to_seconds(column)


@pytest.mark.parametrize("unit", ["m", "", 3])
def test_what_is_no_unit(unit):
    with pytest.raises(InputError, match="unit"):
        clock.to_seconds([1.0, 2.0], unit=unit)


def test_a_unit_that_is_told_is_not_guessed():
    time = np.arange(20)
    assert clock.infer_rate(time, unit="s") == 1
    assert clock.infer_rate(time, unit="ms") == 1000
    assert clock.infer_rate(time / 10, unit="us") == pytest.approx(1e7)
    with pytest.raises(InputError, match="64 bits"):
        clock.to_seconds([2**60], unit="s")
    with pytest.raises(InputError, match="origin_ns"):
        clock.to_seconds([1.0], unit="s", origin_ns=0.5)
