import json
import tarfile
import zipfile

import numpy as np
import polars as pl
import pytest
from tests.readers.mmact_files import STANDING, clip, paths, pose, truth, write, write_take

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError

G = 9.80665


@pytest.fixture
def folder(tmp_path):
    write_take(tmp_path, 1, 2, 3, "Carrying_light", views=(1, 4))
    return tmp_path


def read(folder, **options):
    reader = readers.get("mmact", **options)
    return [reader.read(source) for source in reader.discover(folder)]


def files(folder, view=1):
    return paths(folder, 1, 2, 3, "Carrying_light", view)


def test_names_channels_and_units(folder):
    (take,) = read(folder)
    assert take.id == "s1_sc2_ses3_carrying_light_v1"
    assert (take.subject, take.scene, take.session, take.view) == ("1", "2", "3", "1")
    assert take.activity == "carrying_light"
    *sensors, camera = take.streams
    assert [s.name for s in sensors] == ["phone", "watch", "phone", "phone"]
    assert [s.units[0] for s in sensors] == ["g", "g", "rad/s", "deg"]
    assert [len(s.data) for s in sensors] == [200, 200, 100, 100]  # the first row is one too
    np.testing.assert_allclose(sensors[0].data[0], [0, 0, 1], atol=1e-6)
    np.testing.assert_allclose(sensors[2].data, truth("gyro", np.arange(100) / 50), atol=1e-6)
    np.testing.assert_allclose(sensors[1].time_s, np.arange(200) / 100, atol=1e-6)
    assert (camera.layout, camera.rate_hz, camera.data.shape) == ("coco17", 30.0, (60, 17, 2))
    assert not take.counts.get("joints_interpolated")


def test_the_store_has_twelve_channels_at_50_hz(folder, tmp_path):
    report = ingest("mmact", folder, tmp_path / "store")
    store = MotionStore(tmp_path / "store")
    schema = store.schema["inertial"]
    assert schema.rate_hz == 50.0
    assert schema.channels == (
        *("phone.acc_x", "phone.acc_y", "phone.acc_z", "watch.acc_x", "watch.acc_y"),
        *("watch.acc_z", "phone.gyro_x", "phone.gyro_y", "phone.gyro_z"),
        *("phone.azimuth", "phone.pitch", "phone.roll"),
    )
    assert (report.recordings, report.gaps, report.failed) == (1, 0, ())
    name = store.recordings["id"][0]
    second, rows = store.time_s(name, "inertial"), store.read(name, "inertial")
    assert len(rows) == 100
    # Clean stamps: each sensor's rows are its truth at the grid's times. From 100 Hz, the filter of
    # the resampling stands between, near the ends with the mirrored signal.
    phone = truth("acc_phone", second) / G
    np.testing.assert_allclose(rows[10:-10, :3], phone[10:-10], atol=2e-3)
    np.testing.assert_allclose(rows[:, 6:9], truth("gyro", second), atol=1e-5)
    np.testing.assert_allclose(rows[:, 9], 350 + 40 * second, atol=1e-3)
    assert store.schema["skeleton"].shape == (17, 2)


def test_another_rate_where_it_is_asked_for(folder, tmp_path):
    ingest("mmact", folder, tmp_path / "store", rate_hz={"inertial": 25.0})
    store = MotionStore(tmp_path / "store")
    rates = {name: schema.rate_hz for name, schema in store.schema.items()}
    assert rates == {"inertial": 25.0, "skeleton": 30.0}


def test_jitter_repeats_and_backward_stamps_are_repaired(folder, tmp_path):
    random = np.random.default_rng(0)
    sensors, _ = files(folder)
    for what in sensors:
        write(sensors[what], clip(what, random=random))
    rows = sensors["acc_watch"].read_text().splitlines()
    rows[20], rows[21] = rows[21], rows[20]
    rows.insert(50, rows[50])
    write(sensors["acc_watch"], "\n".join(rows))
    report = ingest("mmact", folder, tmp_path / "store")
    assert report.failed == ()
    assert report.counts["stamps_backward"] >= 1
    store = MotionStore(tmp_path / "store")
    name = store.recordings["id"][0]
    second, found = store.time_s(name, "inertial"), store.read(name, "inertial")
    watch = truth("acc_watch", second) / G
    np.testing.assert_allclose(found[10:-10, 3:6], watch[10:-10], atol=0.03)


def test_clips_of_different_length_keep_the_time_that_all_have(folder, tmp_path):
    sensors, _ = files(folder)
    write(sensors["acc_watch"], clip("acc_watch", length_s=1.5, late_s=0.1))
    write(sensors["gyro"], clip("gyro", length_s=1.2))
    report = ingest("mmact", folder, tmp_path / "store")
    store = MotionStore(tmp_path / "store")
    name = store.recordings["id"][0]
    second, rows = store.time_s(name, "inertial"), store.read(name, "inertial")
    assert second[0] == pytest.approx(0.1)
    assert second[-1] == pytest.approx(1.18)
    np.testing.assert_allclose(rows[10:-10, 3:6], truth("acc_watch", second)[10:-10] / G, atol=5e-3)
    assert report.counts["rows_without_the_other_streams"] > 0


def test_orientation_does_not_jump_at_360_degrees(folder):
    (take,) = read(folder)
    azimuth = take.streams[3].data[:, 0]
    np.testing.assert_allclose(azimuth, 350 + 40 * np.arange(100) / 50, atol=1e-5)
    sensors, _ = files(folder)
    rows = sensors["orientation"].read_text().splitlines()
    rows[10] = rows[10].split(",")[0] + ",,1.0,2.0"  # an empty cell
    rows[30], rows[31] = rows[31], rows[30]
    write(sensors["orientation"], "\n".join(rows))
    (take,) = read(folder)
    azimuth, known = take.streams[3].data[:, 0], np.arange(100) != 10
    assert np.isnan(azimuth[10])
    expected = 350 + 40 * take.streams[3].time_s
    np.testing.assert_allclose(azimuth[known], expected[known], atol=1e-5)


def test_other_units(folder):
    (plain,) = read(folder)
    sensors, _ = files(folder)
    for what, factor in (("acc_phone", 1 / G), ("gyro", 180 / np.pi)):
        table = pl.read_csv(sensors[what], has_header=False)
        numbers = pl.selectors.float() * factor
        table.with_columns(numbers).write_csv(sensors[what], include_header=False)
    (other,) = read(folder, units={"acc_phone": "g", "gyro": "deg/s"})
    for one, two in zip(plain.streams, other.streams, strict=True):
        np.testing.assert_allclose(one.data, two.data, atol=1e-6)


@pytest.mark.parametrize("missing", ["gyro", "acc_phone"])
def test_fewer_than_four_files_leave_the_pose(folder, missing):
    sensors, _ = files(folder)
    sensors[missing].unlink()
    (take,) = read(folder)
    assert take.modalities == ("skeleton",)
    assert take.counts["takes_without_all_four_sensors"] == 1


@pytest.mark.parametrize("content", ["", "\n \n", "20181120_10:00:00,1,2,3\n"])
def test_an_empty_file_leaves_the_pose(folder, content):
    sensors, _ = files(folder)
    write(sensors["acc_watch"], content)
    (take,) = read(folder)
    assert take.modalities == ("skeleton",)
    assert take.counts["takes_with_an_empty_sensor_file"] == 1


def test_sensors_that_share_no_time_leave_the_pose(folder):
    sensors, _ = files(folder)
    write(sensors["gyro"], clip("gyro", late_s=60.0))
    (take,) = read(folder)
    assert take.modalities == ("skeleton",)
    assert take.counts["takes_whose_sensors_share_no_time"] == 1


def test_the_second_person_where_there_is_one(folder):
    _, path = files(folder)
    frames = pose(n_frames=5)
    moved = np.array([person["person1"] for person in frames.values()])
    moved[:, :, 0] += 100
    for number, frame in enumerate(frames.values()):
        frame["person2"] = moved[number].tolist() if number in (1, 2) else []
    write(path, frames)
    (take,) = read(folder)
    x = take.streams[-1].data[:, 11, 0]
    np.testing.assert_allclose(x - x[0], [0, 100, 100, 0, 0])
    assert take.counts["frames_with_two_persons"] == 2
    (take,) = read(folder, person="first")
    x = take.streams[-1].data[:, 11, 0]
    np.testing.assert_allclose(x - x[0], 0)


def test_confidence_zero_is_missing_and_short_gaps_are_interpolated(folder):
    _, path = files(folder)
    frames = list(pose(n_frames=60).values())
    for number in (10, 11):
        frames[number]["person1"][9] = [0.0, 0.0, 0.0]
    for number in range(30, 60):
        frames[number]["person1"][0] = [500.0, 500.0, 0.0]
    frames[20] = {"person1": [], "person2": []}
    write(path, dict(enumerate(frames)))
    (take,) = read(folder, max_gap_s=0.2)
    joints = take.streams[-1].data
    between = joints[9, 9] + (joints[12, 9] - joints[9, 9]) / 3
    np.testing.assert_allclose(joints[10, 9], between)
    np.testing.assert_allclose(joints[20, 11], joints[19, 11], atol=1e-9)
    assert np.isnan(joints[30:, 0]).all()
    assert np.isfinite(joints[:30]).all()
    assert take.counts["joints_interpolated"] == 2 + 17
    (take,) = read(folder, max_gap_s=0)
    assert np.isnan(take.streams[-1].data[[10, 11], 9]).all()
    assert np.isnan(take.streams[-1].data[20]).all()


@pytest.mark.parametrize("lost", [slice(None), [11], [5, 6]])
def test_a_pose_without_a_body_is_left_out(folder, lost):
    _, path = files(folder)
    frames = pose(n_frames=8)
    for frame in frames.values():
        values = np.array(frame["person1"])
        values[lost] = 0
        frame["person1"] = values.tolist()
    write(path, frames)
    (take,) = read(folder)
    assert take.modalities == ("inertial",)
    assert take.counts["poses_without_shoulders_and_hips"] == 1


def test_neither_sensors_nor_pose_is_a_failure(folder):
    sensors, path = files(folder)
    sensors["gyro"].unlink()
    write(path, {})
    reader = readers.get("mmact")
    (source,) = reader.discover(folder)
    with pytest.raises(
        FormatError, match=r"neither inertial samples nor a pose \(takes without all"
    ):
        reader.read(source)


def test_each_view_is_a_recording(folder, tmp_path):
    first, second = read(folder, views=[4, 1])
    assert [take.view for take in (first, second)] == ["1", "4"]
    np.testing.assert_array_equal(first.streams[0].data, second.streams[0].data)
    assert first.streams[-1].data.std() < second.streams[-1].data.std()
    assert [take.view for take in read(folder, views=[2])] == [None]
    ingest(readers.get("mmact", views=[1, 4]), folder, tmp_path / "store")
    assert MotionStore(tmp_path / "store").window_index()["view"].to_list() == ["1", "4"]


def test_other_protocols_of_the_challenge_are_not_read_again(folder):
    _, path = files(folder)
    name = path.relative_to(folder / "pose/cross_view/trainval")
    for part in ("cross_subject/trainval", "cross_view/test"):
        write(folder / "pose" / part / name, pose(n_frames=3))
    (take,) = read(folder)
    assert len(take.streams[-1].data) == 60
    (take,) = read(folder, part="cross_subject/trainval")
    assert len(take.streams[-1].data) == 3
    (alone,) = read(folder / "pose/cross_view/trainval")
    assert alone.modalities == ("skeleton",)


def test_files_with_other_paths_are_listed(folder):
    write(folder / "acc_phone_clip/notes.csv", "a")
    write(folder / "pose/classes.json", {})
    write(folder / "readme.txt", "a")
    reader = readers.get("mmact")
    reader.discover(folder)
    assert reader.ignored == ("acc_phone_clip/notes.csv", "pose/classes.json")


def archives(folder):
    """Pack each folder of the data set as it is distributed."""
    packed = folder.parent / "packed"
    packed.mkdir()
    for inner in sorted(folder.iterdir()):
        if inner.name == "pose":
            with zipfile.ZipFile(packed / "trimmed_pose.zip", "w", zipfile.ZIP_DEFLATED) as out:
                for file in sorted(inner.rglob("*.json")):
                    out.write(file, file.relative_to(folder))
        else:
            with tarfile.open(packed / f"{inner.name}.tar.gz", "w:gz") as out:
                out.add(inner, inner.name)
    return packed


def test_archives_are_read_as_folders_are(tmp_path):
    write_take(tmp_path / "plain", 1, 1, 1, "carrying")
    write_take(tmp_path / "plain", 2, 1, 1, "fall", random=np.random.default_rng(0))
    packed = archives(tmp_path / "plain")
    reports, stores = [], []
    for number, folder in enumerate((tmp_path / "plain", packed)):
        reports.append(ingest("mmact", folder, tmp_path / f"store{number}"))
        stores.append(tmp_path / f"store{number}")
    assert reports[0] == reports[1]
    for name in ("inertial-00000.npy", "skeleton-00000.npy", "recordings.parquet"):
        assert (stores[0] / name).read_bytes() == (stores[1] / name).read_bytes()
    assert sorted(path.name for path in packed.iterdir()) == [
        *("acc_phone_clip.tar.gz", "acc_watch_clip.tar.gz", "gyro_clip.tar.gz"),
        *("orientation_clip.tar.gz", "trimmed_pose.zip"),
    ]
    again = ingest("mmact", packed, stores[1])
    assert again == reports[1]


def test_an_archive_beside_its_folder_is_refused(tmp_path):
    write_take(tmp_path / "plain", 1, 1, 1, "carrying")
    packed = archives(tmp_path / "plain")
    (tmp_path / "plain/gyro_clip").rename(packed / "gyro_clip")
    with pytest.raises(
        FormatError, match=r"none of 1 .*gyro_clip.* the same clip is also in .*gyro"
    ):
        ingest("mmact", packed, tmp_path / "store")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gyro", "time,x,y,z\n1,2,3,4\n", "row 1, column 'stamp': expected a stamp like 2018"),
        ("gyro", "20181120_10:00:00.1,1,2\n", "expected a stamp and three numbers, got 3 columns"),
        (
            "gyro",
            "20181120_10:00:00.1,1,x,2\n" * 2,
            "row 1, column 'y': expected a number, got 'x'",
        ),
        ("gyro", ",1,1,2\n,1,1,2\n", "no row has a stamp"),
        ("pose", "{", "not JSON"),
        ("pose", "[]", "expected an object of frames"),
        ("pose", '{"1": []}', "expected an object of frames"),
        ("pose", '{"1": {"person1": [1, 2]}}', "frame '1': expected 17 times x, y, confidence"),
        ("pose", '{"1": {"person1": {"a": 2}}}', "frame '1': expected 17 times x, y, confidence"),
    ],
)
def test_wrong_content_says_where_and_what(folder, name, content, message):
    sensors, path = files(folder)
    changed = write(path if name == "pose" else sensors[name], content)
    with pytest.raises(FormatError, match=message) as caught:
        read(folder)
    assert str(changed) in str(caught.value)


def test_an_unknown_activity_is_a_failure_not_a_silence(folder):
    sensors, _ = paths(folder, 1, 2, 3, "dancing")
    for what, path in sensors.items():
        write(path, clip(what))
    reader = readers.get("mmact")
    source = reader.discover(folder)[-1]
    with pytest.raises(FormatError, match=r"dancing.csv: expected the name of an activity"):
        reader.read(source)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"views": []}, "at least one camera"),
        ({"part": "trainval"}, "one like cross_view/trainval, got 'trainval'"),
        ({"person": "third"}, "'second' or 'first'"),
        ({"max_gap_s": -1}, "seconds of 0 or more"),
        ({"units": {"gyroscope": "deg/s"}}, "expected some of acc_phone"),
        ({"units": {"gyro": "g"}}, "g.*rad/s|rad/s.*g"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ConfigError, match=message):
        readers.get("mmact", **options)


def test_a_missing_folder_and_an_empty_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        readers.get("mmact").discover(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="holds no file like acc_phone_clip/subject1"):
        readers.get("mmact").discover(tmp_path)


def test_every_class_once():
    reader = readers.get("mmact")
    assert len(set(reader.classes)) == len(reader.classes) == 35
    assert json.dumps(reader.settings())
    assert STANDING.shape == (17, 2)
