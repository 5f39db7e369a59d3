import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate.directions import center, fuse, to_units


@given(st.integers(2, 6), st.integers(1, 9), st.integers(0, 2**16))
def test_centred_rows_are_units_around_the_mean_direction(d, n, seed):
    random = np.random.default_rng(seed)
    x, reference = random.normal(size=(n, d)), random.normal(size=(7, d))
    mean = np.mean([row / np.sqrt((row**2).sum()) for row in reference], axis=0)
    for got, row in zip(center(x, reference), x, strict=True):
        left = row / np.sqrt((row**2).sum()) - mean
        np.testing.assert_allclose(got, left / np.sqrt((left**2).sum()), atol=1e-9)


def test_a_fused_cosine_is_the_mean_of_the_cosines():
    random = np.random.default_rng(0)
    rows = {"a": random.normal(size=(5, 3)), "b": random.normal(size=(5, 8))}
    fused = fuse(rows, rows)
    assert fused.shape == (5, 11)
    expected = sum(center(x, x) @ center(x, x).T for x in rows.values()) / 2
    np.testing.assert_allclose(fused @ fused.T, expected)


def test_the_length_of_a_row_does_not_count_and_zero_stays():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(to_units(7 * x), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(center(7 * x, x), center(x, 2 * x))


def test_bad_input_is_refused():
    with pytest.raises(ShapeError, match=r"expected \(N, 2\) as reference, got \(1, 3\)"):
        center(np.ones((4, 2)), np.ones((1, 3)))
    with pytest.raises(ShapeError, match=r"expected embeddings \(N, D\)"):
        to_units(np.ones(3))
    with pytest.raises(InputError, match="1 of 2 that are not"):
        to_units([[1.0, np.nan], [1.0, 1.0]])
    with pytest.raises(InputError, match="at least one modality"):
        fuse({}, {})
