import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.data.chunked import names_of
from kinefuse.errors import FormatError

RNG = np.random.default_rng(0)
ACC, GYRO = RNG.normal(size=(2, 400, 3))
OTHERS = ["4 2 1 1 400"]


def write(path, intervals, *, acc=ACC, gyro=GYRO, stem="exp03_user02"):
    raw = path / "Raw-Data"
    raw.mkdir(exist_ok=True)
    for kind, data in (("acc", acc), ("gyro", gyro)):
        if data is not None:
            np.savetxt(raw / f"{kind}_{stem}.txt", data, fmt="%.17g")
    (raw / "labels.txt").write_text("".join(f"{line}\n" for line in intervals))
    return path


def read(path):
    reader = readers.get("hapt")
    return [reader.read(source) for source in reader.discover(path)]


def test_two_modalities_as_recorded_and_labels_of_samples(tmp_path):
    write(tmp_path, ["3 2 5 11 100", "3 2 7 101 150", "3 9 1 1 400", "4 2 1 1 400"])
    (recording,) = read(tmp_path)
    assert (recording.id, recording.subject, recording.session, recording.activity) == (
        "exp03_user02",
        "2",
        "3",
        None,
    )
    acc, gyro = recording.streams
    assert recording.modalities == ("accelerometer", "gyroscope")
    np.testing.assert_array_equal(acc.data, ACC)
    np.testing.assert_array_equal(gyro.data, GYRO)
    assert (acc.units, gyro.units) == (("g",) * 3, ("rad/s",) * 3)
    assert (acc.rate_hz, gyro.rate_hz) == (50.0, 50.0)
    expected = [None] * 10 + ["standing"] * 90 + ["stand_to_sit"] * 50 + [None] * 250
    assert list(names_of(acc)) == expected
    assert gyro.labels is None


def test_windows_of_a_store_know_both_and_their_labels(tmp_path):
    write(tmp_path, ["3 2 1 1 200", "3 2 4 201 300"])
    report = ingest("hapt", tmp_path, tmp_path / "store")
    assert (report.recordings, report.failed, report.activities) == (1, (), 2)
    index = MotionStore(tmp_path / "store").window_index(length_s=2.0)
    assert index["activity"].to_list() == ["walking", "walking", "sitting", None]
    assert index["accelerometer_start"].to_list() == index["gyroscope_start"].to_list()
    assert index["gyroscope_rows"].to_list() == [100] * 4


def test_other_text_files_are_listed(tmp_path):
    write(tmp_path, OTHERS)
    (tmp_path / "activity_labels.txt").write_text("1 WALKING\n")
    reader = readers.get("hapt")
    reader.discover(tmp_path)
    assert reader.ignored == ("activity_labels.txt",)


def test_a_recording_may_lack_the_gyroscope_but_not_what_is_labelled(tmp_path):
    write(tmp_path, OTHERS, gyro=None)
    (recording,) = read(tmp_path)
    assert recording.modalities == ("accelerometer",)
    (tmp_path / "Raw-Data/acc_exp03_user02.txt").unlink()
    write(tmp_path, OTHERS, acc=None)
    with pytest.raises(FormatError, match="expected an acc_"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("interval", "message"),
    [
        ("3 2 13 1 9", "row 1: expected an activity from 1 to 12, got 13"),
        ("3 2 1 0 9", "within 1 to 400"),
        ("3 2 1 1 401", "got 1 to 401"),
        ("3 2 1 9 8", "the first before the last"),
        ("3 2 1 1 9\n3 2 2 9 12", "row 2: 9 to 12 is labelled already"),
        ("3 2 1 1", "expected 5 numbers a line"),
    ],
)
def test_a_wrong_interval_is_refused_by_row(tmp_path, interval, message):
    write(tmp_path, [interval])
    with pytest.raises(FormatError, match=r"labels\.txt") as caught:
        read(tmp_path)
    assert message in str(caught.value)


def test_files_of_different_lengths_are_refused(tmp_path):
    write(tmp_path, ["3 2 1 1 9"], gyro=GYRO[:-1])
    with pytest.raises(FormatError, match="expected 400 rows"):
        read(tmp_path)


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere")
    with pytest.raises(FormatError, match="holds no file named acc_exp"):
        read(tmp_path)
    write(tmp_path, OTHERS)
    (tmp_path / "Raw-Data/labels.txt").unlink()
    with pytest.raises(FormatError, match="expected the labelled intervals"):
        read(tmp_path)


def test_two_copies_are_refused(tmp_path):
    write(tmp_path, OTHERS)
    (tmp_path / "copy").mkdir()
    write(tmp_path / "copy", OTHERS)
    with pytest.raises(FormatError, match="two files of one name"):
        read(tmp_path)
