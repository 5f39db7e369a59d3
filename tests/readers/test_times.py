from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.times import Clock, check_time_format, guess_time_format

FILE = Path("walk.csv")
MOMENTS = st.lists(
    st.datetimes(min_value=datetime(1750, 1, 1), max_value=datetime(2190, 1, 1)),
    min_size=1,
    max_size=20,
)
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=-9, minutes=-30))])


def stamps(*text):
    return pl.Series("t", text)


@settings(max_examples=60, deadline=None)
@given(MOMENTS, ZONES, st.sampled_from(["T", " "]), st.sampled_from(["auto", "milliseconds"]))
def test_iso_times_are_what_python_reads(moments, zone, between, digits):
    text = [m.replace(tzinfo=zone).isoformat(between, digits) for m in moments]
    exact = [datetime.fromisoformat(t) for t in text]
    expected = [
        (e.replace(tzinfo=e.tzinfo or UTC) - datetime(1970, 1, 1, tzinfo=UTC))
        // timedelta(microseconds=1)
        for e in exact
    ]
    seconds = Clock(FILE, "iso").seconds(pl.Series("t", text))
    np.testing.assert_allclose(seconds, np.array(expected) / 1e6, atol=1e-6, rtol=1e-15)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (["1970-01-01T00:00:10Z", "1970-01-01 00:00:11Z"], [10, 11]),
        (["1970-01-01T09:00:10+09:00", "1970-01-01T00:00:11Z"], [10, 11]),
        (["1970-01-01T09:00:10+0900", None], [10, np.nan]),
        (["1970-01-01T09:00:10.5+09", ""], [10.5, np.nan]),
        (["1970-01-01T00:00:10Z", "1970-01-01T00:00:11"], [10, 11]),
        (["1970-01-01", "1970-01-02"], [0, 86400]),
        (["1970-01-01 00:01:00,250"], [60.25]),
        (["1970-01-01 00:01:00,250", None], [60.25, np.nan]),
        (["1970-01-01T00:00:00.123456789Z"], [0.123456789]),
    ],
)
def test_iso_times_of_many_kinds(text, seconds):
    np.testing.assert_allclose(Clock(FILE, "iso").seconds(stamps(*text)), seconds, rtol=1e-12)


@pytest.mark.parametrize(
    "text",
    [
        "2020-13-01T00:00:00",
        "2020-02-30T00:00:00",
        "2020-01-01T24:00:01",
        "soon",
        "2020-01-01T1a:00:00",
    ],
)
def test_a_stamp_that_is_none_is_named_by_row(text):
    good = "2020-01-01T00:00:00"
    with pytest.raises(FormatError, match=rf"walk.csv: row 12, column 't'.*ISO.*got '{text}'"):
        Clock(FILE, "iso").seconds(stamps(good, text), first_row=10)


def test_a_zone_and_its_two_switches():
    zone = ZoneInfo("Europe/Berlin")
    begin = datetime(2023, 10, 28, 23, tzinfo=UTC)
    moments = [begin + timedelta(minutes=k) for k in range(300)]
    text = pl.Series("t", [m.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") for m in moments])
    expected = [m.timestamp() for m in moments]
    for size in (300, 60, 7, 1):  # the second hour is known from the rows before, also by block
        clock = Clock(FILE, "iso", "Europe/Berlin")
        read = [clock.seconds(text[i : i + size], i) for i in range(0, 300, size)]
        np.testing.assert_array_equal(np.concatenate(read), expected)
    with pytest.raises(FormatError, match=r"row 1.*that exists in Europe/Berlin"):
        Clock(FILE, "iso", "Europe/Berlin").seconds(stamps("2023-03-26T02:30:00"))


def test_patterns():
    clock = Clock(FILE, "%d/%m/%Y %H:%M:%S%.f", "Asia/Tokyo")
    read = clock.seconds(stamps("02/01/1970 09:00:01.5", None))
    np.testing.assert_array_equal(read, [86401.5, np.nan])
    with pytest.raises(FormatError, match="row 2, column 't': expected a time like %d/%m/%Y"):
        Clock(FILE, "%d/%m/%Y").seconds(stamps("01/02/2020", "2020"))
    zoned = Clock(FILE, "%d.%m.%Y %H:%M %z").seconds(stamps("01.01.1970 02:00 +0200"))
    assert zoned.tolist() == [0.0]


@pytest.mark.parametrize(
    ("values", "rate_hz", "expected"),
    [
        ([0.0, 0.01, 0.02], None, "s"),
        ([0, 10, 20], None, "ms"),
        ([5e6, 5.01e6], None, "us"),
        ([0, 10_000_000], None, "ns"),
        ([1.6e9, 1.6e9 + 0.01], None, "s"),
        ([1.6e9, 1.6e9 + 1], None, "s"),
        ([1_600_000_000_000, 1_600_000_000_001], None, "ms"),
        ([1.6e15, 1.6e15 + 1e4], None, "us"),
        ([1_600_000_000_000_000_000, 1_600_000_000_000_010_000], None, "ns"),
        ([0, 2, 4], 0.5, "s"),
        ([0, 1, 2], 1000.0, "ms"),
        (["0,00", "0,01", "x"], None, "s"),
        ([" 10 ", "20", None], None, "ms"),
        (["2020-01-01", "2020-01-02"], None, "iso"),
    ],
)
def test_what_stamps_are_is_guessed(values, rate_hz, expected):
    assert guess_time_format(pl.Series("t", values), rate_hz) == expected


@pytest.mark.parametrize(
    ("values", "rate_hz", "message"),
    [
        ([0, 1, 2], None, "count rows"),
        ([5], None, "fewer than two"),
        ([None, None], None, "fewer than two"),
        ([0, 7, 14], 100.0, "fit 100 Hz in no unit"),
        (["10:20:30", "10:20:31"], None, "a time like '10:20:30'"),
        (["01/02/2020", "01/02/2020"], None, "say time_format"),
    ],
)
def test_what_cannot_be_guessed_is_asked_for(values, rate_hz, message):
    with pytest.raises(FormatError, match=message):
        guess_time_format(pl.Series("t", values), rate_hz)


def test_settings_that_make_no_sense():
    with pytest.raises(ConfigError, match="time_zone: there is none called 'Berlin'"):
        Clock(FILE, "iso", "Berlin")
    with pytest.raises(ConfigError, match="csv: time_format: expected 'auto', 's'"):
        check_time_format("csv", "min")
