import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse import clock
from kinefuse.errors import DtypeError, InputError, ShapeError


@given(
    st.lists(st.integers(-100, 127), min_size=1, max_size=100),
    st.integers(0, 255),
    st.sampled_from([np.uint8, np.int16, np.uint64, np.float32, np.float64, ">i4"]),
)
def test_equals_numpy(steps, start, dtype):
    counter = ((start + np.cumsum(steps)) % 256).astype(dtype)
    found = clock.unwrap(counter, modulus=256)
    np.testing.assert_array_equal(found.values, np.unwrap(counter.astype(float), period=256))
    whole = np.dtype(dtype).kind in "iu"
    assert found.values.dtype == (np.int64 if whole else np.float64)


def test_wraps_are_counted():
    counter = np.arange(3 * 65536, dtype=np.int64).astype(np.uint16)
    found = clock.unwrap(counter)
    np.testing.assert_array_equal(found.values, np.arange(3 * 65536))
    assert found.wraps == 2


def test_microseconds_of_32_bits_keep_every_digit():
    time_us = np.arange(10_000, dtype=np.int64) * 1_000_003 + 2**31
    found = clock.unwrap((time_us % 2**32).astype(np.uint32))
    np.testing.assert_array_equal(found.values - found.values[0], time_us - time_us[0])
    assert clock.infer_rate(found.values, unit="us") == pytest.approx(1 / 1.000003)


def test_nan_stays():
    found = clock.unwrap([0.8, np.nan, 0.1], modulus=1.0)
    np.testing.assert_allclose(found.values, [0.8, np.nan, 1.1])
    assert found.wraps == 1


@pytest.mark.parametrize(
    ("counter", "modulus", "error", "says"),
    [
        (np.array([0, 256]), 256, InputError, "row 1: expected 0 to 255"),
        (np.array([-1]), 256, InputError, "row 0"),
        (np.array([0.0, 7.0]), 6.0, InputError, "row 1"),
        (np.array([1, 2]), None, InputError, "modulus"),
        (np.array([1.0]), None, InputError, "modulus"),
        (np.array([1, 2]), 2.5, InputError, "whole"),
        (np.array([1, 2]), 1, InputError, "at least 2"),
        (np.array([1, 2]), 2**80, InputError, "whole"),
        (np.array([2**63], np.uint64), 256, InputError, "larger"),
        (np.array([1.0]), -1.0, InputError, "above 0"),
        (np.array([1.0]), "x", InputError, "modulus"),
        (np.zeros((2, 2)), 4, ShapeError, r"\(T,\)"),
        (["a"], 4, DtypeError, "counter"),
    ],
)
def test_bad_counters(counter, modulus, error, says):
    with pytest.raises(error, match=says):
        clock.unwrap(counter, modulus=modulus)
