"""What the skeleton steps' tests share."""

import numpy as np
import pytest

N, T, J = 3000, 6, 4


@pytest.fixture
def maps():
    """Find the matrix that a step maps each of many skeletons by: joints 0.. hold the basis."""

    def maps(step, dims=3):
        x = np.zeros((T, J, dims))
        x[:, :dims] = np.eye(dims)
        x[:, -1] = np.arange(1, dims + 1)
        y = step(np.broadcast_to(x, (N, *x.shape)), seed=7).astype(float)
        m = y[:, 0, :dims].transpose(0, 2, 1)
        expected = np.einsum("nij,tkj->ntki", m, x)
        np.testing.assert_allclose(y, expected, atol=1e-5)
        return m

    return maps
