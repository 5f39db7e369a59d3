import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kinefuse
from kinefuse.errors import DtypeError, InputError, ShapeError


def noise(*shape, dtype=np.float64):
    return np.random.default_rng(0).standard_normal(shape).astype(dtype) + dtype(1)


@pytest.mark.parametrize(
    ("rate_hz", "to_hz"), [(100, 50), (100, 25), (50, 100), (41, 20), (128, 50), (98, 100), (5, 5)]
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_equals_resample_at_its_times(rate_hz, to_hz, dtype):
    x = noise(2, 800, 3, dtype=dtype)
    expected = kinefuse.resample(x.astype(np.float64), from_hz=rate_hz, to_hz=to_hz)
    time = 3.0 + np.arange(expected.shape[1]) / to_hz
    found = kinefuse.resample_at(x, time, rate_hz=rate_hz, start_s=3, to_hz=to_hz)
    assert found.dtype == dtype
    tolerance = 5e-9 if dtype == np.float64 else 1e-6
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * 5)


def test_a_drifting_clock_is_followed():
    hz, drift = 100.0, 1 + 300e-6
    wave = lambda t: np.sin(2 * np.pi * 3.3 * t) + 0.5 * np.cos(2 * np.pi * 11 * t)  # noqa: E731
    x = wave(np.arange(20_000) / (hz * drift))
    when = np.arange(9_900) / 50
    found = kinefuse.resample_at(x, when, rate_hz=hz * drift)
    np.testing.assert_allclose(found[50:], wave(when)[50:], rtol=0, atol=3e-3)
    wrong = kinefuse.resample(x, from_hz=100, to_hz=50)[:9900]
    assert np.abs(wrong - wave(when))[50:].max() > 0.5


def test_what_lies_above_the_new_band_goes():
    x = np.sin(2 * np.pi * 42 * np.arange(2000) / 100)
    when = 1 + np.arange(700) / 50.1
    found = kinefuse.resample_at(x, when, rate_hz=100)
    assert np.abs(found).max() < 2e-3
    kept = kinefuse.resample_at(x, when, rate_hz=100, to_hz=100)
    np.testing.assert_allclose(kept, np.sin(2 * np.pi * 42 * when), rtol=0, atol=6e-2)


@settings(max_examples=50)
@given(
    when=st.lists(st.floats(allow_nan=True, allow_infinity=True) | st.floats(-3, 13), max_size=20),
    to_hz=st.floats(0.01, 50),
    c=st.integers(1, 8),
)
def test_any_times_in_any_order(when, to_hz, c):
    x, when = noise(10, c), np.array(when, float)
    found = kinefuse.resample_at(x, when, rate_hz=1, to_hz=to_hz)
    outside = ~((when >= -1 - 1e-6) & (when <= 10 + 1e-6))
    np.testing.assert_array_equal(np.isnan(found), np.repeat(outside[:, None], c, axis=1))
    order = np.argsort(when)
    again = kinefuse.resample_at(x, when[order], rate_hz=1, to_hz=to_hz)
    np.testing.assert_array_equal(again, found[order])
    alone = kinefuse.resample_at(x[:, 0], when, rate_hz=1, to_hz=to_hz)
    np.testing.assert_array_equal(alone, found[:, 0])


def test_shapes_out_and_layouts():
    x, when = noise(4, 100, 6, dtype=np.float32), np.linspace(0, 1.9, 50)
    found = kinefuse.resample_at(x, when, rate_hz=50)
    assert found.shape == (4, 50, 6)
    np.testing.assert_array_equal(found[2], kinefuse.resample_at(x[2], when, rate_hz=50))
    for same in (np.asfortranarray(x), x.astype(">f4")):
        np.testing.assert_array_equal(kinefuse.resample_at(same, when, rate_hz=50), found)
    out = np.empty_like(found)
    assert kinefuse.resample_at(x, when, rate_hz=50, out=out) is out
    np.testing.assert_array_equal(out, found)
    assert kinefuse.resample_at(x, [], rate_hz=50, to_hz=50).shape == (4, 0, 6)


@pytest.mark.parametrize(
    ("when", "settings", "error", "says"),
    [
        ([[0.0]], {}, ShapeError, "time_s"),
        (["now"], {}, DtypeError, "time_s"),
        ([0.0], {}, InputError, "to_hz"),
        ([1.0, 1.0], {}, InputError, "to_hz"),
        ([0.0, 1.0], {"rate_hz": 0}, InputError, "rate_hz"),
        ([0.0, 1.0], {"to_hz": -1}, InputError, "to_hz"),
        ([0.0, 1.0], {"to_hz": 1e9}, InputError, "10000 times"),
        ([0.0, 1.0], {"start_s": np.nan}, InputError, "start_s"),
        ([0.0, 1.0], {"start_s": "noon"}, InputError, "start_s"),
        ([0.0, 1.0], {"out": np.zeros(3)}, ShapeError, "out"),
        ([0.0, 1.0], {"out": np.zeros(2, np.float32)}, DtypeError, "out"),
    ],
)
def test_bad_input(when, settings, error, says):
    with pytest.raises(error, match=says):
        kinefuse.resample_at(np.zeros(5), when, **({"rate_hz": 1} | settings))


def test_out_may_not_be_the_input():
    x = np.zeros(5)
    for out in (x, when := np.arange(5.0)):
        with pytest.raises(InputError, match="overlaps"):
            kinefuse.resample_at(x, when if out is not x else np.arange(5.0), rate_hz=1, out=out)
