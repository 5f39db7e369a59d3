import numpy as np
import pytest
import scipy.interpolate
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st

import kinefuse
from kinefuse.errors import DtypeError, InputError, ShapeError, TimeError


def noise(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype) + dtype(1)


def jittered(n=3000, hz=100.0, seed=1):
    rng = np.random.default_rng(seed)
    return np.arange(n) / hz + rng.uniform(-0.3, 0.3, n) / hz


class TestRegrid:
    @pytest.mark.parametrize("rate_hz", [97.0, 100.0, 130.0, 400.0])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_rate_that_does_not_fall_is_interp(self, rate_hz, dtype):
        time, x = jittered(), noise(3000, 5, dtype=dtype)
        found = kinefuse.regrid(time, x, rate_hz=rate_hz, max_gap_s=0.1)
        assert found.data.dtype == dtype
        assert len(found.gaps) == 0
        np.testing.assert_allclose(found.time_s, time[0] + np.arange(len(found.data)) / rate_hz)
        assert time[-1] - found.time_s[-1] < 1.001 / rate_hz
        expected = [np.interp(found.time_s, time, x[:, c].astype(float)) for c in range(5)]
        tolerance = 1e-12 if dtype == np.float64 else 1e-6
        np.testing.assert_allclose(found.data, np.transpose(expected), rtol=0, atol=tolerance * 6)

    @pytest.mark.parametrize(("rate_hz", "factor"), [(50.0, 2), (30.0, 4), (20.0, 5), (7.0, 15)])
    def test_a_rate_that_falls_is_interp_and_the_filter(self, rate_hz, factor):
        time, x = jittered(), noise(3000, 3)
        found = kinefuse.regrid(time, x, rate_hz=rate_hz, max_gap_s=0.1)
        fine_hz = rate_hz * factor
        n = int((time[-1] - time[0]) * fine_hz) + 1
        fine_time = time[0] + np.arange(n) / fine_hz
        fine = np.stack([np.interp(fine_time, time, x[:, c]) for c in range(3)], axis=1)
        padded = np.pad(fine, ((10 * factor, 10 * factor), (0, 0)), mode="reflect")
        expected = scipy.signal.resample_poly(padded, 1, factor)[10 : 10 + len(found.data)]
        np.testing.assert_allclose(found.data, expected, rtol=0, atol=1e-11)

    def test_gravity_does_not_droop_and_aliases_go(self):
        time = np.arange(2000) / 100
        x = np.stack([np.ones(2000), np.sin(2 * np.pi * 42 * time)], axis=1)
        found = kinefuse.regrid(time, x, rate_hz=50, max_gap_s=0.1).data
        np.testing.assert_allclose(found[:, 0], 1, rtol=0, atol=1e-12)
        assert np.abs(found[20:-20, 1]).max() < 2e-3
        plain = np.interp(np.arange(1000) / 50, time, x[:, 1])
        assert np.abs(plain).max() > 0.9

    def test_gaps_are_kept_on_one_grid(self):
        time = np.delete(jittered(5000), np.r_[800:1400, 1402:1500, 3000:3004])
        found = kinefuse.regrid(time, time[:, None], rate_hz=100, max_gap_s=0.2)
        np.testing.assert_allclose(found.data[:, 0], found.time_s, rtol=0, atol=1e-11)
        assert found.report.gaps == 2
        assert found.report.bridged >= 1
        assert found.report.missing_s == pytest.approx(6.98, abs=0.05)
        assert found.report.rows_out == len(found.data)
        total = (time[-1] - time[0]) * 100
        assert len(found.data) + found.gaps[:, 1].sum() == int(total) + 1

    def test_everything_wrong_at_once_is_counted(self):
        time = jittered(2000)
        time[10], time[11], time[500], time[900] = np.nan, np.inf, time[499], time[890]
        time[1500:] += 3.0
        x = np.tile(time[:, None], (1, 2))
        report = kinefuse.regrid(time, x, rate_hz=50, max_gap_s=0.5).report
        assert (report.nonfinite, report.spread, report.backward) == (2, 1, 1)
        assert (report.gaps, report.isolated) == (1, 0)

    @pytest.mark.parametrize("rate_hz", [100.0, 50.0, 30.0])
    def test_nan_stays_between_its_neighbours(self, rate_hz):
        time, x = np.arange(1000) / 100, noise(1000, 2)
        clean = kinefuse.regrid(time, x, rate_hz=rate_hz, max_gap_s=0.1).data
        x[500:503, 0] = np.nan
        found = kinefuse.regrid(time, x, rate_hz=rate_hz, max_gap_s=0.1)
        touched = (found.time_s > 4.99 + 1e-9) & (found.time_s < 5.03 - 1e-9)
        np.testing.assert_array_equal(np.isnan(found.data[:, 0]), touched)
        np.testing.assert_array_equal(found.data[:, 1], clean[:, 1])
        far = np.abs(found.time_s - 5) > 11 / rate_hz + 0.03
        np.testing.assert_array_equal(found.data[far], clean[far])

    @pytest.mark.parametrize("rate_hz", [100.0, 25.0])
    def test_a_channel_of_nan_stays_nan(self, rate_hz):
        x = noise(400, 2)
        x[:, 1] = np.nan
        found = kinefuse.regrid(np.arange(400) / 100, x, rate_hz=rate_hz, max_gap_s=1).data
        assert np.isfinite(found[:, 0]).all()
        assert np.isnan(found[:, 1]).all()

    def test_an_origin_puts_streams_on_one_grid(self):
        a, b = jittered(500), jittered(600, seed=2) + 0.1234
        grids = [kinefuse.regrid(t, t, rate_hz=50, max_gap_s=1, origin_s=0.0) for t in (a, b)]
        for grid in grids:
            steps = grid.start_s * 50
            assert steps == pytest.approx(round(steps), abs=1e-9)
        first, second = (set(np.round(g.time_s * 50).astype(int)) for g in grids)
        assert len(first & second) > 200

    @pytest.mark.parametrize("start", [1.7e9, -1.7e9])
    def test_stamps_since_1970(self, start):
        time = start + np.arange(3000) / 100
        found = kinefuse.regrid(time, noise(3000, 1), rate_hz=100, max_gap_s=0.1)
        assert len(found.data) == 3000
        assert found.start_s == start

    def test_skeletons_and_single_channels(self):
        time = jittered(200)
        x = noise(200, 20, 3, dtype=np.float32)
        found = kinefuse.regrid(time, x, rate_hz=60, max_gap_s=1).data
        flat = kinefuse.regrid(time, x.reshape(200, 60), rate_hz=60, max_gap_s=1).data
        np.testing.assert_array_equal(found.reshape(-1, 60), flat)
        one = kinefuse.regrid(time, x[:, 3, 1], rate_hz=60, max_gap_s=1).data
        # Another number of channels sums in the same order.
        np.testing.assert_array_equal(one, found[:, 3, 1])

    @settings(max_examples=100)
    @given(
        steps=st.lists(st.floats(0.001, 0.05) | st.floats(0.3, 3), min_size=3, max_size=120),
        rate_hz=st.floats(5, 300),
        start=st.floats(-1e6, 1e6),
    )
    def test_any_clock(self, steps, rate_hz, start):
        time = start + np.cumsum(steps)
        try:
            found = kinefuse.regrid(time, np.ones((len(time), 2)), rate_hz=rate_hz, max_gap_s=0.2)
        except InputError as error:
            assert "max_gap_s" in str(error)  # noqa: PT017
            return
        np.testing.assert_allclose(found.data, 1, rtol=0, atol=1e-12)
        report = found.report
        assert report.rows_out == len(found.data) == len(found.time_s) > 0
        assert (found.gaps[:, 1] >= 0).all()
        assert (np.diff(found.gaps[:, 0]) > 0).all()
        before = np.searchsorted(time, found.time_s - 2e-3 / rate_hz)
        after = np.searchsorted(time, found.time_s + 2e-3 / rate_hz, side="right") - 1
        assert (time[before] - time[after] <= 0.2 + 1e-6).all()

    @pytest.mark.parametrize(
        ("time", "x", "settings", "error", "says"),
        [
            ([], np.zeros((0, 3)), {}, ShapeError, "at least 2 stamps"),
            ([0.0], np.zeros((1, 3)), {}, ShapeError, "at least 2 stamps"),
            ([0.0, 1.0], np.zeros((3, 3)), {}, ShapeError, "one sample for each stamp"),
            ([0.0, 1.0], np.zeros((2, 0)), {}, ShapeError, "at least one channel"),
            ([0.0, 1.0], np.zeros((2, 1, 1, 1)), {}, ShapeError, "one sample for each stamp"),
            ([0.0, 1.0], ["a", "b"], {}, DtypeError, "x:"),
            ([np.nan, np.nan], np.zeros(2), {}, TimeError, "finite"),
            ([2.0, 1.0, 0.0], np.zeros(3), {}, TimeError, "out of order"),
            ([0.0, 1e6], np.zeros(2), {"max_gap_s": np.inf}, TimeError, "in seconds"),
            ([0.0, 1.0], np.zeros(2), {"rate_hz": 0}, InputError, "rate_hz"),
            ([0.0, 1.0], np.zeros(2), {"rate_hz": np.nan}, InputError, "rate_hz"),
            ([0.0, 1.0], np.zeros(2), {"max_gap_s": -1}, InputError, "max_gap_s"),
            ([0.0, 1.0], np.zeros(2), {"max_gap_s": 0.1}, InputError, "own step"),
            ([0.0, 1.0], np.zeros(2), {"origin_s": np.inf}, InputError, "origin_s"),
            ([0.1, 0.2], np.zeros(2), {"rate_hz": 1, "origin_s": 0}, TimeError, "no point"),
        ],
    )
    def test_bad_input(self, time, x, settings, error, says):
        settings = {"rate_hz": 50, "max_gap_s": 10} | settings
        with pytest.raises(error, match=says):
            kinefuse.regrid(time, x, **settings)


METHODS = {
    "linear": lambda t, y: (
        lambda when: np.stack([np.interp(when, t, column) for column in y.T], axis=1)
    ),
    "nearest": lambda t, y: scipy.interpolate.interp1d(t, y, kind="nearest", axis=0),
    "cubic": scipy.interpolate.CubicSpline,
    "pchip": scipy.interpolate.PchipInterpolator,
}


@pytest.mark.parametrize("method", METHODS)
class TestInterpolation:
    @pytest.mark.parametrize("rate_hz", [40.0, 100.0, 333.0])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_agrees_with_scipy(self, method, rate_hz, dtype):
        # Longer than a piece of work, so that its seams are seen.
        time, x = jittered(9000), noise(9000, 3, dtype=dtype)
        x[2000:2100] = 1  # a flat stretch, where monotone slopes are 0
        found = kinefuse.regrid(
            time, x, rate_hz=rate_hz, max_gap_s=1, interpolation=method, antialias=False
        )
        expected = METHODS[method](time, x.astype(float))(found.time_s)
        tolerance = 2e-12 if dtype == np.float64 else 1e-6
        largest = np.abs(expected).max()
        np.testing.assert_allclose(found.data, expected, rtol=0, atol=tolerance * largest)

    @pytest.mark.parametrize("n", [2, 3, 4, 5])
    def test_short_segments(self, method, n):
        time, x = np.arange(n) + np.linspace(0, 0.3, n) ** 2, noise(n, 2)
        found = kinefuse.regrid(time, x, rate_hz=7, max_gap_s=10, interpolation=method)
        expected = METHODS[method](time, x)(found.time_s)
        np.testing.assert_allclose(found.data, expected, rtol=0, atol=1e-12)

    @settings(max_examples=30)
    @given(
        steps=st.lists(st.floats(0.001, 0.05), min_size=4, max_size=200),
        rate_hz=st.floats(50, 3000),
    )
    def test_any_clock(self, method, steps, rate_hz):
        time = np.cumsum(steps)
        x = np.sin(40 * time)[:, None]
        try:
            found = kinefuse.regrid(
                time, x, rate_hz=rate_hz, max_gap_s=1, interpolation=method, antialias=False
            )
        except TimeError:
            return
        when = np.clip(found.time_s, time[0], time[-1])
        expected = METHODS[method](time, x)(when)
        if method == "nearest":
            # Halfway between two samples, either may be nearer by rounding.
            between = (time[1:] + time[:-1]) / 2
            sure = np.abs(when[:, None] - between).min(axis=1) > 1e-6
            np.testing.assert_array_equal(found.data[sure], expected[sure])
            return
        slack = 1e-9 + 50 * 1e-3 / rate_hz if rate_hz < 100 else 1e-6
        peak = max(1.0, np.abs(expected).max())
        np.testing.assert_allclose(found.data, expected, rtol=0, atol=slack * peak)

    def test_gaps_cut_the_curve(self, method):
        time, x = np.delete(jittered(3000), slice(1000, 1500)), noise(2500, 2)
        settings = {"rate_hz": 230, "max_gap_s": 0.5, "interpolation": method}
        found = kinefuse.regrid(time, x, **settings)
        row = found.gaps[0, 0]
        assert len(found.gaps) == 1
        for rows, own in ((slice(0, row), slice(0, 1000)), (slice(row, None), slice(1000, None))):
            expected = METHODS[method](time[own], x[own])(found.time_s[rows])
            np.testing.assert_allclose(found.data[rows], expected, rtol=0, atol=1e-11)

    def test_nan_stays_between_its_neighbours(self, method):
        time, x = np.arange(1000) / 100, noise(1000, 2)
        x[500, 0], x[700, 0] = np.nan, np.inf
        found = kinefuse.regrid(time, x, rate_hz=250, max_gap_s=0.1, interpolation=method)
        near = 0.005 if method == "nearest" else 0.01
        nan = np.abs(found.time_s - 5) < near - 1e-9
        if method in ("cubic", "pchip"):
            nan |= np.abs(found.time_s - 7) < near - 1e-9
            np.testing.assert_array_equal(np.isnan(found.data[:, 0]), nan)
        else:
            np.testing.assert_array_equal(np.isnan(found.data[:, 0]) & (found.time_s < 6), nan)
        assert np.isfinite(found.data[:, 1]).all()

    def test_threads_and_the_filter(self, method):
        time, x = jittered(30_000), noise(30_000, 3, dtype=np.float32)
        settings = {"max_gap_s": 1, "interpolation": method}
        before, results = kinefuse.num_threads(), set()
        try:
            for n in (1, 2, 5):
                kinefuse.set_num_threads(n)
                both = [kinefuse.regrid(time, x, rate_hz=r, **settings) for r in (30, 130)]
                results.add(b"".join(grid.data.tobytes() for grid in both))
        finally:
            kinefuse.set_num_threads(before)
        assert len(results) == 1


def test_without_the_filter_aliases_stay():
    time = np.arange(2000) / 100
    x = np.sin(2 * np.pi * 42 * time)
    found = kinefuse.regrid(time, x, rate_hz=50, max_gap_s=0.1, antialias=False).data
    np.testing.assert_allclose(found, x[::2], rtol=0, atol=1e-9)


@pytest.mark.parametrize("method", ["quadratic", None, 3, ["linear"]])
def test_unknown_interpolation(method):
    with pytest.raises(InputError, match="interpolation"):
        kinefuse.regrid([0.0, 1.0], [1.0, 2.0], rate_hz=1, max_gap_s=9, interpolation=method)
