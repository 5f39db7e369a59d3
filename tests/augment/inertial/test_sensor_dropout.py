"""Sensor dropout: whole sensors go, read off windows without zeros."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial
from kinefuse.errors import ConfigError, ShapeError


def test_whole_sensors_go_and_one_is_kept(windows):
    x = windows(5000, time=3, channels=9)
    y = inertial.SensorDropout(3, max_dropped=2)(x, seed=0)
    gone = np.isnan(y).reshape(5000, 3, 3, 3)
    dropped = gone.all(axis=(1, 3))
    np.testing.assert_array_equal(gone.any(axis=(1, 3)), dropped)
    kept = ~np.isnan(y)
    np.testing.assert_array_equal(y[kept], x[kept])
    counts = np.bincount(dropped.sum(axis=1), minlength=3)
    assert counts[0] == 0
    assert stats.chisquare(counts[1:]).pvalue > 1e-3
    sets, counts = np.unique(dropped, axis=0, return_counts=True)
    assert len(sets) == 6
    assert stats.chisquare(counts).pvalue > 1e-3


def test_sensors_must_divide_the_channels():
    with pytest.raises(ShapeError, match="each of 4 sensors, got 6 in all"):
        inertial.SensorDropout(4)(np.zeros((10, 6)))


@pytest.mark.parametrize(("sensors", "dropped"), [(2, 2), (3, 0)])
def test_one_sensor_must_be_left(sensors, dropped):
    with pytest.raises(ConfigError, match="max_dropped"):
        inertial.SensorDropout(sensors, max_dropped=dropped)
