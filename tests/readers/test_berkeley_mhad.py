import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError

RNG = np.random.default_rng(0)
DATA = RNG.normal([0, 0, 1], 0.2, (90, 3))
ALL = ("01", "02", "03", "04", "05", "06")


def write(path, shimmers=ALL, scale=1.0, take="s03_a09_r05", step_s=1 / 30):
    for shimmer in shimmers:
        file = path / f"Accelerometer/Shimmer{shimmer}/acc_h{shimmer}_{take}.txt"
        file.parent.mkdir(parents=True, exist_ok=True)
        stamps = 1_300_000_000 + np.arange(len(DATA)) * step_s
        np.savetxt(file, np.column_stack([DATA * scale, stamps]), fmt="%.6f")


def read(path, **options):
    reader = readers.get("berkeley-mhad", **options)
    return [reader.read(source) for source in reader.discover(path)]


def test_six_sensors_of_a_repetition(tmp_path):
    write(tmp_path)
    (recording,) = read(tmp_path)
    assert (recording.subject, recording.trial) == ("3", "5")
    assert recording.activity == "sit_down_stand_up"
    assert [s.name for s in recording.streams][:2] == ["left_wrist", "right_wrist"]
    np.testing.assert_allclose(recording.streams[5].data, DATA, atol=1e-6)
    np.testing.assert_allclose(np.diff(recording.streams[0].time_s), 1 / 30, atol=2e-6)


@pytest.mark.parametrize(("scale", "unit"), [(9.80665, "m/s2"), (1000.0, "mg"), (1.0, "g")])
def test_the_unit_is_told_by_the_level_or_said(tmp_path, scale, unit):
    write(tmp_path, scale=scale)
    for options in ({}, {"unit": unit}):
        (recording,) = read(tmp_path, placements=["right_hip"], **options)
        np.testing.assert_allclose(recording.streams[0].data, DATA, atol=1e-6)
        assert recording.streams[0].units == ("g",) * 3


def test_a_store_of_two_sensors(tmp_path):
    write(tmp_path)
    write(tmp_path, take="s04_a01_r01")
    reader = readers.get("berkeley-mhad", placements=["left_wrist", "right_hip"])
    report = ingest(reader, tmp_path, tmp_path / "store")
    assert (report.recordings, report.failed) == (2, ())
    assert MotionStore(tmp_path / "store").schema["inertial"].shape == (6,)


def test_what_is_wrong_is_named(tmp_path):
    with pytest.raises(FormatError, match="holds no file named like"):
        read(tmp_path)
    write(tmp_path, shimmers=ALL[:5])
    with pytest.raises(FormatError, match=r"no file of right_ankle \(h06\); leave it out"):
        read(tmp_path)
    write(tmp_path, scale=77.0)
    with pytest.raises(FormatError, match="near 1 g in none of g, m/s2, mg"):
        read(tmp_path)
    write(tmp_path, step_s=33.0)
    with pytest.raises(FormatError, match=r"expected stamps in seconds.*a step of 33"):
        read(tmp_path)
    write(tmp_path, take="s01_a12_r01")
    with pytest.raises(FormatError, match="expected an action from 1 to 11, got 12"):
        read(tmp_path)
    for options in ({"placements": ["nose"]}, {"unit": "lb"}):
        with pytest.raises(ConfigError, match=next(iter(options))):
            readers.get("berkeley-mhad", **options)
