import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.decomposition import PCA

from kinefuse.errors import InputError, ShapeError
from kinefuse.evaluate.directions import center, fuse, to_units, whiten


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


def test_whitened_rows_are_those_of_principal_component_analysis():
    random = np.random.default_rng(4)
    x = random.normal(size=(40, 9)) @ random.normal(size=(9, 9)) + 3
    expected = PCA(5, whiten=True, svd_solver="full").fit_transform(x)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    got = whiten(x, 5)
    signs = np.sign((got * expected).sum(0))
    np.testing.assert_allclose(got * signs, expected, atol=1e-9)


def test_whitening_takes_out_how_large_a_direction_is():
    x = np.random.default_rng(5).normal(size=(60, 4))
    scaled = whiten(x * [100, 1, 1, 1], 4)
    np.testing.assert_allclose(scaled @ scaled.T, whiten(x, 4) @ whiten(x, 4).T, atol=1e-9)


def test_directions_that_are_not_there_are_no_components():
    x = np.random.default_rng(6).normal(size=(20, 3))
    assert whiten(np.hstack([x, x, np.ones((20, 2))]), 10).shape == (20, 3)
    assert whiten(np.ones((4, 2)), 2).shape == (4, 0)
    with pytest.raises(InputError, match="at least one component"):
        whiten(x, 0)
    with pytest.raises(InputError, match="1 of 20"):
        whiten(np.where(np.arange(20)[:, None] == 3, np.nan, x), 2)
