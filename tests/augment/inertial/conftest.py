"""What the inertial steps' tests share."""

import numpy as np
import pytest


@pytest.fixture
def windows():
    """Make random windows ``(N, T, C)``, none of whose values is another's or 0."""

    def windows(n=200, time=60, channels=6, seed=0):
        x = np.random.default_rng(seed).standard_normal((n, time, channels)) + 0.5
        return x.astype(np.float32)

    return windows
