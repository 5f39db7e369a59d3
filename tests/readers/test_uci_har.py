import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import FormatError

RNG = np.random.default_rng(0)
SIGNALS = [f"{kind}_{axis}" for kind in ("total_acc", "body_gyro") for axis in "xyz"]


def windows_of(rows):
    """Cut a walk of some rows into windows of 128 that overlap by half."""
    walk = RNG.normal(size=(rows, 6)).round(7)
    return [walk[i : i + 128] for i in range(0, rows - 127, 64)]


def write(path, part, windows, subjects, activities):
    folder = path / "UCI HAR Dataset" / part
    (folder / "Inertial Signals").mkdir(parents=True, exist_ok=True)
    for column, name in enumerate(SIGNALS):
        text = "".join(
            " ".join(f"{n: .7e}" for n in window[:, column]) + "\n" for window in windows
        )
        (folder / f"Inertial Signals/{name}_{part}.txt").write_text(text)
    for name, numbers in (("subject", subjects), ("y", activities)):
        (folder / f"{name}_{part}.txt").write_text("".join(f"{n}\n" for n in numbers))


@pytest.fixture
def folder(tmp_path):
    first, second, third = windows_of(128 * 3), windows_of(128 * 2), windows_of(128)
    windows = [*first, *second, *third]
    activities = [1] * len(first) + [1] * len(second) + [4]
    write(tmp_path, "train", windows, [3] * (len(windows) - 1) + [5], activities)
    write(tmp_path, "test", windows_of(256), [2] * 3, [6, 6, 5])
    return tmp_path


def read(path):
    reader = readers.get("uci-har")
    return {r.subject: r for r in map(reader.read, reader.discover(path))}


def test_windows_that_go_on_from_each_other_are_one_stretch(folder):
    found = read(folder)
    assert list(found) == ["2", "3", "5"]
    acc, gyro = found["3"].streams
    assert found["3"].modalities == ("accelerometer", "gyroscope")
    assert acc.data.shape == (128 * 5, 3)
    steps = np.diff(acc.time_s)
    assert np.flatnonzero(steps > 1).tolist() == [128 * 3 - 1]
    np.testing.assert_allclose(steps[steps < 1], 0.02)
    assert found["3"].counts == {"windows_joined": 6}
    assert set(acc.labels) == {"walking"}
    assert gyro.labels is None
    # Another label begins a stretch, though the samples go on.
    laying, standing = found["2"].streams[0].labels[[0, -1]]
    assert (laying, standing) == ("laying", "standing")
    assert len(found["2"].streams[0].data) == 128 + 64 + 128


def test_the_store_gives_the_published_windows(folder, tmp_path):
    published = {
        name: np.loadtxt(folder / f"UCI HAR Dataset/train/Inertial Signals/{name}_train.txt")
        for name in SIGNALS
    }
    ingest("uci-har", folder, tmp_path / "store")
    store = MotionStore(tmp_path / "store")
    index = store.window_index(length_s=2.56, stride_s=1.28)
    mine = index.filter(index["subject"] == "3")
    assert len(mine) == 8
    assert set(mine["activity"]) == {"walking"}
    windows = list(zip(*published.values(), strict=True))[:8]
    for row, wanted in zip(mine.iter_rows(named=True), windows, strict=True):
        for i, modality in enumerate(("accelerometer", "gyroscope")):
            start = row[f"{modality}_start"]
            window = store.array(modality)[start : start + 128]
            np.testing.assert_allclose(
                window, np.stack(wanted, axis=1)[:, 3 * i : 3 * i + 3], atol=1e-5
            )


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("y", lambda t: t.replace("4", "7"), "row 9: expected an activity from 1 to 6, got 7"),
        ("y", lambda t: t[2:], r"y_train\.txt: expected 9 rows"),
        ("Inertial Signals/body_gyro_y", lambda t: t.replace("e", "x"), "expected numbers between"),
        ("Inertial Signals/body_gyro_y", lambda t: t[16:], "expected 128 numbers a line"),
    ],
)
def test_what_does_not_fit_is_named(folder, name, change, message):
    file = folder / f"UCI HAR Dataset/train/{name}_train.txt"
    file.write_text(change(file.read_text()))
    with pytest.raises(FormatError, match=message):
        read(folder)


def test_missing_files(folder, tmp_path):
    (folder / "UCI HAR Dataset/test/subject_test.txt").unlink()
    with pytest.raises(FormatError, match=r"no file subject_test\.txt"):
        read(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="holds no file named like"):
        read(tmp_path / "empty")
