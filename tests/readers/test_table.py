"""Generic CSV and Parquet: the same table, both ways."""

import numpy as np
import polars as pl
import pytest

from kinefuse import readers
from kinefuse.errors import ConfigError, FormatError

RNG = np.random.default_rng(5)
AXES = ("x", "y", "z")
BASE = {
    "channels": {f"{kind}_{a}": f"{a}_{kind}" for kind in ("acc", "gyro") for a in AXES},
    "units": {"acc": "m/s2", "gyro": "deg/s"},
}
TIMED = BASE | {"time": "timestamp", "time_format": "ms", "label": "label"}


def table(n=50, **columns):
    made = {f"{a}_{kind}": RNG.normal(size=n) for kind in ("acc", "gyro") for a in AXES}
    made["timestamp"] = 1_657_533_977_813 + np.arange(n) * 20
    made["label"] = ["sit"] * (n // 2) + [None] * (n - n // 2)
    return pl.DataFrame(made | columns)


@pytest.fixture(params=["csv", "parquet", "arrow"])
def kind(request):
    return request.param


def write(frame, path):
    path.parent.mkdir(parents=True, exist_ok=True)
    writers = {".csv": frame.write_csv, ".parquet": frame.write_parquet, ".arrow": frame.write_ipc}
    writers[path.suffix](path)


def read(kind, path, **settings):
    reader = readers.get(kind, **settings)
    return [reader.read(source) for source in reader.discover(path)]


def test_columns_units_time_and_labels(tmp_path, kind):
    frame = table()
    write(frame, tmp_path / f"s07/s07_03_watch.{kind}")
    write(table(40), tmp_path / f"s07/s07_03_phone.{kind}")
    (recording,) = read(
        kind, tmp_path, pattern=f"{{subject}}/{{subject}}_{{trial}}_{{stream}}.{kind}", **TIMED
    )
    assert (recording.id, recording.subject, recording.trial) == ("s07_03", "s07", "03")
    phone, watch = recording.streams
    assert (phone.name, watch.name) == ("phone", "watch")
    assert watch.channels == ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")
    assert watch.units == ("g", "g", "g", "rad/s", "rad/s", "rad/s")
    np.testing.assert_allclose(watch.data[:, 1], frame["y_acc"].to_numpy() / 9.80665, rtol=1e-12)
    np.testing.assert_allclose(watch.data[:, 5], np.radians(frame["z_gyro"].to_numpy()), rtol=1e-12)
    np.testing.assert_allclose(watch.time_s, 1_657_533_977.813 + np.arange(50) * 0.02, atol=1e-6)
    assert list(watch.labels) == ["sit"] * 25 + [None] * 25


def test_columns_tell_who(tmp_path, kind):
    frame = table(60, user=["a"] * 20 + ["b"] * 40, act=["sit"] * 10 + ["walk"] * 50)
    write(frame, tmp_path / f"all.{kind}")
    recordings = read(
        kind,
        tmp_path / f"all.{kind}",
        columns={"subject": "user", "activity": "act"},
        rate_hz=50.0,
        **BASE,
    )
    assert [(r.subject, r.activity, len(r.streams[0].data)) for r in recordings] == [
        ("a", "sit", 10),
        ("a", "walk", 10),
        ("b", "walk", 40),
    ]
    assert len({r.id for r in recordings}) == 3
    last = recordings[2].streams[0].data[:, 0] * 9.80665
    np.testing.assert_allclose(last, frame["x_acc"][20:].to_numpy())


@pytest.mark.parametrize(
    ("time_format", "stamps"),
    [
        ("s", [10.0, 10.02, 10.04]),
        ("ms", [10000, 10020, 10040]),
        ("us", [10_000_000, 10_020_000, 10_040_000]),
        ("ns", [10_000_000_000, 10_020_000_000, 10_040_000_000]),
        ("iso", ["1970-01-01T00:00:10Z", "1970-01-01T00:00:10.020Z", "1970-01-01T00:00:10.040Z"]),
        ("iso", [f"1970-01-01 09:00:10{part}+09:00" for part in ("", ".020", ".04")]),
        ("iso", ["1970-01-01 00:00:10", "1970-01-01 00:00:10.02", "1970-01-01 00:00:10.04"]),
    ],
)
def test_time_formats(tmp_path, kind, time_format, stamps):
    write(table(3, timestamp=stamps), tmp_path / f"s1.{kind}")
    settings = TIMED | {"time_format": time_format, "pattern": f"{{subject}}.{kind}"}
    (recording,) = read(kind, tmp_path, **settings)
    np.testing.assert_allclose(recording.streams[0].time_s, [10.0, 10.02, 10.04], atol=1e-6)


def test_stamps_with_a_zone_in_parquet(tmp_path):
    frame = table(3, timestamp=[10_000, 10_020, 10_040]).with_columns(
        pl.col("timestamp").cast(pl.Datetime("ms", "Europe/Berlin"))
    )
    write(frame, tmp_path / "s1.parquet")
    (recording,) = read("parquet", tmp_path, **TIMED, pattern="{subject}.parquet")
    np.testing.assert_allclose(recording.streams[0].time_s, [10.0, 10.02, 10.04])


def test_empty_cells_and_nan_are_missing(tmp_path):
    (tmp_path / "s1.csv").write_text("x,y\n1,2\n,NaN\n3,nan\n 4 ,5e-1\n")
    (recording,) = read(
        "csv", tmp_path, channels=["x", "y"], units="g", rate_hz=5.0, pattern="{subject}.csv"
    )
    expected = [[1, 2], [np.nan, np.nan], [3, np.nan], [4, 0.5]]
    np.testing.assert_array_equal(recording.streams[0].data, expected)


def refuse(kind, path, message, **settings):
    with pytest.raises(FormatError, match=message):
        read(kind, path, **({"pattern": f"{{subject}}.{kind}"} | settings))


def test_a_wrong_column_names_the_near_one(tmp_path, kind):
    write(table(), tmp_path / f"s1.{kind}")
    wrong = TIMED | {"channels": {"acc_x": "x_ac"}, "units": "g"}
    refuse(kind, tmp_path, "s1.*no column 'x_ac'; did you mean 'x_acc'.*it has 'x_acc'", **wrong)


@pytest.mark.parametrize("row", [1, 2, 3000])
def test_a_cell_that_is_no_number_is_named_by_row_and_column(tmp_path, row):
    cells = [f"{i},{i}.5" for i in range(4000)]
    cells[row - 1] = "1,oops"
    (tmp_path / "s1.csv").write_text("\n".join(["x,y", *cells]))
    refuse(
        "csv",
        tmp_path,
        rf"s1.csv: row {row}, column 'y': expected a number, got 'oops'; 1 cells",
        channels=["x", "y"],
        units="g",
        rate_hz=5.0,
    )


@pytest.mark.parametrize(
    ("time_format", "cell", "what"),
    [("ms", "soon", "a number"), ("iso", "2020-13-45", "an ISO 8601 time")],
)
def test_a_stamp_that_is_none_is_named(tmp_path, time_format, cell, what):
    good = "5" if time_format == "ms" else "2020-01-01T00:00:00"
    (tmp_path / "s1.csv").write_text(f"x,t\n1,{good}\n2,{cell}\n")
    refuse(
        "csv",
        tmp_path,
        f"row 2, column 't': expected {what}, got '{cell}'",
        channels=["x"],
        units="g",
        time="t",
        time_format=time_format,
    )


def test_text_where_numbers_belong_in_parquet(tmp_path):
    write(table(3, x_acc=["a", "b", "c"]), tmp_path / "s1.parquet")
    refuse("parquet", tmp_path, "column 'x_acc': expected numbers, got String", **TIMED)


@pytest.mark.parametrize("content", [b"", b"  \n\n", b"PAR1", b"\x00\x01\x02\xff" * 50])
def test_a_foreign_or_empty_file(tmp_path, kind, content):
    (tmp_path / f"s1.{kind}").write_bytes(content)
    refuse(kind, tmp_path, "s1", **TIMED)


def test_a_header_and_nothing_else(tmp_path, kind):
    write(table(50).head(0), tmp_path / f"s1.{kind}")
    refuse(kind, tmp_path, "no samples", **TIMED)


@pytest.mark.parametrize(("kind", "what"), [("parquet", "Parquet"), ("arrow", "Arrow")])
def test_a_truncated_file(tmp_path, kind, what):
    write(table(500), tmp_path / f"s1.{kind}")
    content = (tmp_path / f"s1.{kind}").read_bytes()
    (tmp_path / f"s1.{kind}").write_bytes(content[: len(content) // 2])
    refuse(kind, tmp_path, f"not a whole {what} file", **TIMED)


def test_an_arrow_stream(tmp_path):
    table(50).write_ipc_stream(tmp_path / "s1.arrows")
    (recording,) = read("arrow", tmp_path, **TIMED, pattern="{subject}.arrows")
    assert len(recording.streams[0].data) == 50


def test_stamps_without_a_zone_are_of_the_one_given(tmp_path):
    frame = table(3, timestamp=["1970-01-01 01:00:10", "1970-01-01 01:00:11", ""])
    write(frame, tmp_path / "s1.csv")
    settings = TIMED | {"time_format": "auto", "time_zone": "Europe/Berlin"}
    (recording,) = read("csv", tmp_path, **settings, pattern="{subject}.csv")
    np.testing.assert_array_equal(recording.streams[0].time_s, [10.0, 11.0, np.nan])


def test_units_and_the_clock_as_the_header_says(tmp_path):
    text = "time (ms);acc x (m/s^2);gyr [mdps]\n0;9,80665;180000\n20;0;0\n"
    (tmp_path / "s1.csv").write_text(text)
    settings = {"channels": {"acc_x": "acc x (m/s^2)", "gyro_z": "gyr [mdps]"}}
    settings |= {"time": "time (ms)", "pattern": "{subject}.csv"}
    (recording,) = read("csv", tmp_path, **settings)
    (stream,) = recording.streams
    assert stream.units == ("g", "rad/s")
    np.testing.assert_allclose(stream.data[0], [1.0, np.pi])
    np.testing.assert_array_equal(stream.time_s, [0.0, 0.02])
    (tmp_path / "s1.csv").write_text(text.replace(" [mdps]", ""))
    refuse("csv", tmp_path, "nothing tells the unit of column 'gyr'; say units",
           **(settings | {"channels": {"gyro_z": "gyr"}}))  # fmt: skip
    (tmp_path / "s1.csv").write_text("n;x\n0;1\n1;2\n2;3\n")
    refuse("csv", tmp_path, "s1.csv: column 'n': .* if they count rows", channels=["x"],
           units="g", time="n")  # fmt: skip


def test_other_paths_are_ignored_and_listed(tmp_path, kind):
    write(table(), tmp_path / f"s1/walk_1.{kind}")
    write(table(), tmp_path / f"info.{kind}")
    reader = readers.get(kind, pattern=f"{{subject}}/{{activity}}_{{trial}}.{kind}", **TIMED)
    (source,) = reader.discover(tmp_path)
    assert reader.ignored == (f"info.{kind}",)
    recording = reader.read(source)
    assert (recording.subject, recording.activity, recording.trial) == ("s1", "walk", "1")


def test_a_skeleton_in_columns(tmp_path, kind):
    columns = {f"j{j}{a}": RNG.normal(size=7) for j in range(20) for a in "xyz"}
    write(pl.DataFrame(columns), tmp_path / f"s1.{kind}")
    settings = {"units": "mm", "rate_hz": 30.0, "modality": "skeleton", "layout": "kinect_v1"}
    settings["pattern"] = f"{{subject}}.{kind}"
    (recording,) = read(kind, tmp_path, channels=list(columns), **settings)
    (stream,) = recording.streams
    assert stream.data.shape == (7, 20, 3)
    assert stream.units == ("m", "m", "m")
    np.testing.assert_allclose(stream.data[:, 4, 1], columns["j4y"] / 1000)
    with pytest.raises(ConfigError, match="expected 40 or 60 columns"):
        read(kind, tmp_path, channels=list(columns)[:-3], **settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "time column or rate_hz"),
        ({"rate_hz": 50.0}, "nothing tells the subject"),
        ({"rate_hz": 50.0, "pattern": "{person}.csv"}, "no field {person}"),
        ({"time": "t", "time_format": "min", "pattern": "{subject}.csv"}, "time_format"),
        ({"rate_hz": 50.0, "fixed": {"who": "x"}}, "fixed: expected some of"),
        ({"rate_hz": 50.0, "units": {"gyro": "rad/s"}}, "none given for channel 'acc_x'"),
        ({"rate_hz": 50.0, "channels": {}}, "at least one column"),
        ({"time": "t", "time_format": "ms", "time_zone": "UTC"}, "time_zone: is for dates"),
        ({"rate_hz": 50.0, "label": "a", "intervals": {}}, "label or intervals, got both"),
        ({"rate_hz": 50.0, "intervals": {"path": "a.csv"}}, "intervals: expected 'start'"),
        ({"rate_hz": 50.0, "intervals": {"file": "a.csv"}}, "file='a.csv': expected some of path"),
    ],
)
def test_settings_that_make_no_sense(settings, message):
    with pytest.raises(ConfigError, match=message):
        readers.get("csv", **(BASE | settings))


def test_missing_and_empty_folders(tmp_path, kind):
    reader = readers.get(kind, **TIMED, fixed={"subject": "1"})
    with pytest.raises(FileNotFoundError):
        reader.discover(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="no file under"):
        reader.discover(tmp_path)
