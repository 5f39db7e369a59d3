import numpy as np
import pytest
import scipy.signal
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import kinefuse
from kinefuse.errors import InputError


def noise(*shape, dtype=np.float64, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(dtype) + dtype(1)


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
