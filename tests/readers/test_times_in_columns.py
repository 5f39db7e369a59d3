"""Stamps whose parts stand in several columns."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.times import join_stamps

BASE = {"channels": ["x"], "units": "g", "fixed": {"subject": "1"}, "time": ["date", "time"]}
MIDNIGHT = datetime(2023, 10, 28, 23, 59, 58, tzinfo=UTC)


def read(path, kind="csv", **options):
    reader = readers.get(kind, **(BASE | options))
    (source,) = reader.discover(path)
    (loaded,) = reader.read(source).load()
    return loaded.time_s


def table(moments, date="%Y-%m-%d", time="%H:%M:%S.%f"):
    return pl.DataFrame(
        {
            "time": [m.strftime(time) for m in moments],
            "x": np.arange(len(moments)) / 7,
            "date": [m.strftime(date) for m in moments],
        }
    )


@pytest.fixture(params=[False, True], ids=["whole", "chunks"])
def chunked(request, monkeypatch):
    if request.param:
        monkeypatch.setattr("kinefuse.readers.text_table.LARGE_BYTES", 0)
        monkeypatch.setattr("kinefuse.readers.text_table.CHUNK_ROWS", 3)
        monkeypatch.setattr("kinefuse.readers.text_table.BLOCK_BYTES", 100)
        monkeypatch.setattr("kinefuse.readers.columnar.LARGE_BYTES", 0)
        monkeypatch.setattr("kinefuse.readers.columnar.CHUNK_ROWS", 3)


@pytest.mark.parametrize(
    ("date", "time", "time_format"),
    [
        ("%Y-%m-%d", "%H:%M:%S.%f", "auto"),
        ("%Y-%m-%d", "%H:%M:%S,%f", "iso"),
        ("%d/%m/%Y", "%H:%M:%S.%f", "%d/%m/%Y %H:%M:%S%.f"),
        ("%m/%d/%y", "%I:%M:%S.%f %p", "%m/%d/%y %I:%M:%S%.f %p"),
        ("%Y%m%d", "%H%M%S.%f", "%Y%m%d %H%M%S%.f"),
        ("%Y-%m-%d", "%H:%M:%S.%f+00:00", "auto"),
    ],
)
def test_parts_make_a_stamp_over_midnight(tmp_path, chunked, date, time, time_format):
    moments = [MIDNIGHT + timedelta(milliseconds=20 * k) for k in range(200)]
    table(moments, date, time).write_csv(tmp_path / "a.csv", separator=";")
    time_s = read(tmp_path / "a.csv", time_format=time_format)
    np.testing.assert_array_equal(time_s, [m.timestamp() for m in moments])


def test_a_zone_and_the_hour_that_comes_twice(tmp_path, chunked):
    begin = datetime(2023, 10, 28, 21, 30, tzinfo=UTC)
    moments = [begin + timedelta(minutes=k) for k in range(300)]
    local = [m.astimezone(ZoneInfo("Europe/Berlin")) for m in moments]
    table(local).write_csv(tmp_path / "a.csv")
    time_s = read(tmp_path / "a.csv", time_zone="Europe/Berlin")
    np.testing.assert_array_equal(time_s, [m.timestamp() for m in moments])


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_dates_and_times_as_such(tmp_path, kind, chunked):
    moments = [MIDNIGHT + timedelta(milliseconds=500 * k) for k in range(20)]
    when = pl.Series([m.replace(tzinfo=None) for m in moments])
    frame = pl.DataFrame({"time": when.dt.time(), "date": when.dt.date(), "x": np.zeros(20)})
    expected = [m.timestamp() for m in moments]
    for made in (frame, frame.with_columns(pl.col("date").cast(pl.Datetime("us")))):
        getattr(made, {"parquet": "write_parquet", "arrow": "write_ipc"}[kind])(tmp_path / "a.x")
        np.testing.assert_array_equal(read(tmp_path / "a.x", kind), expected)
    zoned = frame.with_columns(pl.col("date").cast(pl.Datetime("us", "Asia/Tokyo")))
    getattr(zoned, {"parquet": "write_parquet", "arrow": "write_ipc"}[kind])(tmp_path / "a.x")
    with pytest.raises(
        FormatError, match=r"a\.x: .*'date': expected a date, got moments of .*Tokyo"
    ):
        read(tmp_path / "a.x", kind)


def test_parts_that_are_numbers(tmp_path):
    rows = [[2020, 1, 31, 23, 59, 59 + k / 8] for k in range(8)] + [[2020, 2, 1, 0, 0, 0.125]]
    np.savez(tmp_path / "a.npz", clock=np.array(rows), x=np.zeros(9))
    parts = [f"clock[{k}]" for k in range(6)]
    time_s = read(tmp_path / "a.npz", "npz", time=parts, time_format="%Y %m %d %H %M %S%.f")
    expected = datetime(2020, 2, 1, tzinfo=UTC).timestamp()
    assert time_s[[0, -1]].tolist() == [expected - 1, expected + 0.125]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2190, 1, 1)), min_size=1
    )
)
def test_any_moment_comes_back(tmp_path_factory, moments):
    moments = [m.replace(tzinfo=UTC) for m in moments]
    file = tmp_path_factory.getbasetemp() / "parts.csv"
    table(moments).write_csv(file)
    expected = [m.timestamp() for m in moments]
    np.testing.assert_allclose(read(file, time_format="iso"), expected, rtol=0, atol=1e-6)


def test_where_a_part_is_empty_there_is_no_stamp():
    parts = [pl.Series("d", ["2020-01-01", "", None, " 2020-01-02 "]), pl.Series("t", ["1:00"] * 4)]
    joined = join_stamps(parts)
    assert joined.to_list() == ["2020-01-01 1:00", None, None, "2020-01-02 1:00"]
    assert joined.name == "d + t"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("2020-01-01,25:00:00,3", r"row 3, column 'date \+ time': expected an ISO 8601 time, got"),
        ("2020-01-32,12:00:00,3", "got '2020-01-32 12:00:00'"),
        ("12:00:00,2020-01-01,3", "row 3"),
        ("2020-01-01,24:00:00,3", "got '2020-01-01 24:00:00'"),
    ],
)
def test_a_part_that_is_wrong_is_named(tmp_path, row, message):
    file = tmp_path / "a.csv"
    file.write_text(f"date,time,x\n2020-01-01,12:00:00,1\n2020-01-01,12:00:01,2\n{row}\n")
    with pytest.raises(FormatError, match=rf"a\.csv: .*{message}"):
        read(file)


def test_what_cannot_be_told_is_asked_for(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("date,time,x\n01/02/2020,12:00:00,1\n01/02/2020,12:00:01,2\n")
    message = r"column 'date \+ time': cannot tell what a time like '01/02/2020 12:00:00' means"
    with pytest.raises(FormatError, match=message):
        read(file)
    with pytest.raises(FormatError, match="no column 'clock'"):
        read(file, time=["date", "clock"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"time": []}, r"expected a column, or several different ones, got \[\]"),
        ({"time": ["t", "t"]}, "different ones"),
        ({"time_format": "ms"}, "'ms' is for a column of numbers, and time has 2 columns"),
    ],
)
def test_settings_that_make_no_sense(options, message):
    with pytest.raises(ConfigError, match=message):
        readers.get("csv", **(BASE | options))
    assert readers.get("csv", **BASE).settings()["time"] == ["date", "time"]
