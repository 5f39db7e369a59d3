import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.errors import ConfigError, FormatError
from kinefuse.skeleton import KINECT_V1

ezc3d = pytest.importorskip("ezc3d")
LABELS = ("S1:LASI", "S1:RASI", "S1:SACR")
POINTS = np.random.default_rng(0).normal(0, 500, (60, 3, 3)).astype(np.float32)


def write(path, name="s1/walk_1.c3d", labels=LABELS, points=POINTS, unit="mm", rate=100.0):
    file = path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    content = ezc3d.c3d()
    content["parameters"]["POINT"]["RATE"]["value"] = [rate]
    content["parameters"]["POINT"]["LABELS"]["value"] = labels
    content["parameters"]["POINT"]["UNITS"]["value"] = [unit]
    homogeneous = np.ones((4, len(labels), len(points)))
    homogeneous[:3] = points.transpose(2, 1, 0)
    content["data"]["points"] = homogeneous
    content.write(str(file))
    return file


def read(path, **options):
    reader = readers.get("c3d", **({"pattern": "{subject}/{activity}_{trial}.c3d"} | options))
    return [reader.read(source) for source in reader.discover(path)], reader


def test_markers_become_channels_in_metres(tmp_path):
    write(tmp_path)
    (recording,), _ = read(tmp_path)
    assert (recording.subject, recording.activity, recording.trial) == ("s1", "walk", "1")
    (stream,) = recording.streams
    assert stream.modality == "markers"
    assert stream.channels[:4] == ("S1:LASI_x", "S1:LASI_y", "S1:LASI_z", "S1:RASI_x")
    np.testing.assert_allclose(stream.data, POINTS.reshape(60, 9) / 1000, rtol=1e-6)
    assert (stream.rate_hz, stream.units[0]) == (100.0, "m")


def test_markers_are_chosen_by_name_with_or_without_a_prefix(tmp_path):
    write(tmp_path, unit="m")
    (recording,), _ = read(tmp_path, markers=["SACR", "S1:LASI"])
    (stream,) = recording.streams
    np.testing.assert_allclose(stream.data, POINTS[:, [2, 0]].reshape(60, 6), rtol=1e-6)
    assert stream.channels[0] == "SACR_x"
    with pytest.raises(FormatError, match="no marker 'C7'; it has S1:LASI"):
        read(tmp_path, markers=["C7"])


def test_an_unseen_marker_is_missing(tmp_path):
    points = POINTS.copy()
    points[5, 1] = np.nan
    write(tmp_path, points=points)
    (recording,), _ = read(tmp_path)
    gone = np.argwhere(np.isnan(recording.streams[0].data))
    assert {(int(t), int(c)) for t, c in gone} == {(5, 3), (5, 4), (5, 5)}


def test_a_layout_makes_a_skeleton_and_a_store(tmp_path):
    points = np.random.default_rng(1).normal(0, 500, (60, 20, 3))
    write(tmp_path, labels=KINECT_V1.joints, points=points)
    settings = {"layout": "kinect_v1", "markers": KINECT_V1.joints, "fixed": {"subject": "1"}}
    ingest(readers.get("c3d", **settings), tmp_path, tmp_path / "store")
    store = MotionStore(tmp_path / "store")
    assert store.schema["skeleton"].layout == "kinect_v1"
    np.testing.assert_allclose(store.array("skeleton"), points / 1000, rtol=1e-5)


def test_a_unit_is_taken_from_the_file_or_said(tmp_path):
    write(tmp_path, unit="furlong")
    with pytest.raises(FormatError, match="POINT:UNITS: expected one of m, cm, mm, in, got 'furl"):
        read(tmp_path)
    (recording,), _ = read(tmp_path, unit="cm")
    np.testing.assert_allclose(recording.streams[0].data[:, 0], POINTS[:, 0, 0] / 100, rtol=1e-6)


def test_what_is_no_c3d_or_cut_short_is_named(tmp_path):
    file = write(tmp_path)
    whole = file.read_bytes()
    for content in (b"", b"no", b"\0" * 2000, whole[:600], whole[: len(whole) // 2]):
        file.write_bytes(content)
        with pytest.raises(FormatError, match=r"walk_1\.c3d"):
            read(tmp_path)


def test_other_paths_folders_and_settings(tmp_path):
    with pytest.raises(FormatError, match=r"no \.c3d under"):
        read(tmp_path)
    write(tmp_path)
    write(tmp_path, "calibration.c3d")
    _, reader = read(tmp_path)
    assert reader.ignored == ("calibration.c3d",)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nowhere")
    for options, message in (
        ({}, "nothing tells the subject"),
        ({"fixed": {"who": "1"}}, "fixed"),
        ({"fixed": {"subject": "1"}, "unit": "s"}, "unit"),
        ({"fixed": {"subject": "1"}, "markers": []}, "markers"),
        ({"fixed": {"subject": "1"}, "layout": "kinect_v1"}, "each of the 20 joints"),
    ):
        with pytest.raises(ConfigError, match=message):
            readers.get("c3d", **options)
