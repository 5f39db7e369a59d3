import itertools

import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import kinefuse
from kinefuse import filters
from kinefuse.errors import ConfigError, DtypeError, InputError, ShapeError

BANDS = {
    "lowpass": 12.0,
    "highpass": 7.0,
    "bandpass": (2.0, 21.0),
    "bandstop": (9.0, 14.0),
}


def noise(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype) + dtype(1)


def scipy_design(order, cutoff_hz, rate_hz, kind):
    return scipy.signal.butter(order, cutoff_hz, kind, fs=rate_hz, output="sos")


def response(sos, at):
    return scipy.signal.freqz_sos(sos, at, fs=100)[1]


class TestDesign:
    @pytest.mark.parametrize("kind", BANDS)
    @pytest.mark.parametrize("order", [1, 2, 3, 4, 5, 8, 11])
    def test_sections_are_scipys(self, order, kind):
        found = filters.design_butterworth(order, BANDS[kind], rate_hz=100, kind=kind)
        expected = scipy_design(order, BANDS[kind], 100, kind)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)

    @pytest.mark.parametrize("cutoff_hz", [1e-4, 0.05, 0.3, 20.0, 45.0, 49.99])
    @pytest.mark.parametrize("order", [1, 2, 3, 4, 6])
    def test_edges_near_the_ends(self, order, cutoff_hz):
        for kind in ("lowpass", "highpass"):
            found = filters.design_butterworth(order, cutoff_hz, rate_hz=100, kind=kind)
            expected = scipy_design(order, cutoff_hz, 100, kind)
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)

    @settings(max_examples=60, deadline=None)
    @given(
        order=st.integers(1, 10),
        kind=st.sampled_from(list(BANDS)),
        low=st.floats(0.5, 30),
        width=st.floats(1, 18),
    )
    def test_any_band_has_scipys_response(self, order, kind, low, width):
        cutoff_hz = (low, low + width) if kind.startswith("band") else low
        found = filters.design_butterworth(order, cutoff_hz, rate_hz=100, kind=kind)
        expected = scipy_design(order, cutoff_hz, 100, kind)
        assert found.shape == expected.shape
        at = np.linspace(0, 50, 301)
        np.testing.assert_allclose(response(found, at), response(expected, at), rtol=0, atol=1e-7)

    @pytest.mark.parametrize(
        ("arguments", "error", "says"),
        [
            ({"order": 0}, InputError, "order"),
            ({"order": 21}, InputError, "order"),
            ({"order": 2.5}, InputError, "order"),
            ({"cutoff_hz": 50}, InputError, "half the rate"),
            ({"cutoff_hz": 0}, InputError, "cutoff_hz"),
            ({"cutoff_hz": np.nan}, InputError, "cutoff_hz"),
            ({"cutoff_hz": (1, 2)}, InputError, "one frequency for 'lowpass'"),
            ({"cutoff_hz": (1, 2, 3)}, InputError, "one or two"),
            ({"cutoff_hz": 3, "kind": "bandpass"}, InputError, "two for 'bandpass'"),
            ({"cutoff_hz": (3, 2), "kind": "bandpass"}, InputError, "lower edge first"),
            ({"cutoff_hz": 1e-12}, InputError, "tell from 0"),
            ({"rate_hz": -1}, InputError, "rate_hz"),
            ({"rate_hz": "fast"}, DtypeError, "rate_hz"),
            ({"kind": "low"}, ConfigError, "'lowpass'"),
        ],
    )
    def test_bad_arguments(self, arguments, error, says):
        arguments = {"order": 4, "cutoff_hz": 10, "rate_hz": 100} | arguments
        with pytest.raises(error, match=says):
            filters.design_butterworth(
                arguments.pop("order"), arguments.pop("cutoff_hz"), **arguments
            )


class TestFilterSos:
    @pytest.mark.parametrize("kind", BANDS)
    @pytest.mark.parametrize("order", [1, 4, 5, 11])
    @pytest.mark.parametrize("shape", [(1,), (500,), (300, 6), (3, 70, 11), (64, 3)])
    def test_agrees_with_scipy(self, shape, order, kind):
        sos = scipy_design(order, BANDS[kind], 100, kind)
        x = noise(*shape)
        axis = 1 if x.ndim == 3 else 0
        expected = scipy.signal.sosfilt(sos, x, axis=axis)
        np.testing.assert_allclose(filters.filter_sos(x, sos), expected, rtol=0, atol=1e-11)
        x = x.astype(np.float32)
        single = filters.filter_sos(x, sos)
        assert single.dtype == np.float32
        expected = scipy.signal.sosfilt(sos, x.astype(float), axis=axis)
        np.testing.assert_allclose(single, expected, rtol=0, atol=1e-6 * np.abs(x).max())

    def test_the_state_is_scipys(self):
        sos = scipy_design(4, 10, 100, "lowpass")
        x = noise(90, 3)
        state = noise(2, 2, 3, seed=1)
        expected, expected_state = scipy.signal.sosfilt(sos, x, axis=0, zi=state)
        found = filters.filter_sos(x, sos, state=state)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
        np.testing.assert_allclose(state, expected_state, rtol=0, atol=1e-12)

    def test_a_steady_start_is_scipys(self):
        sos = scipy_design(4, 0.3, 100, "lowpass")
        x = noise(200)
        zi = scipy.signal.sosfilt_zi(sos) * x[0]
        expected, _ = scipy.signal.sosfilt(sos, x, zi=zi)
        state = filters.make_state(sos, 1)[..., 0].copy()
        found = filters.filter_sos(x, sos, state=state)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)

    @settings(max_examples=60, deadline=None)
    @given(
        blocks=st.lists(st.integers(0, 200), min_size=1, max_size=6),
        channels=st.integers(1, 10),
        dtype=st.sampled_from([np.float32, np.float64]),
        start=st.sampled_from(["steady", "rest"]),
        missing=st.lists(st.integers(0, 5000), max_size=4),
    )
    def test_any_blocks_give_the_same_bytes(self, blocks, channels, dtype, start, missing):
        sos = scipy_design(3, 5, 100, "lowpass")
        x = noise(sum(blocks), channels, dtype=dtype)
        if x.size:
            x.flat[np.array(missing, int) % x.size] = np.nan
        whole = filters.filter_sos(x, sos, state=filters.make_state(sos, channels, start=start))
        state = filters.make_state(sos, channels, start=start)
        ends = np.cumsum([0, *blocks])
        parts = [filters.filter_sos(x[a:b], sos, state=state) for a, b in itertools.pairwise(ends)]
        assert np.concatenate(parts).tobytes() == whole.tobytes()

    def test_a_missing_value_ends_with_itself(self):
        sos = scipy_design(4, 5, 100, "lowpass")
        x = noise(300, 7)
        x[100:103, 2], x[200, 6] = np.nan, np.inf
        found = filters.filter_sos(x, sos)
        np.testing.assert_array_equal(np.isnan(found), ~np.isfinite(x))
        rest = filters.filter_sos(x[103:, 2], sos, state=filters.make_state(sos, 1)[..., 0].copy())
        np.testing.assert_array_equal(found[103:, 2], rest)
        untouched = filters.filter_sos(np.nan_to_num(x, posinf=0), sos)
        np.testing.assert_array_equal(found[:, [0, 1, 3, 4, 5]], untouched[:, [0, 1, 3, 4, 5]])

    def test_a_gap_begins_anew(self):
        sos = scipy_design(4, 5, 100, "lowpass")
        x = noise(300, 4)
        found = filters.filter_sos(x, sos, gaps=[[120, 7]])
        np.testing.assert_array_equal(found[:120], filters.filter_sos(x[:120], sos))
        rest = filters.filter_sos(x[120:], sos, state=filters.make_state(sos, 4))
        np.testing.assert_array_equal(found[120:], rest)
        state = filters.make_state(sos, 4, start="rest")
        filters.filter_sos(x, sos, state=state, gaps=[[300, 1]])
        assert np.isnan(state).all()

    @pytest.mark.parametrize(
        ("state", "error"),
        [
            (np.zeros((2, 2, 3)), ShapeError),
            (np.zeros((2, 2, 4), np.float32), DtypeError),
            (np.zeros((2, 2, 8))[..., ::2], InputError),
            ([[1.0]], DtypeError),
        ],
    )
    def test_bad_state(self, state, error):
        sos = scipy_design(4, 5, 100, "lowpass")
        with pytest.raises(error, match="state"):
            filters.filter_sos(noise(9, 4), sos, state=state)

    def test_state_apart_from_the_data(self):
        sos = scipy_design(4, 5, 100, "lowpass")
        shared = noise(4, 4)
        with pytest.raises(InputError, match="overlaps x"):
            filters.filter_sos(shared, sos, state=shared.reshape(2, 2, 4))
        with pytest.raises(InputError, match="overlaps out"):
            filters.filter_sos(noise(4, 4), sos, state=shared.reshape(2, 2, 4), out=shared)


class TestZeroPhase:
    @pytest.mark.parametrize("kind", BANDS)
    @pytest.mark.parametrize("order", [1, 2, 4, 5, 11])
    @pytest.mark.parametrize("shape", [(500,), (300, 6), (3, 170, 11), (164, 3), (1000, 1)])
    def test_agrees_with_scipy(self, shape, order, kind):
        sos = scipy_design(order, BANDS[kind], 100, kind)
        x = noise(*shape)
        axis = 1 if x.ndim == 3 else 0
        peak = np.abs(x).max()
        expected = scipy.signal.sosfiltfilt(sos, x, axis=axis)
        found = filters.filter_zero_phase(x, sos)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * peak)
        x = x.astype(np.float32)
        single = filters.filter_zero_phase(x, sos)
        assert single.dtype == np.float32
        expected = scipy.signal.sosfiltfilt(sos, x.astype(float), axis=axis)
        np.testing.assert_allclose(single, expected, rtol=0, atol=1e-6 * peak)

    @pytest.mark.parametrize("cutoff_hz", [0.05, 0.3, 20])
    def test_slow_filters_stay_exact_in_single_precision(self, cutoff_hz):
        sos = scipy_design(4, cutoff_hz, 100, "lowpass")
        x = noise(20_000, 6, dtype=np.float32)
        expected = scipy.signal.sosfiltfilt(sos, x.astype(float), axis=0)
        found = filters.filter_zero_phase(x, sos)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6 * np.abs(x).max())

    @settings(max_examples=60, deadline=None)
    @given(
        x=hnp.arrays(
            np.float64,
            hnp.array_shapes(min_dims=1, max_dims=3, max_side=90),
            elements=st.floats(-1e3, 1e3, width=32),
        ),
        order=st.integers(1, 6),
    )
    def test_any_shape_short_ones_too(self, x, order):
        sos = scipy_design(order, 10, 100, "lowpass")
        t = x.shape[1 if x.ndim == 3 else 0]
        default = 3 * (order + 1)
        expected = scipy.signal.sosfiltfilt(
            sos, x, axis=1 if x.ndim == 3 else 0, padlen=min(default, t - 1)
        )
        found = filters.filter_zero_phase(x, sos)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)

    def test_missing_values_and_gaps_split(self):
        sos = scipy_design(4, 5, 100, "lowpass")
        x = noise(400, 9)
        x[50:60] = np.nan
        x[200, 3] = -np.inf
        found = filters.filter_zero_phase(x, sos, gaps=[[300, 5], [350, 1]])
        np.testing.assert_array_equal(np.isnan(found), ~np.isfinite(x))
        runs = {channel: [(0, 50), (60, 300), (300, 350), (350, 400)] for channel in range(9)}
        runs[3] = [(0, 50), (60, 200), (201, 300), (300, 350), (350, 400)]
        for channel, spans in runs.items():
            for a, b in spans:
                own = filters.filter_zero_phase(x[a:b, channel], sos)
                np.testing.assert_array_equal(found[a:b, channel], own)

    def test_what_regrid_returns(self):
        time_s = np.delete(np.arange(900) / 100, slice(300, 400))
        grid = kinefuse.regrid(time_s, noise(800, 3), rate_hz=100, max_gap_s=0.1)
        sos = filters.design_butterworth(2, 10, rate_hz=100)
        found = filters.filter_zero_phase(grid.data, sos, gaps=grid.gaps)
        row = grid.gaps[0, 0]
        np.testing.assert_array_equal(found[row:], filters.filter_zero_phase(grid.data[row:], sos))

    def test_other_layouts_and_out(self):
        sos = scipy_design(4, 5, 100, "lowpass")
        x, out = noise(300, 6, dtype=np.float32), np.empty((300, 6), np.float32)
        expected = filters.filter_zero_phase(x, sos)
        for same in (np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2], x.astype(">f4")):
            np.testing.assert_array_equal(filters.filter_zero_phase(same, sos), expected)
        assert filters.filter_zero_phase(x, sos, out=out) is out
        np.testing.assert_array_equal(out, expected)
        with pytest.raises(InputError, match="overlaps"):
            filters.filter_zero_phase(x, sos, out=x)

    def test_the_number_of_threads_does_not_matter(self):
        sos, x = scipy_design(4, 5, 100, "lowpass"), noise(5, 7000, 3, dtype=np.float32)
        before = kinefuse.num_threads()
        try:
            results = set()
            for n in (1, 2, 5):
                kinefuse.set_num_threads(n)
                results.add(filters.filter_zero_phase(x, sos).tobytes())
                results.add(
                    filters.filter_zero_phase(x[0], sos, gaps=[[99, 1], [3000, 1]]).tobytes()
                )
        finally:
            kinefuse.set_num_threads(before)
        assert len(results) == 2


BAD_FILTERS = [
    (np.zeros((0, 6)), ShapeError, "sos"),
    (np.zeros(6), ShapeError, "sos"),
    (np.zeros((2, 5)), ShapeError, "sos"),
    ([[1, 0, 0, 2, 0, 0]], InputError, "a0 = 1"),
    ([[1, 0, 0, 1, -2, 1]], InputError, "stable"),
    ([[1, 0, 0, 1, 0, 0], [1, 0, 0, 1, 0, 1.1]], InputError, "section 1"),
    ([[np.nan, 0, 0, 1, 0, 0]], InputError, "finite"),
    ("sos", DtypeError, "sos"),
]
BAD_GAPS = [
    ([[1, 2, 3]], ShapeError),
    ([[1.5, 2]], DtypeError),
    ([[5, 1], [4, 1]], InputError),
    ([[-1, 1]], InputError),
    ([[10, 1]], InputError),
]


@pytest.mark.parametrize("call", [filters.filter_sos, filters.filter_zero_phase])
class TestBadInput:
    @pytest.mark.parametrize(("sos", "error", "says"), BAD_FILTERS)
    def test_filters(self, call, sos, error, says):
        with pytest.raises(error, match=says):
            call(noise(9), sos)

    @pytest.mark.parametrize(("gaps", "error"), BAD_GAPS)
    def test_gaps(self, call, gaps, error):
        with pytest.raises(error, match="gaps"):
            call(noise(9, 2), [[1, 0, 0, 1, 0, 0]], gaps=gaps)

    def test_gaps_of_many(self, call):
        with pytest.raises(ShapeError, match="gaps"):
            call(noise(2, 9, 2), [[1, 0, 0, 1, 0, 0]], gaps=[[1, 1]])

    @pytest.mark.parametrize("x", [np.float64(1), np.zeros((3, 0)), np.zeros((1, 1, 1, 1))])
    def test_shapes(self, call, x):
        with pytest.raises(ShapeError, match="x:"):
            call(x, [[1, 0, 0, 1, 0, 0]])


class TestSeparateGravity:
    def test_gravity_and_motion_come_apart(self):
        time_s = np.arange(3000) / 100
        tilt = np.radians(20) * np.sin(2 * np.pi * 0.03 * time_s)
        gravity = np.stack([np.sin(tilt), np.zeros(3000), np.cos(tilt)], axis=1)
        motion = 0.4 * np.sin(2 * np.pi * np.outer(time_s, [1.5, 2.0, 4.0]))
        found = filters.separate_gravity(gravity + motion, rate_hz=100)
        np.testing.assert_allclose(found.gravity[300:-300], gravity[300:-300], atol=1e-2)
        np.testing.assert_allclose(found.body[300:-300], motion[300:-300], atol=1e-2)

    def test_the_parts_add_up_and_missing_stays_missing(self):
        x = noise(2, 500, 3, dtype=np.float32)
        x[0, 40, 1], x[1, 7, 2] = np.nan, np.inf
        gravity, body = filters.separate_gravity(x, rate_hz=50)
        assert gravity.dtype == body.dtype == np.float32
        there = np.isfinite(x)
        np.testing.assert_allclose((gravity + body)[there], x[there], rtol=0, atol=1e-6)
        np.testing.assert_array_equal(np.isfinite(gravity), there)
        np.testing.assert_array_equal(np.isnan(body), ~there)
        expected = scipy.signal.sosfiltfilt(scipy_design(3, 0.3, 50, "lowpass"), x[1, :, 0])
        np.testing.assert_allclose(gravity[1, :, 0], expected, atol=1e-5)

    def test_bad_shape(self):
        with pytest.raises(ShapeError, match="acc"):
            filters.separate_gravity(np.zeros(9), rate_hz=50)
