import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError

ROWS = 300
BEGIN_MS = 1_648_531_521_000
DATA = np.random.default_rng(0).normal(size=(ROWS, 10)).round(4)
CHANNELS = "acc_x,acc_y,acc_z,gyro_x,gyro_y,gyro_z,quat_w,quat_x,quat_y,quat_z"
OPERATIONS = """uuid,user,session,box,id,operation,start,end,actions
op:1,U0101,S0100,1,100,Picking,2022-03-29 14:25:22.000000+09:00,2022-03-29 14:25:24.000000+09:00,
op:2,U0101,S0100,1,8100,Null,2022-03-29 14:25:24.000000+09:00,2022-03-29 14:25:26+09:00,
op:3,U0101,S0100,1,300,Assemble Box,2022-03-29 14:25:26+09:00,2022-03-29 14:25:28+09:00,
"""


def put(path, name, text):
    file = path / "U0101" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def table(first, header, data, step_ms):
    stamps = BEGIN_MS + np.arange(len(data)) * step_ms
    rows = [",".join([str(t), *map(str, row)]) for t, row in zip(stamps, data, strict=True)]
    return "\n".join([f"{first},{header}", *rows]) + "\n"


@pytest.fixture
def folder(tmp_path):
    for unit in ("atr01", "atr02", "atr03", "atr04"):
        put(tmp_path, f"atr/{unit}/S0100.csv", table("unixtime", CHANNELS, DATA, 30))
    put(tmp_path, "e4/e401/acc/S0100.csv", table("time", "acc_x,acc_y,acc_z", DATA[:, :3], 31.25))
    put(tmp_path, "e4/e401/eda/S0100.csv", "time,eda\n1,2\n")
    put(tmp_path, "annotation/openpack-operations/S0100.csv", OPERATIONS)
    return tmp_path


def read(path, **options):
    reader = readers.get("openpack", **options)
    return [reader.read(source) for source in reader.discover(path)], reader


def test_devices_share_a_time_line_and_labels_are_intervals(folder):
    (recording,), reader = read(folder, units=["atr02", "atr01"])
    assert (recording.subject, recording.session) == ("U0101", "S0100")
    one, two, band = recording.streams
    assert [s.name for s in recording.streams] == ["atr02", "atr01", "e401"]
    assert recording.modalities == ("inertial", "wristband")
    np.testing.assert_array_equal(one.data[:, :3], DATA[:, :3])
    np.testing.assert_allclose(two.data[:, 3:], np.radians(DATA[:, 3:6]))
    np.testing.assert_allclose(one.time_s, BEGIN_MS / 1000 + np.arange(ROWS) * 0.03)
    np.testing.assert_array_equal(band.data, DATA[:, :3])
    since = one.time_s - BEGIN_MS / 1000
    expected = [
        "picking" if 1 <= t < 3 else "assemble_box" if 5 <= t < 7 else None for t in since.round(6)
    ]
    assert list(one.labels) == expected
    assert recording.counts["intervals_left_out_of_account"] == 1
    assert reader.ignored == ("U0101/e4/e401/eda/S0100.csv",)


def test_a_wristband_that_was_divided_by_gravity_twice_is_brought_back(folder):
    still = DATA[:, :3] / 100 + [0, 0, 1]
    for scale, counted in ((9.80665, 1), (1.0, 0)):
        text = table("time", "acc_x,acc_y,acc_z", still / scale, 31.25)
        put(folder, "e4/e401/acc/S0100.csv", text)
        (recording,), _ = read(folder, units=["atr01"])
        np.testing.assert_allclose(recording.streams[-1].data, still)
        assert recording.counts["wristbands_divided_by_gravity_twice"] == counted


def test_a_store_has_both_modalities(folder, tmp_path):
    report = ingest("openpack", folder, tmp_path / "store")
    assert (report.recordings, report.failed, report.activities) == (1, (), 2)
    store = MotionStore(tmp_path / "store")
    assert store.schema["inertial"].shape == (24,)
    assert store.schema["wristband"].shape == (3,)


def test_actions_are_the_other_annotation_and_none_is_counted(folder):
    (recording,), reader = read(folder, labels="actions")
    assert recording.counts == {"recordings_without_annotation": 1}
    assert len(reader.classes) == 36
    text = OPERATIONS.replace(",100,", ",101,").replace(",300,", ",303,")
    put(folder, "annotation/openpack-actions/S0100.csv", text)
    (recording,), _ = read(folder, labels="actions")
    assert {*recording.streams[0].labels} == {None, "pick_up_sheet", "attach_tape"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("2022-03-29 14:25:22.000000+09:00", "yesterday", "row 1, column 'start': expected a time"),
        ("2022-03-29 14:25:28+09:00", "2022-03-29 14:25:20+09:00", "row 3: expected an id"),
        (",300,", ",x,", "row 3, column 'id': expected a number"),
    ],
)
def test_a_wrong_interval_is_named(folder, old, new, message):
    put(folder, "annotation/openpack-operations/S0100.csv", OPERATIONS.replace(old, new))
    with pytest.raises(FormatError, match=message):
        read(folder)


def test_missing_devices_folders_and_options(folder, tmp_path):
    (folder / "U0101/atr/atr03/S0100.csv").unlink()
    with pytest.raises(FormatError, match="no file of atr03; leave the unit out"):
        read(folder)
    read(folder, units=["atr01"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(FormatError, match="holds no file like"):
        read(tmp_path / "empty")
    for options in ({"labels": "x"}, {"units": ["atr09"]}, {"units": []}, {"wristbands": ["e4"]}):
        with pytest.raises(ConfigError, match=next(iter(options))):
            readers.get("openpack", **options)
