"""The readers of data sets on what is published."""

import numpy as np
import polars as pl
import pytest
from tests.real.recordings import folder

from kinefuse import readers
from kinefuse.data import MotionStore, ingest
from kinefuse.skeleton import KINECT_V1

pytestmark = pytest.mark.real


def ingested(reader, path, out, **settings):
    report = ingest(reader, path, out / "store", **settings)
    return report, MotionStore(out / "store")


def test_hapt(tmp_path):
    path = folder("hapt-raw")
    report, store = ingested("hapt", path, tmp_path)
    assert (report.recordings, report.failed) == (16, ())
    assert (report.subjects, report.activities) == (8, 12)
    assert store.modalities == ("accelerometer", "gyroscope")
    intervals = np.loadtxt(path / "Raw-Data/labels.txt", dtype=int)
    there = {tuple(map(int, id_[3:].split("_user"))) for id_ in store.recordings["id"]}
    mine = [row for row in intervals if tuple(row[:2]) in there]
    said = np.bincount([row[2] - 1 for row in mine], [row[4] - row[3] + 1 for row in mine], 12)
    labels = store.labels(0)
    np.testing.assert_array_equal(np.bincount(labels[labels >= 0], minlength=12), said)

    # The first interval of the first recording, rows counted from 1, the last included.
    raw = np.loadtxt(path / "Raw-Data/acc_exp01_user01.txt")
    first = store.recordings.filter(pl.col("id") == "exp01_user01").row(0, named=True)
    rows = slice(first["accelerometer_start"] + 249, first["accelerometer_start"] + 1232)
    assert set(labels[rows]) == {store.classes.index("standing")}
    assert labels[rows.start - 1] == -1
    np.testing.assert_allclose(store.array("accelerometer")[rows], raw[249:1232], rtol=1e-6)

    still = np.isin(
        labels, [store.classes.index(name) for name in ("sitting", "standing", "laying")]
    )
    norm = np.linalg.norm(store.array("accelerometer")[still], axis=1)
    assert np.median(norm) == pytest.approx(1.0, abs=0.05)
    assert np.median(np.abs(store.array("gyroscope")[still])) < 0.05


def test_motionsense(tmp_path):
    reader = readers.get("motionsense", attitude=True)
    report, store = ingested(reader, folder("motionsense"), tmp_path)
    assert (report.recordings, report.failed, report.subjects, report.activities) == (60, (), 4, 6)
    assert report.ignored == ("data_subjects_info.csv",)
    for activity, level, spread in (("sitting", 1.0, (0.0, 0.05)), ("jogging", 1.5, (0.4, 2.0))):
        ids = store.recordings.filter(pl.col("activity") == activity)["id"]
        norm = np.concatenate([np.linalg.norm(store.read(i, "accelerometer"), axis=1) for i in ids])
        assert norm.mean() == pytest.approx(level, abs=0.1)
        assert spread[0] <= norm.std() <= spread[1]


def test_sp_sw_har(tmp_path):
    report, store = ingested(
        "sp-sw-har", folder("sp-sw-har"), tmp_path, rate_hz={"phone": 50.0, "watch": 50.0}
    )
    assert (report.recordings, report.failed, report.subjects, report.activities) == (55, (), 6, 5)
    assert store.schema["phone"].channels == store.schema["watch"].channels

    # The body turns as one: the devices' rates of turning about the vertical agree in time.
    lags = []
    for id_ in store.recordings["id"]:
        speed, times = {}, {}
        for device in ("phone", "watch"):
            x = store.read(id_, device)
            up = x[:, :3].mean(axis=0)
            times[device] = store.time_s(id_, device)
            speed[device] = np.abs(x[:, 3:] @ (up / np.linalg.norm(up)))
        begin = max(t[0] for t in times.values())
        grid = np.arange(begin, min(t[-1] for t in times.values()), 0.02)
        phone, watch = (np.interp(grid, times[d], speed[d]) for d in ("phone", "watch"))
        smooth = np.ones(25) / 25
        phone, watch = (np.convolve(s - s.mean(), smooth, "same") for s in (phone, watch))
        lags.append((np.correlate(phone, watch, "full").argmax() - len(grid) + 1) * 0.02)
    assert abs(np.median(lags)) < 0.15


def test_msr_action3d(tmp_path):
    report, store = ingested("msr-action3d", folder("msr-action3d"), tmp_path)
    assert (report.recordings, report.subjects, report.activities) == (566, 10, 20)
    assert [failure.source for failure in report.failed] == ["a13_s09_e02"]
    assert "real_world_coordinates/files_used_in_cvpr12_paper.txt" in report.ignored

    joint = KINECT_V1.joints.index
    right, left = joint("right_hand"), joint("left_hand")
    moved = []
    for id_ in store.recordings.filter(pl.col("activity") == "high_arm_wave")["id"]:
        spread = np.nanstd(store.read(id_, "skeleton"), axis=0).sum(axis=1)
        moved.append(spread[right] > 3 * spread[left])
    assert np.mean(moved) > 0.9  # "use your right arm"

    x = store.read("a01_s01_e01", "skeleton")
    for child, parent, length_m in (
        ("head", "shoulder_center", 0.253), ("left_knee", "left_hip", 0.576),
        ("right_elbow", "right_shoulder", 0.268), ("right_foot", "right_ankle", 0.168),
    ):  # fmt: skip
        bone = np.linalg.norm(x[:, joint(child)] - x[:, joint(parent)], axis=1)
        assert np.median(bone) == pytest.approx(length_m, rel=0.35), child


def test_sisfall(tmp_path):
    report, store = ingested("sisfall", folder("sisfall"), tmp_path)
    assert (report.recordings, report.failed, report.subjects) == (154, (), 1)
    assert report.activities == 34
    assert report.ignored == ("Readme.txt",)
    peak, level = {True: [], False: []}, []
    for id_, activity in store.recordings.select("id", "activity").iter_rows():
        norm = np.linalg.norm(store.read(id_, "inertial")[:, :3], axis=1)
        peak[activity.startswith("fall")].append(norm.max())
        level.append(np.median(norm))
    assert np.median(level) == pytest.approx(1.0, abs=0.05)
    assert np.median(peak[True]) > 1.5 * np.median(peak[False])


def test_openpack(tmp_path):
    report, store = ingested("openpack", folder("openpack-u0209"), tmp_path)
    assert (report.recordings, report.failed, report.subjects) == (1, (), 1)
    assert report.activities == 10
    assert store.schema["inertial"].shape == (24,)
    minutes = {
        name: store.recordings[f"{name}_rows"][0] / store.schema[name].rate_hz / 60
        for name in ("inertial", "wristband")
    }
    assert minutes["inertial"] == pytest.approx(23.4, abs=0.5)
    assert minutes["wristband"] == pytest.approx(23.7, abs=0.5)
    labels = store.labels(0)
    assert 0.9 < np.mean(labels >= 0) < 1.0
    for unit in range(4):
        norm = np.linalg.norm(store.array("inertial")[:, 6 * unit : 6 * unit + 3], axis=1)
        assert np.median(norm) == pytest.approx(1.0, abs=0.1)
    assert np.median(np.linalg.norm(store.array("wristband"), axis=1)) == pytest.approx(1, abs=0.1)
    # The wristband is on the wrist of one of the units: their motion agrees in time.
    (id_,) = store.recordings["id"]
    band, unit = store.read(id_, "wristband"), store.read(id_, "inertial")
    grid = np.arange(
        store.time_s(id_, "inertial")[0] + 20, store.time_s(id_, "inertial")[-1] - 20, 0.05
    )

    def motion(x, modality):
        level = np.abs(np.linalg.norm(x, axis=1) - 1)
        return np.interp(grid, store.time_s(id_, modality), level)

    mine = motion(band, "wristband")
    alike = [
        np.corrcoef(mine, motion(unit[:, 6 * i : 6 * i + 3], "inertial"))[0, 1] for i in range(4)
    ]
    assert max(alike) > 0.2
    assert np.argmax(alike) < 2
