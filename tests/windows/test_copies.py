import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import kinefuse
from kinefuse import errors, window_index, windows


@settings(deadline=None)
@given(
    rows=st.integers(0, 300),
    columns=st.sampled_from([(), (1,), (6,), (20, 3)]),
    length=st.integers(1, 50),
    stride=st.integers(1, 60),
    dtype=st.sampled_from(["f4", "f8", "i8", "u1", "?", "c8", "M8[ns]", ">f4"]),
)
def test_windows_are_those_of_sliding_window_view(rows, columns, length, stride, dtype):
    size = rows * int(np.prod(columns))
    x = np.arange(size).astype("i8").astype(dtype).reshape(rows, *columns)
    got = windows(x, length=length, stride=stride)
    assert got.dtype == np.dtype(dtype).newbyteorder("=")
    if rows < length:
        assert got.shape == (0, length, *columns)
        return
    view = np.lib.stride_tricks.sliding_window_view(x, length, axis=0)
    np.testing.assert_array_equal(got, np.moveaxis(view[::stride], -1, 1))


@settings(deadline=None)
@given(rows=st.integers(1, 300), length=st.integers(1, 50))
def test_windows_put_together_are_the_signal(rows, length):
    x = np.random.default_rng(rows).normal(size=(rows, 3))
    together = np.concatenate([*windows(x, length=length), x[rows - rows % length :]])
    np.testing.assert_array_equal(together, x)


def test_windows_of_an_index():
    x = np.random.default_rng(0).normal(size=(500, 20, 3)).astype(np.float32)
    table, _ = window_index(500, rate_hz=30, length_s=2, stride_s=0.7, gaps=[[333, 8]])
    got = windows(x, length=60, starts=table["start"])
    for window, start in zip(got, table["start"], strict=True):
        np.testing.assert_array_equal(window, x[start : start + 60])


def test_nan_is_copied_as_it_is():
    x = np.array([1.0, np.nan, 3.0, np.inf])
    np.testing.assert_array_equal(windows(x, length=2), x.reshape(2, 2))


@pytest.mark.parametrize("kind", ["fortran", "strided", "reversed", "list", "series"])
def test_any_array_is_accepted(kind):
    x = np.arange(60.0).reshape(20, 3)
    given_x = {
        "fortran": np.asfortranarray(x),
        "strided": np.repeat(x, 2, axis=0)[::2],
        "reversed": x[::-1].copy()[::-1],
        "list": x.tolist(),
        "series": pl.DataFrame(x),
    }[kind]
    np.testing.assert_array_equal(windows(given_x, length=5), x.reshape(4, 5, 3))


def test_large_windows_do_not_depend_on_the_threads():
    x = np.random.default_rng(0).normal(size=(100_000, 6)).astype(np.float32)
    expected = np.lib.stride_tricks.sliding_window_view(x, 128, axis=0)[::64].transpose(0, 2, 1)
    out = np.empty(expected.shape, np.float32)
    before = kinefuse.num_threads()
    try:
        for n in (1, 2, 5):
            kinefuse.set_num_threads(n)
            out[:] = 0
            assert windows(x, length=128, stride=64, out=out) is out
            np.testing.assert_array_equal(out, expected)
    finally:
        kinefuse.set_num_threads(before)


@pytest.mark.parametrize(
    ("x", "settings", "error", "message"),
    [
        (np.zeros((9, 2)), {"length": 0}, errors.InputError, "length: expected a whole number"),
        (np.zeros((9, 2)), {"length": 2.0}, errors.InputError, "length"),
        (np.zeros((9, 2)), {"length": 2, "stride": 0}, errors.InputError, "stride"),
        (np.zeros((9, 2)), {"length": 2, "starts": [8]}, errors.InputError, "starts, number 0"),
        (np.zeros((9, 2)), {"length": 2, "starts": [0, -1]}, errors.InputError, "starts, number 1"),
        (np.zeros((9, 2)), {"length": 2, "starts": [[0]]}, errors.ShapeError, "starts"),
        (np.zeros((9, 2)), {"length": 2, "starts": [0.0]}, errors.DtypeError, "starts"),
        (np.zeros((9, 2)), {"length": 2, "starts": [0], "stride": 1}, errors.InputError, "both"),
        (np.zeros((0, 2)), {"length": 2, "starts": [0]}, errors.InputError, "starts, number 0"),
        (np.float64(3), {"length": 2}, errors.ShapeError, "at least one value a row"),
        (np.zeros((9, 0)), {"length": 2}, errors.ShapeError, "at least one value a row"),
        (np.array([None] * 9), {"length": 2}, errors.DtypeError, "got object"),
        (np.ma.zeros(9), {"length": 2}, errors.DtypeError, "masked"),
        (np.zeros((9, 2)), {"length": 2**60}, errors.InputError, "at most 2"),
        (np.zeros(9), {"length": 2, "out": np.zeros((3, 2))}, errors.ShapeError, "out"),
        (np.zeros(9), {"length": 2, "out": np.zeros((4, 2), "f4")}, errors.DtypeError, "out"),
    ],
)
def test_bad_windows_are_refused_clearly(x, settings, error, message):
    with pytest.raises(error, match=message):
        windows(x, **settings)
