"""Recordings as people publish them, read with a few lines of settings and no code."""

import tomllib

import numpy as np
import polars as pl
import pytest
from tests.real.recordings import folder

from kinefuse import readers
from kinefuse.data import MotionStore, ingest

pytestmark = pytest.mark.real


def read(kind, path, text):
    reader = readers.get(kind, **tomllib.loads(text))
    return reader, [reader.read(source) for source in reader.discover(path)]


SISFALL = """
names = ["ax", "ay", "az", "gx", "gy", "gz", "bx", "by", "bz"]
channels = { acc = ["ax", "ay", "az"], gyro = ["gx", "gy", "gz"] }
units = { acc = "32/8192 g", gyro = "4000/65536 deg/s" }
rate_hz = 200
pattern = "{_}/{activity}_{subject}_R{trial}.txt"
"""


def test_sisfall_with_padded_cells_and_rows_that_end_in_semicolons():
    reader, recordings = read("csv", folder("sisfall"), SISFALL)
    assert reader.ignored == ("Readme.txt",)
    assert len(recordings) > 50
    assert {recording.subject for recording in recordings} == {"SA01"}
    sizes = [np.median(np.linalg.norm(r.streams[0].data[:, :3], axis=1)) for r in recordings]
    assert np.median(sizes) == pytest.approx(1.0, abs=0.05)
    file = folder("sisfall") / "SA01/D01_SA01_R01.txt"
    rows = [line.rstrip("; \n").split(",") for line in file.read_text().split("\n") if line.strip()]
    counts = np.array(rows, dtype=float)
    first = next(r for r in recordings if (r.activity, r.trial) == ("D01", "01"))
    np.testing.assert_allclose(first.streams[0].data[:, :3], counts[:, :3] / 256, rtol=1e-12)


def test_gaitmap_with_two_header_lines():
    channels = ", ".join(
        f"{foot}_{kind} = " + str([f"{foot}_sensor.{name}_{axis}" for axis in "xyz"])
        for foot in ("left", "right")
        for kind, name in (("acc", "acc"), ("gyro", "gyr"))
    )
    text = f"""
        channels = {{ {channels} }}
        rate_hz = 204.8
        fixed = {{ subject = "1" }}
        pattern = "imu_sample.csv"
        [units]
        left_acc = "m/s2"
        right_acc = "m/s2"
        left_gyro = "deg/s"
        right_gyro = "deg/s"
    """
    reader, (recording,) = read("csv", folder("gaitmap-example"), text)
    assert len(reader.ignored) > 5
    data = recording.streams[0].data
    raw = pl.read_csv(
        folder("gaitmap-example") / "imu_sample.csv", skip_rows=2, has_header=False
    ).to_numpy()
    np.testing.assert_allclose(data[:, 0], raw[:, 1] / 9.80665, rtol=1e-12)
    np.testing.assert_allclose(data[:, 11], np.radians(raw[:, 12]), rtol=1e-12)
    for foot in (data[:, 0:3], data[:, 6:9]):
        assert np.median(np.linalg.norm(foot, axis=1)) == pytest.approx(1.0, abs=0.2)  # walking


def test_gaitmap_strides_as_intervals_of_rows():
    text = """
        channels = ["left_sensor.acc_x"]
        units = "m/s2"
        rate_hz = 204.8
        fixed = { subject = "left" }
        pattern = "imu_sample.csv"
        [intervals]
        path = "stride_borders_sample.csv"
        start = "start"
        stop = "end"
        label = "foot"
        by = "rows"
        columns = { subject = "foot" }
    """
    _, (recording,) = read("csv", folder("gaitmap-example"), text)
    labels = recording.streams[0].labels
    strides = pl.read_csv(folder("gaitmap-example") / "stride_borders_sample.csv").filter(
        foot="left"
    )
    inside = np.zeros(len(labels), dtype=bool)
    for start, end in strides.select("start", "end").iter_rows():
        inside[start:end] = True
    assert 0.1 < inside.mean() < 0.9
    assert [label == "left" for label in labels] == inside.tolist()


OPENPACK = """
channels = { acc = ["acc_x", "acc_y", "acc_z"], gyro = ["gyro_x", "gyro_y", "gyro_z"] }
units = { acc = "g", gyro = "deg/s" }
time = "unixtime"
pattern = "{subject}/atr/{stream}/{session}.csv"
[intervals]
path = "{subject}/annotation/openpack-operations/{session}.csv"
start = "start"
stop = "end"
label = "operation"
"""


def test_openpack_with_four_sensors_and_labels_of_another_table(tmp_path):
    reader = readers.get("csv", **tomllib.loads(OPENPACK))
    path = folder("openpack-u0209")
    report = ingest(reader, path, tmp_path / "store", rate_hz={"inertial": 30.0})
    assert (report.recordings, report.failed) == (1, ())
    store = MotionStore(tmp_path / "store")
    id_ = store.recordings["id"][0]
    x = store.read(id_, "inertial")
    assert x.shape[1] == 24
    for sensor in range(4):
        acc = x[:, 6 * sensor : 6 * sensor + 3]
        assert np.median(np.linalg.norm(acc, axis=1)) == pytest.approx(1.0, abs=0.1)
    # The share of each operation, against the table that OpenPack gives second by second.
    table = path / "U0209/annotation"
    names = dict(
        pl.read_csv(table / "openpack-operations/S0500.csv").select("id", "operation").iter_rows()
    )
    seconds = pl.read_csv(table / "openpack-operations-1hz/S0500.csv")
    begin, end = seconds["unixtime"].min() / 1000, seconds["unixtime"].max() / 1000 + 1
    times = store.time_s(id_, "inertial")
    labels = np.array([*store.classes, None], dtype=object)[store.labels()]
    within = labels[(times >= begin) & (times < end)]
    for number, name in names.items():
        expected = (seconds["id"] == number).mean()
        assert (within == name).mean() == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("file", "channels", "unit", "rate_hz"),
    [
        ("acc", '{ acc = ["ACC_x", "ACC_y", "ACC_z"] }', "1/64 g", 32.0),
        ("gsr", '["EDA"]', "uS", 4.0),
        ("tmp", '["TMP"]', "degC", 4.0),
    ],
)
def test_empatica_in_parquet_with_dates(file, channels, unit, rate_hz):
    text = f"""
        channels = {channels}
        units = "{unit}"
        time = "timestamp"
        fixed = {{ subject = "1" }}
    """
    _, (recording,) = read("parquet", folder("empatica-tsflex") / f"{file}.parquet", text)
    (stream,) = recording.streams
    assert np.median(np.diff(stream.time_s)) == pytest.approx(1 / rate_hz, rel=1e-3)
    assert np.ptp(stream.time_s) == pytest.approx(2.1 * 3600, rel=0.05)
    if file == "acc":
        assert stream.units == ("g", "g", "g")
        norm = np.linalg.norm(stream.data, axis=1)
        assert np.median(norm) == pytest.approx(1.0, abs=0.1)


def test_utd_mhad_in_matlab_files():
    text = """
        channels = { acc = "d_iner[0:3]", gyro = "d_iner[3:6]" }
        units = { acc = "g", gyro = "deg/s" }
        rate_hz = 50
        pattern = "a{activity}_s{subject}_t{trial}_inertial.mat"
    """
    reader = readers.get("mat", **tomllib.loads(text))
    sources = reader.discover(folder("utd-mhad") / "Inertial")
    own = readers.get("utd-mhad")
    expected = {source.name: source for source in own.discover(folder("utd-mhad"))}
    assert len(sources) == 861
    for source in sources[::100]:
        recording = reader.read(source)
        name = f"a{recording.activity}_s{recording.subject}_t{recording.trial}"
        inertial = next(s for s in own.read(expected[name]).streams if s.modality == "inertial")
        np.testing.assert_allclose(recording.streams[0].data, inertial.data, rtol=1e-12)
