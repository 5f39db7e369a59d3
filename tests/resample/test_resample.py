import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import kinefuse
from kinefuse.errors import DtypeError, InputError, ShapeError

RATES = [(100, 50), (100, 25), (100, 30), (50, 100), (41, 20), (128, 50), (98, 100), (3, 7)]


def noise(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype) + dtype(1)


def poly(x, from_hz, to_hz, axis=0):
    return scipy.signal.resample_poly(x.astype(np.float64), to_hz, from_hz, axis=axis)


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
            (1, 10_001, "10000 times"),
            (1e300, 1e-300, "10000 times"),
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
    with pytest.raises(error, match="x:"):
        kinefuse.resample_at(x, [0.0, 1.0], rate_hz=1)


class TestPrecise:
    @pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
    @pytest.mark.parametrize("shape", [(50_000, 3), (7, 40, 6)])
    def test_is_scipys_float64_result_rounded(self, from_hz, to_hz, shape):
        x = noise(*shape, dtype=np.float32)
        found = kinefuse.resample(x, from_hz=from_hz, to_hz=to_hz, precise=True)
        assert found.dtype == np.float32
        expected = poly(x, from_hz, to_hz, axis=len(shape) - 2).astype(np.float32)
        np.testing.assert_array_equal(found, expected)

    def test_makes_a_difference_and_none_in_float64(self):
        x = noise(5000, 2)
        settings = {"from_hz": 41, "to_hz": 20}
        double = kinefuse.resample(x, **settings)
        np.testing.assert_array_equal(double, kinefuse.resample(x, **settings, precise=True))
        x = x.astype(np.float32)
        single = kinefuse.resample(x, **settings)
        assert (single != kinefuse.resample(x, **settings, precise=True)).any()


class TestAnyRatio:
    @pytest.mark.parametrize(
        ("from_hz", "to_hz"),
        [(64, 63.97), (102.5, 33.4567), (100, 100 * np.pi), (9999, 1), (1, 2000.3)],
    )
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_is_the_sum_over_samples(self, from_hz, to_hz, dtype):
        x = noise(2, 300, 3, dtype=dtype)
        found = kinefuse.resample(x, from_hz=from_hz, to_hz=to_hz)
        assert found.dtype == dtype
        assert found.shape == (2, int(np.ceil(300 * to_hz / from_hz)), 3)
        some = np.arange(0, found.shape[1], max(1, found.shape[1] // 300))
        expected = [naive(item, some * (from_hz / to_hz), to_hz / from_hz) for item in x]
        tolerance = 1e-9 if dtype == np.float64 else 1e-6
        np.testing.assert_allclose(found[:, some], expected, rtol=0, atol=tolerance * 5)

    def test_a_rate_beside_a_rational_one_gives_nearly_the_same(self):
        x = noise(1000, 2)
        one = kinefuse.resample(x, from_hz=100, to_hz=50)
        other = kinefuse.resample(x, from_hz=100, to_hz=50 * (1 + 1e-8))[: len(one)]
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-3)

    def test_out_threads_and_nan(self):
        x = noise(60_000, 2, dtype=np.float32)
        settings = {"from_hz": 64, "to_hz": 63.97}
        expected, before = kinefuse.resample(x, **settings), kinefuse.num_threads()
        out = np.empty_like(expected)
        try:
            for n in (1, 2, 5):
                kinefuse.set_num_threads(n)
                assert kinefuse.resample(x, **settings, out=out) is out
                assert out.tobytes() == expected.tobytes()
        finally:
            kinefuse.set_num_threads(before)
        x[30_000, 0] = np.nan
        found = kinefuse.resample(x, **settings)
        reached = np.abs(np.arange(len(found)) * 64 / 63.97 - 30_000) < 10 * 64 / 63.97
        np.testing.assert_array_equal(np.isnan(found[:, 0]), reached)
        np.testing.assert_array_equal(found[:, 1], expected[:, 1])


def naive(x, positions, ratio):
    """Sum the samples under the continuous filter, in the limit of ever finer taps."""
    cut_off, area = min(1.0, ratio), 0.9993253166083714
    lag = positions[:, None] - np.arange(len(x))
    inside = np.clip(1 - (lag * cut_off / 10) ** 2, 0, None)
    weights = np.sinc(lag * cut_off) * np.i0(5 * np.sqrt(inside)) / np.i0(5.0)
    weights[np.abs(lag) * cut_off > 10] = 0
    return (weights * cut_off / area) @ x.astype(np.float64)
