"""Settings that are written for a table fit it, but for what nobody could know."""

import tomllib

import numpy as np
import polars as pl
import pytest

from kinefuse import readers
from kinefuse.errors import ConfigError
from kinefuse.readers.describe import describe_table


def test_what_the_header_says_is_not_asked_for(tmp_path):
    file = tmp_path / "raw/s1.csv"
    file.parent.mkdir()
    rows = "\n".join(f"{i / 100},{i},{2 * i},0.1,0.2,1.0" for i in range(60))
    file.write_text(f"time (s),n,gx [deg/s],ax [g],ay [g],az [g]\n{rows}\n")
    described = describe_table(tmp_path)
    settings = tomllib.loads(described.toml)
    assert "units" not in settings
    assert settings["pattern"] == "{subject}/{_}.csv"
    assert described.facts["rate"].startswith("about 100 Hz")
    reader = readers.get("csv", **settings)
    (recording,) = [reader.read(source) for source in reader.discover(tmp_path)]
    assert recording.subject == "raw"
    assert recording.streams[0].units == ("rad/s", "g", "g", "g")


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_columns_with_types_and_names_of_people(tmp_path, kind):
    frame = pl.DataFrame(
        {
            "timestamp": pl.Series(1_600_000_000_000 + 20 * np.arange(50)).cast(pl.Datetime("ms")),
            "left.acc.x": np.zeros(50),
            "left.acc.y": np.zeros(50),
            "left.acc.z": np.full(50, 1000.0),
            "gyro_x": np.zeros(50),
            "user": ["ann"] * 50,
            "activity": ["walk"] * 50,
        }
    )
    getattr(frame, {"parquet": "write_parquet", "arrow": "write_ipc"}[kind])(tmp_path / f"a.{kind}")
    settings = tomllib.loads(describe_table(tmp_path, kind).toml)
    assert settings["units"] == {"left_acc": "mg", "gyro": "?"}
    assert settings["columns"] == {"subject": "user"}
    assert settings["label"] == "activity"
    with pytest.raises(ConfigError, match="units: say what the unit of channel 'gyro_x' is"):
        readers.get(kind, **settings)
    settings["units"]["gyro"] = "deg/s"
    reader = readers.get(kind, **settings)
    (source,) = reader.discover(tmp_path)
    assert reader.read(source).streams[0].units == ("g", "g", "g", "rad/s")


def test_arrays_are_named_whole(tmp_path):
    np.savez(tmp_path / "s1.npz", imu=np.zeros((50, 6)), t=np.arange(50) / 50)
    settings = tomllib.loads(describe_table(tmp_path, "npz").toml)
    assert settings["channels"] == {"imu": "imu[0:6]"}
    assert (settings["time"], settings["time_format"]) == ("t", "s")
    reader = readers.get("npz", **(settings | {"units": "g"}))
    assert reader.read(reader.discover(tmp_path)[0]).streams[0].data.shape == (50, 6)


def test_a_folder_without_such_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file of reader 'csv'"):
        describe_table(tmp_path)


@pytest.mark.parametrize(
    ("dates", "times", "expected"),
    [
        (["2021-01-31", "2021-02-01"], ["23:59:59.98", "00:00:00.00"], "iso"),
        (["2021-01-31", "2021-01-31"], ["23:59:58+01:00", "23:59:59+01:00"], "iso"),
        (["31/01/2021", "01/02/2021"], ["23:59:59", "00:00:00"], "%d/%m/%Y %H:%M:%S%.f"),
        (["1/31/21", "2/1/21"], ["11:59:59 PM", "12:00:00 AM"], "%m/%d/%y %I:%M:%S%.f %p"),
        (["31.01.2021", "01.02.2021"], ["23:59+0100", "00:00+0100"], "%d.%m.%Y %H:%M %z"),
        (["2021/01/31", "2021/02/01"], ["23:59:59.9", "0:00:00"], "%Y/%m/%d %H:%M:%S%.f"),
        (["01/02/2021", "01/02/2021"], ["10:00:00", "10:00:01"], "?"),
        (["31/01/2021", "01/02/2021"], ["23:59:59,5", "00:00:00,0"], "?"),
    ],
)
@pytest.mark.parametrize("order", [("day", "clock"), ("clock", "day")])
def test_dates_beside_times_of_day_are_seen(tmp_path, dates, times, expected, order):
    written = pl.DataFrame({"day": dates, "clock": times}).select(*order, acc_x=pl.lit(0.5))
    written.write_csv(tmp_path / "s1.csv", separator=";")
    settings = tomllib.loads(describe_table(tmp_path).toml)
    assert settings["time"] == ["day", "clock"]
    assert settings["time_format"] == expected
    if expected != "?":
        reader = readers.get("csv", **(settings | {"units": "g"}))
        (source,) = reader.discover(tmp_path)
        time_s = reader.read(source).streams[0].time_s
        assert 0 < time_s[1] - time_s[0] <= 60


def test_dates_and_times_with_types(tmp_path):
    when = pl.Series("when", [1_612_137_599_500, 1_612_137_600_500]).cast(pl.Datetime("ms"))
    frame = pl.DataFrame({"d": when.dt.date(), "t": when.dt.time(), "acc_x": [0.5, 0.7]})
    frame.write_parquet(tmp_path / "s1.parquet")
    settings = tomllib.loads(describe_table(tmp_path, "parquet").toml)
    assert (settings["time"], settings["time_format"]) == (["d", "t"], "iso")
    reader = readers.get("parquet", **(settings | {"units": "g"}))
    (source,) = reader.discover(tmp_path)
    np.testing.assert_array_equal(
        reader.read(source).streams[0].time_s, [1_612_137_599.5, 1_612_137_600.5]
    )
