import gzip
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import readers
from kinefuse.data import ChunkedStream, MotionStore, ingest
from kinefuse.errors import FormatError
from kinefuse.readers.actigraph_csv import read_header

RNG = np.random.default_rng(7)
START = datetime(2017, 5, 9, 23, 59, 59, tzinfo=UTC)
NAMES = {3: ["Accelerometer X", "Accelerometer Y", "Accelerometer Z"]}
NAMES[10] = [
    *NAMES[3], "Temperature", *(f"{what} {axis}" for what in ("Gyroscope", "Magnetometer")
                                for axis in "XYZ"),
]  # fmt: skip
PYTHON = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d"}
HEADER = """------------ Data File Created By ActiGraph {device} ActiLife v6.13.3 Firmware v2.5.0 \
date format {dates} at {rate} Hz  Filter Normal -----------
Serial Number: NEO1B41100262
Start Time {start:%H:%M:%S}
Start Date {date}
Epoch Period (hh:mm:ss) {epoch}
Download Time 12:05:23
Download Date {date}
Current Memory Address: 0
Current Battery Voltage: 4.21     Mode = 12
--------------------------------------------------
"""


def stamps(n, rate, dates="M/d/yyyy", imu=False):
    written = "%Y-%m-%dT%H:%M:%S.%f0" if imu else f"{python(dates)} %H:%M:%S.%f"
    moments = [START + timedelta(microseconds=round(1e6 * k / rate)) for k in range(n)]
    return [m.strftime(written)[: None if imu else -3] for m in moments]


def python(dates):
    for sign in "/.-":
        if sign in dates:
            return sign.join(PYTHON[part] for part in dates.split(sign))
    raise AssertionError


def write(
    path, rows, *, stamped=None, named=True, separator=",", decimal=".", line_end="\r\n", **told
):
    told = {"device": "GT3X+", "dates": "M/d/yyyy", "rate": 30, "epoch": "00:00:00"} | told
    told.setdefault("date", START.strftime(python(told["dates"])))
    lines = HEADER.format(start=START, **told).splitlines()
    if named:
        names = NAMES[rows.shape[1]]
        lines.append(separator.join(["Timestamp", *names] if stamped else names))
    for k, row in enumerate(rows):
        cells = [repr(float(x)).replace(".", decimal) for x in row]
        lines.append(separator.join([stamped[k], *cells] if stamped else cells))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((line_end.join(lines) + line_end).encode())
    return path


def read(path, **options):
    reader = readers.get("actigraph-csv", **options)
    return [reader.read(source) for source in reader.discover(path)]


def joined(stream):
    chunks = list(stream.read())
    times = [chunk.time_s for chunk in chunks]
    return np.concatenate([chunk.data for chunk in chunks]), (
        None if times[0] is None else np.concatenate(times)
    )


def draw(n, columns=3):
    return RNG.integers(-3000, 3000, (n, columns)) / 1000


def test_rows_without_stamps_are_at_the_rate_from_the_start(tmp_path):
    rows = draw(70)
    write(tmp_path / "p07/s07RAW.csv", rows)
    (recording,) = read(tmp_path)
    assert (recording.id, recording.subject) == ("p07/s07RAW.csv", "s07")
    words = "separator comma, 1 header line, 10 lines before it, no stamps"
    assert recording.found == {"actigraph": words}
    (stream,) = recording.streams
    assert isinstance(stream, ChunkedStream)
    assert (stream.name, stream.rate_hz, stream.units) == ("actigraph", 30.0, ("g",) * 3)
    assert (stream.timed, stream.start_s) == (False, START.timestamp())
    data, _ = joined(stream)
    np.testing.assert_array_equal(data, rows)
    assert not stream.counts
    header = read_header(tmp_path / "p07/s07RAW.csv")
    assert (header.device, header.serial, header.lines) == ("GT3X+", "NEO1B41100262", 10)
    assert header.told["Current Battery Voltage"] == "4.21     Mode = 12"


@pytest.mark.parametrize("dates", ["M/d/yyyy", "dd/MM/yyyy", "d.M.yyyy", "yyyy-MM-dd", "M/d/yy"])
def test_stamps_are_as_the_first_line_says(tmp_path, dates):
    rows = draw(70)
    file = write(tmp_path / "a.csv", rows, stamped=stamps(70, 30, dates), dates=dates)
    (stream,) = read(file)[0].streams
    data, time_s = joined(stream)
    np.testing.assert_array_equal(data, rows)
    np.testing.assert_allclose(time_s, START.timestamp() + np.arange(70) / 30, rtol=0, atol=1e-3)


def test_between_the_parts_of_a_date_may_be_what_is_usual_there(tmp_path):
    written = [stamp.replace("/", ".") for stamp in stamps(40, 30, "dd/MM/yyyy")]
    file = write(
        tmp_path / "a.csv", draw(40), stamped=written, dates="dd/MM/yyyy", date="09.05.2017",
        separator=";", decimal=",",
    )  # fmt: skip
    _, time_s = joined(read(file)[0].streams[0])
    np.testing.assert_allclose(time_s[[0, -1]], START.timestamp() + np.array([0, 1.3]), atol=1e-3)


@pytest.mark.parametrize("named", [True, False])
def test_the_inertial_unit_has_more(tmp_path, named):
    rows = draw(60, 10)
    file = write(
        tmp_path / "s1_IMU.csv", rows, stamped=stamps(60, 100, imu=True), named=named, rate=100,
        device="Link IMU 9DOF Sensor",
    )  # fmt: skip
    (recording,) = read(file, auxiliary=True)
    motion, other = recording.streams
    assert recording.subject == "s1"
    assert motion.channels[2:5] == ("acc_z", "gyro_x", "gyro_y")
    assert motion.units[2::3] == ("g", "rad/s", "uT")
    data, time_s = joined(motion)
    np.testing.assert_array_equal(data[:, :3], rows[:, :3])
    np.testing.assert_allclose(data[:, 3:6], np.radians(rows[:, 4:7]), rtol=1e-12)
    np.testing.assert_array_equal(data[:, 6:], rows[:, 7:])
    np.testing.assert_allclose(time_s, START.timestamp() + np.arange(60) / 100, rtol=0, atol=1e-6)
    assert (other.modality, other.units) == ("auxiliary", ("degC",))
    np.testing.assert_array_equal(joined(other)[0][:, 0], rows[:, 3])
    assert read_header(file).device == "Link IMU 9DOF Sensor"


def test_devices_worn_together_are_one_recording(tmp_path):
    for where in ("wrist", "hip"):
        write(tmp_path / f"s1_{where}RAW.csv", draw(40))
    write(tmp_path / "s2_hipRAW.csv", draw(40))
    packed = tmp_path / "s2_hipRAW.csv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "s2_hipRAW.csv").read_bytes()))
    (tmp_path / "s2_hipRAW.csv").unlink()
    one, two = read(tmp_path, pattern="{subject}_{stream}RAW.{_}")
    assert [stream.name for stream in one.streams] == ["hip", "wrist"]
    assert (one.subject, two.subject) == ("s1", "s2")
    assert len(joined(two.streams[0])[0]) == 40


def test_rows_without_stamps_come_into_a_store(tmp_path):
    rows = draw(300)
    write(tmp_path / "raw/s1RAW.csv", rows)
    reader = readers.get("actigraph-csv", fixed={"activity": "walk"})
    ingest(reader, tmp_path / "raw", tmp_path / "store", rate_hz={"inertial": 30.0})
    store = MotionStore(tmp_path / "store")
    np.testing.assert_array_equal(store.read("s1RAW.csv", "inertial"), rows.astype(np.float32))
    assert store.time_s("s1RAW.csv", "inertial")[0] == START.timestamp()


def test_recognized_by_their_first_line(tmp_path):
    write(tmp_path / "a.csv", draw(5))
    (tmp_path / "b.csv").write_text("x,y\n1,2\n")
    first = readers.recognize(tmp_path)[0]
    assert first == ("actigraph-csv", "1 of 2 files begin as ActiLife writes them")


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(
        st.lists(st.floats(-16, 16), min_size=3, max_size=3),
        min_size=1,
        max_size=40,
    ),
    named=st.booleans(),
    stamped=st.booleans(),
    dialect=st.sampled_from([(",", "."), (";", ","), (";", "."), ("\t", ",")]),
    line_end=st.sampled_from(["\n", "\r\n"]),
    rate=st.sampled_from([30, 40, 60, 80, 100]),
)
def test_what_is_written_comes_back(
    tmp_path_factory, values, named, stamped, dialect, line_end, rate
):
    rows = np.array([[0.5, 0.25, -1.5]] * 3 + values)  # or no dialect could be told
    separator, decimal = dialect
    file = write(
        tmp_path_factory.getbasetemp() / "any.csv", rows, named=named, rate=rate,
        stamped=stamps(len(rows), rate) if stamped else None, separator=separator,
        decimal=decimal, line_end=line_end,
    )  # fmt: skip
    (stream,) = read(file)[0].streams
    data, time_s = joined(stream)
    np.testing.assert_array_equal(data, rows)
    assert stream.rate_hz == rate
    if stamped:
        expected = START.timestamp() + np.arange(len(rows)) / rate
        np.testing.assert_allclose(time_s, expected, rtol=0, atol=1e-3)


def test_chunks_hold_what_the_file_holds(tmp_path, monkeypatch):
    rows = draw(400)
    file = write(tmp_path / "a.csv", rows, stamped=stamps(400, 30))
    (stream,) = read(file)[0].streams
    whole, whole_s = joined(stream)
    monkeypatch.setattr("kinefuse.readers.text_table.BLOCK_BYTES", 300)
    assert len(list(stream.read())) > 20
    data, time_s = joined(stream)
    np.testing.assert_array_equal(data, whole)
    np.testing.assert_array_equal(time_s, whole_s)
    reached = [chunk.bytes_read for chunk in stream.read() if chunk.bytes_read is not None]
    assert reached[-1] == file.stat().st_size


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("Data File", "Data Table File"), "got a table of counts by epoch"),
        (("------------ Data File", "Data"), "line 1: expected '-+ Data File Created By ActiGraph"),
        ((" at 30 Hz", ""), r"line 1: expected the rate \('at 30 Hz'\)"),
        ((" at 30 Hz", " at 0 Hz"), "expected the rate"),
        (("date format M/d/yyyy ", ""), "expected 'date format M/d/yyyy'"),
        (("M/d/yyyy", "M/M/yyyy"), "expected day, month and year, got 'M/M/yyyy'"),
        (("hh:mm:ss) 00:00:00", "hh:mm:ss) 00:01:00"), "got counts by epochs of 00:01:00"),
        (("Start Date", "Begin"), "expected a line 'Start Date …' in the header"),
        (("5/9/2017", "15/9/2017"), "'Start Date, Start Time': expected a time like %m/%d/%Y"),
        (("Accelerometer Z", "Temperature"), "Z, got Accelerometer X, Accelerometer Y, Temp"),
        (("--------------------------------------------------", ""), "expected a line of dashes"),
        (
            ("0.5,0.5,0.5", "0.5,0.5,much"),
            "column 'Accelerometer Z': expected a number, got 'much'",
        ),
        (("0.5,0.5,0.5", "0.5,0.5,0.5,1"), "expected 3 cells, got 4"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, change, message):
    file = write(tmp_path / "a.csv", np.full((30, 3), 0.5), date="5/9/2017")
    content = file.read_bytes().decode()
    assert change[0] in content
    file.write_bytes(content.replace(change[0], change[1], 1).encode())
    with pytest.raises(FormatError, match=rf"a\.csv: .*{message}"):
        joined(read(file)[0].streams[0])


def test_a_header_and_no_more(tmp_path):
    file = write(tmp_path / "a.csv", draw(0))
    with pytest.raises(FormatError, match="no samples"):
        joined(read(file)[0].streams[0])
    file = write(tmp_path / "a.csv", draw(0), named=False)
    with pytest.raises(FormatError, match=r"a\.csv: holds nothing"):
        read(file)
    with pytest.raises(FormatError, match="there is no column beside motion"):
        read(write(tmp_path / "a.csv", draw(9)), auxiliary=True)


def test_rows_that_are_short_or_cut_off_are_counted(tmp_path):
    file = write(tmp_path / "a.csv", draw(60))
    file.write_bytes(file.read_bytes() + b"0.25,0.5\r\n0.5,0.5,0.25\r\n0.1,0")
    (stream,) = read(file)[0].streams
    data, _ = joined(stream)
    np.testing.assert_array_equal(data[60:], [[0.25, 0.5, np.nan], [0.5, 0.5, 0.25]])
    assert dict(stream.counts) == {"rows_too_short": 1, "rows_cut_off": 1}
