"""Clocks as devices really keep them."""

import numpy as np
import polars as pl
import pytest
from tests.real.recordings import folder

from kinefuse import clock

pytestmark = pytest.mark.real


def phone_and_watch():
    for phone in sorted((folder("sp-sw-har") / "DATA").rglob("*_sp.csv")):
        watch = phone.with_name(phone.name.replace("_sp", "_sw"))
        if watch.exists():
            yield pl.read_csv(phone), pl.read_csv(watch)


def test_a_phone_that_stamps_on_arrival_loses_hardly_a_row():
    rows = repeated = spread = 0
    rates = []
    for phone, _ in phone_and_watch():
        report = clock.repair(phone["timestamp"], max_gap_s=0.1).report
        rows += report.rows_in
        repeated += report.repeated
        spread += report.spread
        rates.append(report.rate_hz)
        assert report.backward == report.nonfinite == 0
    assert spread + repeated == pytest.approx(0.08 * rows, rel=0.05)
    assert spread > 0.9 * (spread + repeated)
    assert np.median(rates) == pytest.approx(102.5, rel=0.01)


def test_the_rate_of_stamps_on_arrival_is_that_of_the_rows():
    for phone, watch in phone_and_watch():
        for device, hz in ((phone, 102.5), (watch, 104.27)):
            found = clock.estimate_rate(device["timestamp"])
            assert found.rate_hz == pytest.approx(hz, rel=0.01)


def test_units_and_zones_of_published_files():
    root = folder("openpack-u0209") / "U0209"
    sensor = pl.read_csv(root / "atr/atr02/S0500.csv")
    band = pl.read_csv(root / "e4/e401/acc/S0500.csv")
    found = clock.to_seconds(sensor["unixtime"])
    assert (found.unit, found.missing) == ("ms", 0)
    assert clock.infer_rate(sensor["unixtime"]) == pytest.approx(100 / 3, rel=1e-9)
    # 31 and 32 ms in turn are 32 Hz.
    rate = clock.estimate_rate(band["time"], nominal_hz=32)
    assert abs(rate.drift_ppm) < 50
    assert rate.residual_s < 1e-3
    assert found.origin_ns - clock.to_seconds(band["time"]).origin_ns == 11 * 10**9
    labels = pl.read_csv(root / "annotation/openpack-operations/S0500.csv")
    start = clock.to_seconds(labels["start"], origin_ns=found.origin_ns)
    assert (start.unit, start.zone, start.missing) == ("iso", "+09:00", 0)
    assert found.time_s[0] < start.time_s[0] < start.time_s[-1] < found.time_s[-1]


def test_the_wristband_lies_beside_the_sensor_of_the_right_wrist():
    root = folder("openpack-u0209") / "U0209"
    axes = ["acc_x", "acc_y", "acc_z"]
    band = pl.read_csv(root / "e4/e401/acc/S0500.csv")
    sensors = {name: pl.read_csv(root / f"atr/{name}/S0500.csv") for name in ("atr01", "atr02")}
    found = {
        name: clock.align(
            sensor["unixtime"], sensor.select(axes).to_numpy(), band["time"], band.select(axes)
        )
        for name, sensor in sensors.items()
    }
    best = found["atr01"]
    assert best.confidence > 0.8
    assert best.rival < 0.2
    assert found["atr02"].confidence < 0.2
    # The files are 11 s apart by their first stamps, and their clocks agree to a tenth of that.
    assert abs(best.offset_s) < 0.2
    assert best.drift_error_ppm < 10
    # Each half of the recording, by itself, tells the same.
    sensor = sensors["atr01"]
    for part in (slice(0, len(sensor) // 2), slice(len(sensor) // 2, None)):
        half = sensor[part]
        again = clock.align(
            half["unixtime"], half.select(axes).to_numpy(), band["time"], band.select(axes)
        )
        # A tenth of the band's step of 31 ms.
        here = again.reference_s
        assert best.to_a(here) == pytest.approx(again.to_a(here), abs=3e-3)


def test_sensors_of_one_system_share_a_clock():
    root = folder("openpack-u0209") / "U0209/atr"
    left, right = (pl.read_csv(root / name / "S0500.csv") for name in ("atr02", "atr04"))
    axes = ["acc_x", "acc_y", "acc_z"]
    found = clock.align(
        left["unixtime"],
        left.select(axes).to_numpy(),
        right["unixtime"],
        right.select(axes).to_numpy(),
    )
    assert abs(found.offset_s) < 0.1


def test_a_watch_and_a_phone_in_the_pocket():
    axes = ["x_acc", "y_acc", "z_acc"]
    sure = []
    for phone, watch in phone_and_watch():
        found = clock.align(
            phone["timestamp"],
            phone.select(axes).to_numpy(),
            watch["timestamp"],
            watch.select(axes).to_numpy(),
            max_offset_s=3.0,
        )
        if found.confidence > 0.3 and found.rival < 0.7:
            sure.append(found.offset_s)
    # Walking repeats itself with every step: now and then the wrong one is taken.
    assert len(sure) >= 12
    assert np.median(sure) == pytest.approx(-0.028, abs=0.01)
    assert np.mean(np.abs(sure - np.median(sure)) < 0.03) > 0.8


def test_hours_of_beats_and_their_gaps():
    beats = pl.read_parquet(folder("empatica-tsflex") / "ibi.parquet")
    gaps = clock.find_gaps(beats["timestamp"], max_gap_s=10.0)
    longest = gaps.sort("missing_s")[-1]
    assert longest["end_s"].item() - longest["start_s"].item() == pytest.approx(433.676, abs=1e-3)
    runs = clock.segments(beats["timestamp"], max_gap_s=10.0)
    assert runs["rows"].sum() == len(beats)
    assert len(runs) == len(gaps) + 1
    raw = beats["timestamp"].dt.epoch("us").to_numpy()
    assert len(gaps) == (np.diff(raw) > 10_000_000).sum()


def test_hours_of_even_stamps_need_no_repair():
    acc = pl.read_parquet(folder("empatica-tsflex") / "acc.parquet")
    found = clock.repair(acc["timestamp"], max_gap_s=1.0)
    assert found.report.dropped == found.report.spread == found.report.gaps == 0
    assert clock.estimate_rate(acc["timestamp"]).rate_hz == pytest.approx(32, rel=1e-9)
