import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError
from kinefuse.readers.wisdm_records import load_records

RNG = np.random.default_rng(0)
STEP = 50_000_000


def records(user, activity, begin_s, rows, data=None):
    data = RNG.normal(size=(rows, 3)).round(4) if data is None else data
    stamps = int(begin_s * 1e9) + np.arange(rows) * STEP
    return [
        f"{user},{activity},{t},{x},{y},{z};" for t, (x, y, z) in zip(stamps, data, strict=True)
    ]


def read(name, path, **options):
    reader = readers.get(name, **options)
    return [reader.read(source) for source in reader.discover(path)]


def v1(path, *lines):
    (path / "WISDM_ar_v1.1_raw.txt").write_text("\n".join(lines) + "\n")
    return path


def test_records_that_are_none_are_left_out_and_counted(tmp_path):
    good = records(33, "Jogging", 100, 3, [[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    text = [
        good[0] + good[1],  # two in a line
        good[2].replace(";", ",;"),  # a comma too many
        "33,Jogging,1000,1,2;",
        "33,Jogging,1000,1,2,;",
        "33,Jogging,1000,1,2,x;",
        "33,Jogging,0,0,0,0;",
        "",
    ]
    v1(tmp_path, *text)
    table, counts = load_records(tmp_path / "WISDM_ar_v1.1_raw.txt")
    assert table.select("x", "y", "z").to_numpy().tolist() == [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    assert table["stamp"].to_list() == [int(100e9) + i * STEP for i in range(3)]
    assert counts == {"records_malformed": 3, "records_without_a_stamp": 1}


def test_v1_is_a_recording_a_person_with_labels_and_g(tmp_path):
    data = RNG.normal(size=(60, 3)).round(4)
    v1(
        tmp_path,
        *records(33, "Jogging", 100, 60, data),
        *records(2, "Sitting", 5, 40),
        *records(33, "Walking", 103.0, 60),
    )
    two, jogger = read("wisdm-v1", tmp_path)
    assert (two.subject, jogger.subject) == ("2", "33")
    (stream,) = jogger.streams
    np.testing.assert_allclose(stream.data[:60], data / 9.80665)
    assert stream.labels[[0, 59, 60]].tolist() == ["jogging", "jogging", "walking"]
    np.testing.assert_allclose(np.diff(stream.time_s), 0.05)
    report = ingest("wisdm-v1", tmp_path, tmp_path / "store")
    assert (report.recordings, report.activities) == (2, 3)


def test_where_the_clock_goes_back_what_follows_stands_behind(tmp_path):
    v1(tmp_path, *records(1, "Jogging", 100, 60), *records(1, "Walking", 100.5, 60))
    (recording,) = read("wisdm-v1", tmp_path)
    steps = np.diff(recording.streams[0].time_s)
    assert steps.argmax() == 59
    assert steps[59] == pytest.approx(10.0)
    assert recording.counts == {"stretches_moved": 1}


def test_v1_refuses_other_activities_and_empty_files(tmp_path):
    with pytest.raises(FormatError, match="holds no file named"):
        read("wisdm-v1", tmp_path)
    v1(tmp_path, *records(1, "Flying", 1, 5))
    with pytest.raises(FormatError, match=r"user 1: expected activities.*'flying'"):
        read("wisdm-v1", tmp_path)
    v1(tmp_path, "nothing")
    with pytest.raises(FormatError, match="expected records"):
        read("wisdm-v1", tmp_path)


def put(path, subject, sensor, device, *lines):
    file = path / f"raw/{device}/{sensor}/data_{subject}_{sensor}_{device}.txt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n")
    return file


def test_2019_has_both_sensors_of_a_device_on_one_clock(tmp_path):
    acc, gyro = RNG.normal(size=(2, 100, 3)).round(4)
    for device in ("phone", "watch"):
        put(
            tmp_path,
            1600,
            "accel",
            device,
            *records(1600, "A", 50, 100, acc),
            *records(1600, "B", 20, 40),
        )
        put(
            tmp_path,
            1600,
            "gyro",
            device,
            *records(1600, "A", 50, 100, gyro),
            *records(1600, "B", 20, 40),
        )
    phone, watch = read("wisdm-2019", tmp_path)
    assert (phone.id, phone.session, watch.session) == ("1600_phone", "phone", "watch")
    one, two = phone.streams
    np.testing.assert_allclose(one.data[40:], acc / 9.80665)
    np.testing.assert_array_equal(two.data[40:], gyro)
    assert one.labels[[0, 39, 40]].tolist() == ["jogging", "jogging", "walking"]
    np.testing.assert_array_equal(one.time_s, two.time_s)
    assert one.time_s[40] - one.time_s[0] == pytest.approx(30.0)
    report = ingest("wisdm-2019", tmp_path, tmp_path / "store")
    assert (report.recordings, report.failed) == (2, ())
    assert MotionStore(tmp_path / "store").schema["inertial"].shape == (6,)
    assert len(read("wisdm-2019", tmp_path, devices=["watch"])) == 1


def test_2019_moves_both_sensors_alike(tmp_path):
    for sensor in ("accel", "gyro"):
        lines = (*records(1600, "A", 50, 100), *records(1600, "B", 52, 100))
        put(tmp_path, 1600, sensor, "phone", *lines)
    (recording,) = read("wisdm-2019", tmp_path)
    one, two = recording.streams
    np.testing.assert_array_equal(one.time_s, two.time_s)
    assert recording.counts == {"stretches_moved": 1}
    assert np.diff(one.time_s).max() == pytest.approx(10.0)


def test_2019_names_what_is_missing_or_strange(tmp_path):
    with pytest.raises(FormatError, match="holds no file named like"):
        read("wisdm-2019", tmp_path)
    with pytest.raises(ConfigError, match="devices"):
        readers.get("wisdm-2019", devices=["ring"])
    put(tmp_path, 1600, "accel", "phone", *records(1600, "A", 1, 5))
    with pytest.raises(FormatError, match="no file of its gyro"):
        read("wisdm-2019", tmp_path)
    put(tmp_path, 1600, "gyro", "phone", *records(1600, "N", 1, 5))
    with pytest.raises(FormatError, match=r"gyro_phone.*expected an activity.*'N'"):
        read("wisdm-2019", tmp_path)
