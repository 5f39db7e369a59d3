"""Shear: matrices, read off joints that hold the basis."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import skeleton
from kinefuse.errors import ShapeError


@pytest.mark.parametrize("dims", [2, 3])
def test_shear(maps, dims):
    m = maps(skeleton.Shear(0.2), dims)
    s = m[:, np.arange(dims), (np.arange(dims) + 1) % dims]
    for i in range(dims):
        for j in range(dims):
            np.testing.assert_allclose(m[:, i, j], 1 if i == j else s[:, i], atol=1e-6)
    assert stats.kstest(s.ravel() / 0.2, "norm").pvalue > 1e-3


def test_other_numbers_of_coordinates_are_refused():
    with pytest.raises(ShapeError, match="2 or 3 coordinates, got 4"):
        skeleton.Shear(0.1)(np.zeros((5, 17, 4)))
