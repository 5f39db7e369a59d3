import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.data.chunked import names_of
from kinefuse.errors import FormatError

RNG = np.random.default_rng(0)
HEADER = "x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp,label"
START_MS = 1657534605376


def rows(rate_hz, start_ms, labels, seconds=4.0):
    time_ms = start_ms + np.round(np.arange(0, 1000 * seconds, 1000 / rate_hz)).astype(int)
    values = RNG.normal(size=(len(time_ms), 6)) * 9.80665
    said = [labels[int(i * len(labels) / len(time_ms))] for i in range(len(time_ms))]
    return values, time_ms, said


def write(path, name, values, time_ms, said):
    file = path / "DATA" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        ",".join([*map(repr, row), str(ms), label])
        for row, ms, label in zip(values.tolist(), time_ms, said, strict=True)
    ]
    file.write_text("\n".join([HEADER, *lines]) + "\n")
    return file


@pytest.fixture
def pair(tmp_path):
    phone = rows(102.5, START_MS, ["SEATED", "STANDING_UP", "WALKING", ""])
    watch = rows(104.3, START_MS - 500, ["WALKING"])
    write(tmp_path, "s03/s03_07_sp.csv", *phone)
    write(tmp_path, "s03/s03_07_sw.csv", *watch)
    return tmp_path, phone, watch


def read(path):
    reader = readers.get("sp-sw-har")
    return [reader.read(source) for source in reader.discover(path)]


def test_two_devices_with_units_clocks_and_the_labels_of_the_phone(pair):
    path, phone, watch = pair
    (recording,) = read(path)
    assert (recording.id, recording.subject, recording.trial) == ("s03_07", "s03", "07")
    assert recording.modalities == ("phone", "watch")
    for stream, (values, time_ms, _) in zip(recording.streams, (phone, watch), strict=True):
        np.testing.assert_allclose(stream.data[:, :3], values[:, :3] / 9.80665, rtol=1e-14)
        np.testing.assert_array_equal(stream.data[:, 3:], values[:, 3:])
        np.testing.assert_array_equal(np.round(stream.time_s * 1000).astype(int), time_ms)
        assert stream.units == ("g",) * 3 + ("rad/s",) * 3
    assert list(names_of(recording.streams[0])) == [label.lower() or None for label in phone[2]]
    assert recording.streams[1].labels is None


def test_windows_take_the_rows_of_the_same_time(pair):
    path, _, _ = pair
    report = ingest("sp-sw-har", path, path / "store", rate_hz={"phone": 50.0, "watch": 50.0})
    assert report.failed == ()
    store = MotionStore(path / "store")
    index = store.window_index(length_s=0.5, min_share=0.9)
    assert set(index["activity"].drop_nulls()) == {"seated", "standing_up", "walking"}
    for row in index.iter_rows(named=True):
        begin = [
            store.time_s(row["recording"], device)[
                row[f"{device}_start"] - store.recordings[f"{device}_start"][0]
            ]
            for device in ("phone", "watch")
        ]
        assert abs(begin[0] - begin[1]) <= 0.5 / 50 + 1e-6


def test_other_files_are_listed(pair):
    path, _, _ = pair
    (path / "DATA/executions_info.csv").write_text("execution_id\n")
    reader = readers.get("sp-sw-har")
    reader.discover(path)
    assert reader.ignored == ("DATA/executions_info.csv",)


def test_the_watch_may_be_missing_but_not_what_is_labelled(pair):
    path, _, _ = pair
    watch = path / "DATA/s03/s03_07_sw.csv"
    kept = watch.read_bytes()
    watch.unlink()
    assert read(path)[0].modalities == ("phone",)
    watch.write_bytes(kept)
    (path / "DATA/s03/s03_07_sp.csv").unlink()
    with pytest.raises(FormatError, match=r"expected s03_07_sp\.csv"):
        read(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("STANDING_UP", "HOPPING", "column 'label': expected one of SEATED"),
        (str(START_MS), "noon", "row 1, column 'timestamp': expected a number, got 'noon'"),
        ("x_gyro", "x_rate", "no column 'x_gyro'"),
    ],
)
def test_a_wrong_cell_is_refused_by_row(pair, old, new, message):
    path, _, _ = pair
    file = path / "DATA/s03/s03_07_sp.csv"
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(FormatError, match=r"s03_07_sp\.csv") as caught:
        read(path)
    assert message in str(caught.value)


def test_empty_missing_and_twice(pair, tmp_path):
    path, phone, _ = pair
    with pytest.raises(FileNotFoundError):
        read(path / "nowhere")
    (path / "empty").mkdir()
    with pytest.raises(FormatError, match="holds no file named like"):
        read(path / "empty")
    (path / "DATA/s03/s03_07_sp.csv").write_text(HEADER + "\n")
    with pytest.raises(FormatError, match="no samples"):
        read(path)
    write(path, "copy/s03_07_sp.csv", *phone)
    with pytest.raises(FormatError, match="two files of one name"):
        read(path)
