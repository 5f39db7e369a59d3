import numpy as np
import pytest

from kinefuse import readers
from kinefuse.errors import ConfigError, FormatError

COUNTS = np.random.default_rng(0).integers(-4000, 4000, size=(50, 9))


def write(path, counts=COUNTS, name="SA01/F05_SA01_R04.txt", end=";\r\n"):
    file = path / name
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(",".join(f"{n:4d}" for n in row) + end for row in counts), newline="")
    return file


def read(path, **options):
    reader = readers.get("sisfall", **options)
    return [reader.read(source) for source in reader.discover(path)]


def test_counts_become_g_and_rad_by_the_readme(tmp_path):
    write(tmp_path)
    (recording,) = read(tmp_path, sensors=["adxl345", "itg3200", "mma8451q"])
    assert (recording.subject, recording.trial) == ("SA01", "R04")
    assert recording.activity == "fall_forward_jogging_trip"
    one, gyro, two = recording.streams
    np.testing.assert_allclose(one.data, 2 * 16 / 2**13 * COUNTS[:, :3])
    np.testing.assert_allclose(gyro.data, np.radians(2 * 2000 / 2**16 * COUNTS[:, 3:6]))
    np.testing.assert_allclose(two.data, 2 * 8 / 2**14 * COUNTS[:, 6:])
    assert (one.rate_hz, one.units, gyro.units) == (200.0, ("g",) * 3, ("rad/s",) * 3)


def test_the_last_line_may_be_cut_short_and_is_counted(tmp_path):
    file = write(tmp_path)
    file.write_bytes(file.read_bytes()[:-20])
    (recording,) = read(tmp_path)
    assert len(recording.streams[0].data) == 49
    assert recording.counts == {"lines_cut_short": 1}


@pytest.mark.parametrize("line", [b"1,2,3;", b"1,2,3,4,x,6,7,8,9;", b"1,2,3,4,5,6,7,8,9,10;"])
def test_another_line_is_named(tmp_path, line):
    file = write(tmp_path)
    lines = file.read_bytes().split(b"\r\n")
    file.write_bytes(b"\r\n".join([*lines[:3], line, *lines[3:]]))
    with pytest.raises(FormatError, match=r"F05_SA01_R04\.txt: row 4: expected nine whole numbers"):
        read(tmp_path)


def test_empty_files_other_names_and_options(tmp_path):
    (tmp_path / "Readme.txt").write_text("x")
    with pytest.raises(FormatError, match="holds no file named like"):
        read(tmp_path)
    write(tmp_path, COUNTS[:0])
    with pytest.raises(FormatError, match="expected nine whole numbers"):
        read(tmp_path)
    write(tmp_path, name="SA01/F05_SA01_R04.txt")
    reader = readers.get("sisfall")
    reader.discover(tmp_path)
    assert reader.ignored == ("Readme.txt",)
    write(tmp_path, name="SA01/D77_SA01_R04.txt")
    with pytest.raises(FormatError, match="expected an activity from D01 to F15, got D77"):
        read(tmp_path)
    with pytest.raises(ConfigError, match="sensors"):
        readers.get("sisfall", sensors=["bmi160"])
