import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import FormatError

HEADER = "Index,Arrival_Time,Creation_Time,x,y,z,User,Model,Device,gt"
RNG = np.random.default_rng(0)
EPOCH_MS = 1_424_696_633_908


def rows(user, device, label, data, *, begin_s=0.0, rate_hz=200.0, boot_ns=0, late_ms=4):
    """Return lines whose arrival is rounded to ms and late, and whose creation counts from boot."""
    out = []
    for i, (x, y, z) in enumerate(data):
        at = begin_s + i / rate_hz
        arrival = EPOCH_MS + late_ms + int(at * 1000)
        creation = boot_ns + round(at * 1e9)
        model = device.partition("_")[0]
        out.append(f"{i},{arrival},{creation},{x},{y},{z},{user},{model},{device},{label}")
    return out


def write(path, name, *lines):
    (path / f"{name}.csv").write_text("\n".join([HEADER, *lines]) + "\n")


def signal(n):
    return RNG.normal(size=(n, 3)).round(4)


def read(path):
    reader = readers.get("hhar")
    return {r.id: r for r in map(reader.read, reader.discover(path))}


@pytest.fixture
def folder(tmp_path):
    acc, gyro = signal(400), signal(300)
    for name, data in (("accelerometer", acc), ("gyroscope", gyro)):
        write(
            tmp_path,
            f"Phones_{name}",
            *rows("a", "nexus4_1", "stand", data[:100], boot_ns=10**15),
            *rows("b", "nexus4_1", "null", signal(50)),
            *rows("a", "nexus4_1", "walk", data[100:], begin_s=0.5, boot_ns=10**15),
        )
        write(tmp_path, f"Watch_{name}", *rows("a", "gear_1", "bike", signal(300), rate_hz=100))
    return tmp_path, acc, gyro


def test_a_recording_is_a_person_with_a_device(folder):
    path, acc, gyro = folder
    found = read(path)
    assert sorted(found) == ["a_gear_1", "a_nexus4_1", "b_nexus4_1"]
    phone = found["a_nexus4_1"]
    assert (phone.subject, phone.session) == ("a", "nexus4_1")
    one, two = phone.streams
    np.testing.assert_allclose(one.data, acc / 9.80665)
    np.testing.assert_array_equal(two.data, gyro)
    assert one.labels[[0, 99, 100]].tolist() == ["standing", "standing", "walking"]
    assert set(found["b_nexus4_1"].streams[0].labels) == {None}
    assert (one.rate_hz, found["a_gear_1"].streams[0].rate_hz) == (200.0, 100.0)


def test_samples_are_as_even_as_created_on_the_time_line_of_arrival(folder):
    path, _, _ = folder
    one, two = read(path)["a_nexus4_1"].streams
    np.testing.assert_allclose(np.diff(one.time_s), 0.005, atol=1e-6)
    assert one.time_s[0] == pytest.approx((EPOCH_MS + 4) / 1000, abs=1e-3)
    assert one.time_s[0] == pytest.approx(two.time_s[0], abs=1e-3)


def test_a_device_that_was_off_goes_on_by_its_arrival(tmp_path):
    lines = (
        *rows("a", "s3_1", "walk", signal(200), boot_ns=10**15),
        *rows("a", "s3_1", "sit", signal(200), begin_s=60, boot_ns=5 * 10**9 - 60 * 10**9),
    )
    write(tmp_path, "Phones_accelerometer", *lines)
    write(tmp_path, "Phones_gyroscope", *lines)
    one = read(tmp_path)["a_s3_1"].streams[0]
    steps = np.diff(one.time_s)
    assert steps.argmax() == 199
    assert steps[199] == pytest.approx(60 - 199 / 200, abs=2e-3)


def test_a_clock_at_another_pace_is_not_taken(tmp_path):
    slow = [
        ",".join([*cells[:2], str(int(cells[2]) // 2), *cells[3:]])
        for cells in (line.split(",") for line in rows("a", "s3_1", "walk", signal(400)))
    ]
    write(tmp_path, "Phones_accelerometer", *slow)
    write(tmp_path, "Phones_gyroscope", *slow)
    recording = read(tmp_path)["a_s3_1"]
    assert recording.counts == {"stretches_timed_by_arrival": 2}
    assert np.ptp(recording.streams[0].time_s) == pytest.approx(399 / 200, abs=2e-3)


def test_a_store_of_it_is_at_50_hz(folder, tmp_path):
    report = ingest("hhar", folder[0], tmp_path / "store")
    assert (report.recordings, report.failed, report.subjects) == (3, (), 2)
    store = MotionStore(tmp_path / "store")
    assert store.schema["inertial"].rate_hz == 50.0
    assert store.classes[:3] == readers.get("hhar").classes[:3]


def test_what_is_missing_or_strange_is_named(tmp_path):
    with pytest.raises(FormatError, match="holds no file named like"):
        read(tmp_path)
    write(tmp_path, "Phones_accelerometer", *rows("a", "s3_1", "walk", signal(9)))
    with pytest.raises(FormatError, match="a_s3_1: no rows of the gyroscope"):
        read(tmp_path)
    write(tmp_path, "Phones_gyroscope", *rows("a", "s3_1", "walk", signal(9)))
    write(tmp_path, "Phones_accelerometer", *rows("a", "s3_1", "fly", signal(9)))
    with pytest.raises(FormatError, match=r"expected gt to be one of bike.*'fly'"):
        read(tmp_path)
