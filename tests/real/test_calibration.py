"""Units, filters and calibration on what devices recorded."""

import numpy as np
import polars as pl
import pytest
import scipy.signal
from tests.real.recordings import folder

from kinefuse import filters, units
from kinefuse.calibration import Autocalibrator, autocalibrate, find_clipping, find_flat_lines

pytestmark = pytest.mark.real


def norm(x):
    return np.linalg.norm(x, axis=1)


@pytest.fixture(scope="module")
def foot():
    file = folder("gaitmap-example") / "imu_sample_not_rotated.csv"
    table = pl.read_csv(file, has_header=False, skip_rows=2)
    return table.select(pl.nth(1, 2, 3).cast(pl.Float64)).to_numpy()


class TestGait:
    """A foot, at 204.8 Hz, in m/s²; the strides stand for about a quarter of a second each."""

    def test_the_unit_is_noticed(self, foot):
        settings = {"rate_hz": 204.8, "window_s": 0.2, "min_windows": 3}
        wrong = autocalibrate(foot, max_sd_g=0.2, **settings)
        assert "expected acceleration in g" in wrong.reason
        right = autocalibrate(units.convert(foot, "m/s2", "g"), max_sd_g=0.02, **settings)
        assert right.still_windows == 28
        assert "sphere is not populated" in right.reason
        assert right.error_before_g < 0.03

    def test_filters_are_scipys(self, foot):
        x = foot.astype(np.float32)
        for cutoff_hz in (0.3, 20):
            sos = filters.design_butterworth(4, cutoff_hz, rate_hz=204.8)
            expected = scipy.signal.sosfiltfilt(sos, x.astype(float), axis=0)
            found = filters.filter_zero_phase(x, sos)
            np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.abs(x).max())


@pytest.fixture(scope="module")
def axivity():
    with np.load(folder("actigraphy-raw") / "skdh" / "ax3_data.npz") as data:
        return data["accel"], data["temperature"], 1 / np.median(np.diff(data["time"]))


class TestActigraphs:
    """Minutes of wear, decoded from the devices' own files."""

    def test_minutes_are_not_enough_and_it_says_so(self, axivity):
        acc, temperature, rate_hz = axivity
        found = autocalibrate(acc, rate_hz=rate_hz, temperature_c=temperature)
        assert (found.windows, found.still_windows) == (29, 2)
        assert found.reason == "2 still windows, 10 needed"
        # The device is 4 % off, as it came.
        assert found.error_before_g == pytest.approx(0.0395, abs=0.001)
        np.testing.assert_array_equal(found.apply(acc, temperature_c=temperature), acc)

    def test_blocks_as_they_come_from_the_device(self, axivity):
        acc, _, rate_hz = axivity
        stream = Autocalibrator(rate_hz=rate_hz, window_s=1)
        for start in range(0, len(acc), 120):
            stream.push(acc[start : start + 120])
        whole = autocalibrate(acc, rate_hz=rate_hz, window_s=1)
        assert str(stream.solve()) == str(whole)
        assert stream.solve().error_before_g == whole.error_before_g

    @pytest.mark.parametrize("name", ["ax3", "ax6", "gnactv"])
    def test_a_range_of_8_g_was_enough(self, name):
        with np.load(folder("actigraphy-raw") / "skdh" / f"{name}_data.npz") as data:
            acc = data["accel"]
        assert find_clipping(acc, rate_hz=100, limit=8).is_empty()
        tighter = find_clipping(acc, rate_hz=100, limit=1.2, min_rows=1)
        clipped = np.zeros(acc.shape, bool)
        for channel, start, length in tighter["channel", "start", "length"].rows():
            clipped[start : start + length, channel] = True
        np.testing.assert_array_equal(clipped, np.abs(acc) >= 1.2)


@pytest.fixture(scope="module")
def wrist():
    table = pl.read_parquet(folder("empatica-tsflex") / "acc.parquet")
    counts = table.select("ACC_x", "ACC_y", "ACC_z").to_numpy()
    return units.convert_counts(counts, full_scale=2, bits=8)


class TestWristband:
    """Two hours of counts of 1/64 g at 32 Hz."""

    def test_counts_become_g(self, wrist):
        assert np.median(norm(wrist)) == pytest.approx(1, abs=0.03)

    def test_gravity_is_about_one_g(self, wrist):
        gravity, body = filters.separate_gravity(wrist, rate_hz=32)
        assert np.median(norm(gravity)) == pytest.approx(1, abs=0.03)
        assert np.abs(body.mean(axis=0)).max() < 1e-3
        assert norm(body).max() > 1

    def test_a_wrist_that_lay_in_few_postures_is_not_corrected(self, wrist):
        found = autocalibrate(wrist, rate_hz=32)
        assert (found.windows, found.still_windows) == (755, 357)
        assert "no still window has x below -0.3 g" in found.reason
        np.testing.assert_array_equal(found.apply(wrist), wrist)

    def test_the_ends_of_its_range(self, wrist):
        table = find_clipping(wrist, rate_hz=32, limit=(-2, 127 / 64), min_rows=1)
        assert table["length"].sum() == ((wrist <= -2) | (wrist >= 127 / 64)).sum()

    def test_a_coarse_sensor_at_rest_is_flat(self, wrist):
        table = find_flat_lines(wrist, rate_hz=32, min_s=5)
        assert table.height > 0
        for channel, start, length in table["channel", "start", "length"].rows()[:50]:
            assert np.ptp(wrist[start : start + length, channel]) == 0
            assert length >= 160


def test_counts_of_two_converters_become_g_and_deg_per_s():
    """An ADXL345 of ±16 g and 13 bits, an ITG3200 of ±2000 deg/s and 16 bits, by the readme."""
    file = min(folder("sisfall").rglob("D*.txt"))
    counts = np.loadtxt(file.read_text().replace(";", "").split("\n"), delimiter=",")
    acc = units.convert_counts(counts[:, :3], full_scale=16, bits=13)
    gyro = units.convert_counts(counts[:, 3:6], full_scale=2000, bits=16)
    assert np.median(norm(acc)) == pytest.approx(1, abs=0.1)
    assert 1 < np.median(norm(gyro)) < 200
    radians = units.convert(gyro, "deg/s", "rad/s")
    np.testing.assert_allclose(np.degrees(radians), gyro, rtol=1e-12)
