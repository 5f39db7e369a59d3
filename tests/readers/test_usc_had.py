import zipfile

import numpy as np
import pytest

from kinefuse import readers
from kinefuse.errors import FormatError

io = pytest.importorskip("scipy.io")
READINGS = np.random.default_rng(0).normal(size=(120, 6))


def write(path, name="Subject3/a2t5.mat", **variables):
    file = path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    text = {"title": "USC Human Activity Dataset", "subject": "3", "activity_numbr": "2"}
    io.savemat(file, text | ({"sensor_readings": READINGS} | variables))
    return file


def read(path):
    reader = readers.get("usc-had")
    return [reader.read(source) for source in reader.discover(path)]


def test_a_trial_is_told_by_its_path_and_its_rates_turned(tmp_path):
    write(tmp_path)
    (recording,) = read(tmp_path)
    assert (recording.id, recording.subject, recording.trial) == ("s3_a2_t5", "3", "5")
    assert recording.activity == "walking_left"
    (stream,) = recording.streams
    np.testing.assert_array_equal(stream.data[:, :3], READINGS[:, :3])
    np.testing.assert_allclose(stream.data[:, 3:], np.radians(READINGS[:, 3:]))
    assert (stream.rate_hz, stream.units) == (100.0, ("g",) * 3 + ("rad/s",) * 3)


def test_the_folder_of_one_subject_or_an_archive_will_do(tmp_path):
    file = write(tmp_path)
    (alone,) = read(tmp_path / "Subject3")
    with zipfile.ZipFile(tmp_path / "USC-HAD.zip", "w") as archive:
        archive.write(file, "USC-HAD/Subject3/a2t5.mat")
    (packed,) = read(tmp_path / "USC-HAD.zip")
    assert alone.id == packed.id
    np.testing.assert_array_equal(alone.streams[0].data, packed.streams[0].data)


def test_what_is_not_like_it_is_named(tmp_path):
    with pytest.raises(FormatError, match="holds no file like Subject1"):
        read(tmp_path)
    write(tmp_path, sensor_readings=READINGS[:, :3])
    with pytest.raises(FormatError, match=r"expected numbers \(T, 6\), got float64 \(120, 3\)"):
        read(tmp_path)
    write(tmp_path).unlink()
    write(tmp_path, "Subject3/a13t1.mat")
    with pytest.raises(FormatError, match="expected an activity from 1 to 12, got 13"):
        read(tmp_path)
    write(tmp_path, "Subject3/a13t1.mat").write_bytes(b"no")
    write(tmp_path, "Subject3/a12t1.mat").write_bytes(b"no")
    with pytest.raises(FormatError, match=r"a12t1\.mat: not a whole MATLAB"):
        read(tmp_path)
