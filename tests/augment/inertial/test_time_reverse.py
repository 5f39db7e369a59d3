"""Time reverse: against NumPy's."""

import numpy as np
import pytest

from kinefuse.augment import inertial, skeleton
from kinefuse.errors import ShapeError


@pytest.mark.parametrize("time", [0, 1, 2, 5, 60])
def test_equals_the_reversed_window(windows, time):
    x = windows(3, time=time)
    np.testing.assert_array_equal(inertial.TimeReverse()(x), x[:, ::-1])
    y = inertial.TimeReverse((3, 5))(x)
    np.testing.assert_array_equal(y, x[:, ::-1] * np.float32([1, 1, 1, -1, 1, -1]))


def test_twice_is_the_window(windows):
    x = windows(3)
    x[0, 5] = np.nan
    step = inertial.TimeReverse((3, 4, 5))
    np.testing.assert_array_equal((step | step)(x), x)


def test_skeletons_are_reversed_whole():
    x = np.random.default_rng(0).standard_normal((3, 9, 20, 3)).astype(np.float32)
    np.testing.assert_array_equal(skeleton.TimeReverse()(x), x[:, ::-1])


def test_unknown_channels_are_refused():
    with pytest.raises(ShapeError, match="negate: expected channels below 6, got 6"):
        inertial.TimeReverse((6,))(np.zeros((10, 6)))
