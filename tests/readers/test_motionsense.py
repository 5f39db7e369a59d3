import numpy as np
import pytest

from kinefuse import readers
from kinefuse.errors import FormatError

RNG = np.random.default_rng(0)
COLUMNS = [
    *(f"attitude.{a}" for a in ("roll", "pitch", "yaw")),
    *(f"{k}.{a}" for k in ("gravity", "rotationRate", "userAcceleration") for a in "xyz"),
]
VALUES = RNG.normal(size=(60, 12))


def write(path, name, *, columns=COLUMNS, values=VALUES):
    file = path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = [",".join(["", *columns])]
    lines += [",".join([str(i), *map(repr, row)]) for i, row in enumerate(values.tolist())]
    file.write_text("\n".join(lines) + "\n")
    return file


def read(path, **options):
    reader = readers.get("motionsense", **options)
    return [reader.read(source) for source in reader.discover(path)]


def test_acceleration_is_gravity_and_motion_together(tmp_path):
    write(tmp_path, "A_DeviceMotion_data/jog_9/sub_14.csv")
    (recording,) = read(tmp_path)
    assert (recording.id, recording.subject, recording.activity, recording.trial) == (
        "jog_9_sub_14",
        "14",
        "jogging",
        "9",
    )
    acc, gyro = recording.streams
    assert recording.modalities == ("accelerometer", "gyroscope")
    np.testing.assert_array_equal(acc.data, VALUES[:, 3:6] + VALUES[:, 9:12])
    np.testing.assert_array_equal(gyro.data, VALUES[:, 6:9])
    assert (acc.units[0], gyro.units[0], acc.rate_hz) == ("g", "rad/s", 50.0)


def test_attitude_on_request(tmp_path):
    write(tmp_path, "std_6/sub_1.csv")
    (recording,) = read(tmp_path, attitude=True)
    attitude = recording.streams[2]
    assert (attitude.modality, attitude.channels) == ("attitude", ("roll", "pitch", "yaw"))
    np.testing.assert_array_equal(attitude.data, VALUES[:, :3])


def test_order_is_by_number_and_other_files_are_listed(tmp_path):
    for name in ("wlk_8/sub_10.csv", "wlk_8/sub_2.csv", "dws_11/sub_1.csv", "fly_1/sub_1.csv"):
        write(tmp_path, name)
    (tmp_path / "data_subjects_info.csv").write_text("code,weight\n")
    reader = readers.get("motionsense")
    assert [source.name for source in reader.discover(tmp_path)] == [
        "dws_11_sub_1",
        "wlk_8_sub_2",
        "wlk_8_sub_10",
    ]
    assert reader.ignored == ("data_subjects_info.csv", "fly_1/sub_1.csv")


def test_the_folder_of_one_trial_will_do(tmp_path):
    write(tmp_path, "ups_3/sub_1.csv")
    assert [recording.activity for recording in read(tmp_path / "ups_3")] == ["upstairs"]


def test_empty_cells_are_missing(tmp_path):
    file = write(tmp_path, "ups_3/sub_1.csv")
    file.write_text(file.read_text().replace(repr(VALUES[4, 6].item()), ""))
    (recording,) = read(tmp_path)
    gyro = recording.streams[1].data
    assert np.isnan(gyro[4, 0])
    assert np.isnan(gyro).sum() == 1


def test_wrong_content_is_refused_by_name(tmp_path):
    file = write(tmp_path, "ups_3/sub_1.csv", columns=["x", *COLUMNS[1:3], "g.x", *COLUMNS[4:]])
    with pytest.raises(FormatError, match=r"sub_1\.csv: no column 'gravity\.x'"):
        read(tmp_path)
    write(tmp_path, "ups_3/sub_1.csv", values=VALUES[:0])
    with pytest.raises(FormatError, match="no samples"):
        read(tmp_path)
    file.write_text("")
    with pytest.raises(FormatError, match="the file is empty"):
        read(tmp_path)


def test_missing_folders_and_two_copies(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="holds no file like"):
        read(tmp_path)
    write(tmp_path, "A_DeviceMotion_data/ups_3/sub_1.csv")
    write(tmp_path, "B_Accelerometer_data/ups_3/sub_1.csv")
    with pytest.raises(FormatError, match=r"two files of one name.*A_DeviceMotion_data"):
        read(tmp_path)
