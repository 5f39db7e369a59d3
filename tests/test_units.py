import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse import units
from kinefuse.errors import ConfigError, DtypeError, InputError, ShapeError

# One value in many units, from NIST SP 811 and the definitions.
SAME = [
    {"g": 1.0, "mg": 1000.0, "m/s2": 9.80665, "m/s^2": 9.80665, "m/s²": 9.80665, "cm/s2": 980.665},
    {"rad/s": math.pi, "deg/s": 180.0, "dps": 180.0, "°/s": 180.0, "rpm": 30.0, "mdps": 180_000.0},
    {"m": 0.0254, "cm": 2.54, "mm": 25.4, "in": 1.0},
    {"rad": math.pi / 2, "deg": 90.0, "°": 90.0, "turn": 0.25},
    {"T": 5e-5, "mT": 0.05, "uT": 50.0, "µT": 50.0, "nT": 50_000.0, "G": 0.5, "mG": 500.0},
    {"degC": 37.0, "°C": 37.0, "K": 310.15, "degF": 98.6},
    {"Pa": 101_325.0, "hPa": 1013.25, "kPa": 101.325, "mbar": 1013.25},
]
PAIRS = [(a, b, same[a], same[b]) for same in SAME for a in same for b in same]


@pytest.mark.parametrize(("a", "b", "value", "expected"), PAIRS)
def test_the_same_value_in_other_units(a, b, value, expected):
    assert units.convert(value, a, b).item() == pytest.approx(expected, rel=1e-12)
    single = units.convert(np.full((2, 3), value, np.float32), a, b)
    assert single.dtype == np.float32
    assert single.shape == (2, 3)
    np.testing.assert_allclose(single, expected, rtol=1e-6)


@given(
    st.sampled_from([(a, b) for a, b, *_ in PAIRS]),
    st.lists(st.floats(-1e6, 1e6), max_size=5),
)
def test_there_and_back(pair, values):
    there = units.convert(np.array(values), *pair)
    np.testing.assert_allclose(units.convert(there, *pair[::-1]), values, rtol=1e-9, atol=1e-8)


def test_nan_whole_numbers_and_out():
    assert np.isnan(units.convert([np.nan, 1.0], "g", "m/s2")).tolist() == [True, False]
    assert units.convert([1, 2], "m", "mm").tolist() == [1000, 2000]
    out = np.empty(2)
    assert units.convert([0.0, 100.0], "degC", "K", out=out) is out
    np.testing.assert_allclose(out, [273.15, 373.15])
    with pytest.raises(ShapeError, match="out"):
        units.convert([1.0], "m", "mm", out=np.empty(2))
    with pytest.raises(InputError, match="overlaps"):
        units.convert(out, "m", "mm", out=out)


@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        ("g", "deg/s", "'deg/s' is an angular rate, 'g' an acceleration"),
        ("furlong", "m", "from_unit: unknown unit 'furlong'"),
        ("m/s22", "g", "did you mean 'm/s2'"),
        ("m", None, "to_unit"),
    ],
)
def test_units_that_do_not_fit(a, b, says):
    with pytest.raises(ConfigError, match=says):
        units.convert(1.0, a, b)


def test_no_numbers():
    with pytest.raises(DtypeError, match="x:"):
        units.convert(["a"], "m", "mm")


class TestCounts:
    def test_known_devices(self):
        # Empatica E4: ±2 g in 8 bits, 64 counts for 1 g. SisFall's ITG3200: ±2000 deg/s, 16 bits.
        assert units.convert_counts(64, full_scale=2, bits=8).item() == 1
        assert units.convert_counts([16384], full_scale=2000, bits=16).item() == 1000
        # ActiGraph GT1M: unsigned, 12 bits.
        unsigned = units.convert_counts([2048, 4096], full_scale=2, bits=12, zero=2048)
        assert unsigned.tolist() == [0, 2]

    @given(st.integers(1, 24), st.floats(0.5, 4000))
    def test_the_range_is_full_scale(self, bits, full_scale):
        ends = np.array([-(2 ** (bits - 1)), 2 ** (bits - 1)])
        found = units.convert_counts(ends, full_scale=full_scale, bits=bits)
        np.testing.assert_allclose(found, [-full_scale, full_scale])

    def test_out_and_nan(self):
        out = np.empty(2)
        assert units.convert_counts([np.nan, 4], full_scale=1, bits=3, out=out) is out
        np.testing.assert_array_equal(out, [np.nan, 1])

    @pytest.mark.parametrize(
        "arguments",
        [
            {"full_scale": 0},
            {"full_scale": np.nan},
            {"full_scale": "wide"},
            {"bits": 0},
            {"bits": 65},
            {"bits": 2.5},
            {"zero": np.inf},
            {"zero": None},
        ],
    )
    def test_bad_arguments(self, arguments):
        with pytest.raises(InputError, match=next(iter(arguments))):
            units.convert_counts([1], **({"full_scale": 2, "bits": 8} | arguments))


def test_the_stores_units():
    assert units.to_store("m/s²") == ("g", pytest.approx(1 / 9.80665))
    assert units.to_store("dps") == ("rad/s", pytest.approx(math.pi / 180))
    assert units.to_store("cm") == ("m", 0.01)
    for kept in ("uT", "degC", "ohm"):
        assert units.to_store(kept) == (kept, 1.0)


@pytest.mark.parametrize(
    ("unit", "stored"),
    [
        ("1/64 g", ("g", 1 / 64)),
        ("32/8192 g", ("g", 1 / 256)),
        ("0.5e-3 m/s²", ("g", 0.5e-3 / 9.80665)),
        ("4000/65536 dps", ("rad/s", math.radians(4000 / 65536))),
        ("1/16 degC", ("degC", 1 / 16)),
        ("2 steps", ("2 steps", 1.0)),
        ("1/0 g", ("1/0 g", 1.0)),
    ],
)
def test_what_a_count_is_worth_stands_before_the_unit(unit, stored):
    name, factor = units.to_store(unit)
    assert name == stored[0]
    assert factor == pytest.approx(stored[1], rel=1e-12)
