"""The generic readers on recordings as people publish them."""

import numpy as np
import polars as pl
import pytest
from tests.real.recordings import folder

from kinefuse import readers
from kinefuse.data import MotionStore, ingest

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def phone_and_watch(tmp_path_factory):
    out = tmp_path_factory.mktemp("sp-sw-har") / "store"
    reader = readers.get(
        "csv",
        channels={f"{k}_{a}": f"{a}_{k}" for k in ("acc", "gyro") for a in "xyz"},
        units={"acc": "m/s2", "gyro": "rad/s"},
        time="timestamp",
        time_format="ms",
        label="label",
        pattern="{subject}/{subject}_{trial}_{stream}.csv",
        dataset="sp-sw-har",
    )
    report = ingest(
        reader, folder("sp-sw-har") / "DATA", out, rate_hz={"inertial": 50.0}, max_gap_s=0.1
    )
    return report, MotionStore(out)


def test_two_devices_with_their_own_clocks_become_one_recording(phone_and_watch):
    report, store = phone_and_watch
    assert report.failed == ()
    assert report.subjects == 6
    assert set(store.classes) == {"SEATED", "STANDING_UP", "WALKING", "TURNING", "SITTING_DOWN"}
    assert set(report.ignored) == {"executions_info.csv", "subjects_info.csv"}
    assert report.counts["stamps_spread"] > 4000
    assert report.counts.get("stamps_repeated", 0) < 400
    assert report.gaps > 0
    channels = store.schema["inertial"].channels
    assert (channels[0], channels[-1]) == ("sp.acc_x", "sw.gyro_z")
    for id_ in store.recordings["id"][:10]:
        x = store.read(id_, "inertial")
        assert np.isfinite(x).all()
        for acc in (x[:, 0:3], x[:, 6:9]):
            assert np.median(np.linalg.norm(acc, axis=1)) == pytest.approx(1.0, abs=0.15)


def test_both_devices_are_where_their_files_say(phone_and_watch):
    _, store = phone_and_watch
    id_ = store.recordings["id"][0]
    subject, trial = id_.split("_")
    times, x = store.time_s(id_, "inertial"), store.read(id_, "inertial")
    for column, device in ((0, "sp"), (6, "sw")):
        file = folder("sp-sw-har") / f"DATA/{subject}/{subject}_{trial}_{device}.csv"
        raw = pl.read_csv(file).unique("timestamp", keep="first").sort("timestamp")
        seconds = raw["timestamp"].to_numpy() / 1000
        plain = np.interp(times, seconds, raw["x_acc"].to_numpy() / 9.80665)
        # Anti-aliased against plain interpolation: the same but for fast wiggles.
        assert np.corrcoef(plain, x[:, column])[0, 1] > 0.95
        assert abs(np.mean(plain - x[:, column])) < 0.01


def test_windows_follow_the_labels_of_samples(phone_and_watch):
    _, store = phone_and_watch
    index = store.window_index(length_s=1.0, stride_s=0.5, min_share=0.8)
    assert len(index) > 500
    assert (index["share"] >= 0.8).all()
    walking = index.filter(pl.col("activity") == "WALKING")
    seated = index.filter(pl.col("activity") == "SEATED")

    def moved(rows):
        spreads = []
        for shard, start, n in rows.select(
            "inertial_shard", "inertial_start", "inertial_rows"
        ).iter_rows():
            spreads.append(
                store.array("inertial", shard)[start : start + n, 0:3].std(axis=0).mean()
            )
        return np.median(spreads)

    assert moved(walking) > 2 * moved(seated)


def test_rows_without_stamps_and_an_unnamed_column(tmp_path):
    reader = readers.get(
        "csv",
        channels={
            **{f"user_acc_{a}": f"userAcceleration.{a}" for a in "xyz"},
            **{f"gyro_{a}": f"rotationRate.{a}" for a in "xyz"},
        },
        units={"user_acc": "g", "gyro": "rad/s"},
        rate_hz=50.0,
        pattern="{activity}_{trial}/sub_{subject}.csv",
        dataset="motionsense",
    )
    report = ingest(reader, folder("motionsense"), tmp_path / "store")
    assert (report.recordings, report.subjects, report.activities) == (60, 4, 6)
    assert report.failed == ()
    store = MotionStore(tmp_path / "store")
    assert len(store.window_index(length_s=2.56)) > 1000


def test_parquet_with_zoned_stamps(tmp_path):
    path = folder("empatica-tsflex") / "acc.parquet"
    schema = pl.read_parquet_schema(path)
    time = next(name for name, dtype in schema.items() if dtype.is_temporal())
    axes = [name for name, dtype in schema.items() if dtype.is_numeric()]
    reader = readers.get(
        "parquet", channels=axes, units="1/64 g", time=time, fixed={"subject": "1"}
    )
    report = ingest(reader, path, tmp_path / "store", rate_hz={"inertial": 32.0})
    assert report.recordings == 1
    assert report.seconds["inertial"] == pytest.approx(2.1 * 3600, rel=0.05)
