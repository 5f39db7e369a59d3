import doctest
import sys

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import kinefuse
from kinefuse.errors import DtypeError, InputError, ShapeError, TimeError

RATES = [(100, 50), (100, 25), (100, 30), (50, 100), (41, 20), (128, 50), (98, 100), (3, 7)]


def noise(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype) + dtype(1)


def poly(x, from_hz, to_hz, axis=0):
    return scipy.signal.resample_poly(x.astype(np.float64), to_hz, from_hz, axis=axis)


def test_examples_run():
    assert doctest.testmod(sys.modules["kinefuse.resample"]).failed == 0


class TestResample:
    @pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
    @pytest.mark.parametrize("shape", [(1000,), (1, 3), (10, 1), (999, 6), (2500, 7), (300, 60)])
    def test_agrees_with_scipy(self, from_hz, to_hz, shape):
        x = noise(*shape)
        expected = poly(x, from_hz, to_hz)
        peak = np.abs(x).max()
        found = kinefuse.resample(x, from_hz=from_hz, to_hz=to_hz)
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * peak)
        single = kinefuse.resample(x.astype(np.float32), from_hz=from_hz, to_hz=to_hz)
        assert single.dtype == np.float32
        expected = poly(x.astype(np.float32), from_hz, to_hz)
        np.testing.assert_allclose(single, expected, rtol=0, atol=1e-6 * peak)

    @settings(max_examples=50)
    @given(
        x=hnp.arrays(
            st.sampled_from([np.float32, np.float64]),
            hnp.array_shapes(min_dims=3, max_dims=3, max_side=40),
            elements=st.floats(-1e3, 1e3, width=32),
        ),
        up=st.integers(1, 20),
        down=st.integers(1, 20),
    )
    def test_any_batch_and_ratio(self, x, up, down):
        found = kinefuse.resample(x, from_hz=down, to_hz=up)
        expected = poly(x, down, up, axis=1)
        assert found.shape == expected.shape
        tolerance = 1e-12 if x.dtype == np.float64 else 1e-6
        np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(x).max())

    def test_a_long_signal_in_many_pieces(self):
        x = noise(200_000, 6, dtype=np.float32)
        for from_hz, to_hz in RATES[:5]:
            found = kinefuse.resample(x, from_hz=from_hz, to_hz=to_hz)
            np.testing.assert_allclose(found, poly(x, from_hz, to_hz), rtol=0, atol=6e-6)

    def test_the_number_of_threads_does_not_matter(self):
        x, before = noise(70_000, 3, dtype=np.float32), kinefuse.num_threads()
        try:
            results = []
            for n in (1, 2, 5):
                kinefuse.set_num_threads(n)
                results.append(kinefuse.resample(x, from_hz=100, to_hz=30).tobytes())
        finally:
            kinefuse.set_num_threads(before)
        assert len(set(results)) == 1

    def test_rates_that_are_no_whole_numbers(self):
        x = noise(500, 2)
        found = kinefuse.resample(x, from_hz=31.25, to_hz=12.5)
        np.testing.assert_allclose(found, poly(x, 5, 2), rtol=0, atol=1e-12)
        third = kinefuse.resample(x, from_hz=100, to_hz=100 / 3)
        np.testing.assert_allclose(third, poly(x, 3, 1), rtol=0, atol=1e-12)

    def test_the_same_rate_is_a_copy(self):
        x = noise(50, 2)
        found = kinefuse.resample(x, from_hz=64.5, to_hz=64.5)
        np.testing.assert_array_equal(found, x)
        assert not np.may_share_memory(found, x)

    @pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
    def test_nan_reaches_where_its_weight_is_not_zero(self, from_hz, to_hz):
        x = np.zeros((301, 2))
        x[150, 0] = 1
        weight = poly(x, from_hz, to_hz)[:, 0]
        x[150, 0] = np.nan
        found = kinefuse.resample(x, from_hz=from_hz, to_hz=to_hz)
        np.testing.assert_array_equal(np.isnan(found[:, 0]), np.abs(weight) > 1e-12)
        assert np.isfinite(found[:, 1]).all()

    def test_other_layouts_of_the_same_values(self):
        x = noise(300, 6, dtype=np.float32)
        expected = kinefuse.resample(x, from_hz=100, to_hz=50)
        for same in (np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2], x.astype(">f4")):
            found = kinefuse.resample(same, from_hz=100, to_hz=50)
            assert found.dtype == np.float32
            np.testing.assert_array_equal(found, expected)
        whole = np.arange(40)
        np.testing.assert_allclose(
            kinefuse.resample(whole, from_hz=2, to_hz=1), poly(whole, 2, 1), rtol=0, atol=1e-11
        )

    def test_out(self):
        x, out = noise(64, 200, 6, dtype=np.float32), np.empty((64, 100, 6), np.float32)
        assert kinefuse.resample(x, from_hz=2, to_hz=1, out=out) is out
        np.testing.assert_array_equal(out, kinefuse.resample(x, from_hz=2, to_hz=1))

    @pytest.mark.parametrize(
        ("out", "error"),
        [
            (np.empty((99, 6)), ShapeError),
            (np.empty((100, 6), np.float32), DtypeError),
            (np.empty((6, 100)).T, InputError),
            ("nowhere", DtypeError),
        ],
    )
    def test_bad_out(self, out, error):
        with pytest.raises(error, match="out"):
            kinefuse.resample(np.zeros((200, 6)), from_hz=2, to_hz=1, out=out)

    @pytest.mark.parametrize(
        ("from_hz", "to_hz", "says"),
        [
            (0, 1, "from_hz"),
            ("fast", 1, "from_hz"),
            (1, None, "to_hz"),
            (1, -1, "to_hz"),
            (np.nan, 1, "from_hz"),
            (1, np.inf, "to_hz"),
            (64, 63.97, "regrid"),
            (1, 2000, "regrid"),
            (2000, 1, "regrid"),
            (100, np.pi, "regrid"),
        ],
    )
    def test_bad_rates(self, from_hz, to_hz, says):
        with pytest.raises(InputError, match=says):
            kinefuse.resample(np.zeros(10), from_hz=from_hz, to_hz=to_hz)


BAD_SIGNALS = [
    (np.zeros((0, 6)), ShapeError),
    (np.zeros((5, 0)), ShapeError),
    (np.zeros((0, 5, 2)), ShapeError),
    (np.zeros((2, 2, 2, 2)), ShapeError),
    (np.float64(1), ShapeError),
    (np.zeros(5, complex), DtypeError),
    (np.array(["a", "b"]), DtypeError),
    (np.array([1.0, None]), DtypeError),
    (np.ma.masked_array([1.0, 2.0], [True, False]), DtypeError),
]


@pytest.mark.parametrize(("x", "error"), BAD_SIGNALS)
def test_bad_signals(x, error):
    with pytest.raises(error, match="x:"):
        kinefuse.resample(x, from_hz=2, to_hz=1)
    with pytest.raises(error, match="x:"):
        kinefuse.resample_to_length(x, 10)


class TestResampleToLength:
    @pytest.mark.parametrize("t", [1, 2, 3, 50, 51, 180, 257])
    @pytest.mark.parametrize("n", [1, 2, 3, 50, 51, 180, 257])
    def test_agrees_with_scipy(self, t, n):
        x = noise(t, 6)
        expected = scipy.signal.resample(x, n)
        found = kinefuse.resample_to_length(x, n)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
        single = kinefuse.resample_to_length(x.astype(np.float32), n)
        assert single.dtype == np.float32
        expected = scipy.signal.resample(x.astype(np.float32).astype(np.float64), n)
        np.testing.assert_allclose(single, expected, rtol=0, atol=1e-6)

    @settings(max_examples=50)
    @given(
        x=hnp.arrays(
            np.float64,
            hnp.array_shapes(min_dims=1, max_dims=3, max_side=30),
            elements=st.floats(-1e3, 1e3),
        ),
        n=st.integers(1, 70),
    )
    def test_any_shape(self, x, n):
        found = kinefuse.resample_to_length(x, n)
        expected = scipy.signal.resample(x, n, axis=1 if x.ndim == 3 else 0)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)

    def test_out_and_nan(self):
        x, out = noise(60, 2), np.empty((20, 2))
        x[7, 1] = np.nan
        assert kinefuse.resample_to_length(x, 20, out=out) is out
        assert np.isfinite(out[:, 0]).all()
        assert np.isnan(out[:, 1]).all()

    @pytest.mark.parametrize("n", [0, -3, 2.5, "many"])
    def test_bad_length(self, n):
        with pytest.raises(InputError, match="n:"):
            kinefuse.resample_to_length(np.zeros(10), n)


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
