"""Frequency mask: the band read off the spectra of noise."""

import numpy as np
import pytest

from kinefuse.augment import inertial


@pytest.mark.parametrize("time", [60, 61])
def test_one_band_goes_and_the_rest_is_kept(windows, time):
    x = windows(2000, time=time)
    y = inertial.FrequencyMask(0.5, min=0.1)(x, seed=0)
    before, after = np.fft.rfft(x, axis=1), np.fft.rfft(y.astype(float), axis=1)
    gone = (np.abs(after) < 1e-3).all(axis=2)
    np.testing.assert_allclose(after[~gone], before[~gone], atol=1e-3)
    edges = np.diff(gone.astype(int), axis=1, prepend=0, append=0)
    assert ((edges == 1).sum(axis=1) == 1).all()
    assert not gone[:, 0].any()
    bins = gone.shape[1] - 1
    width = gone.sum(axis=1)
    assert width.min() == round(0.1 * bins)
    assert width.max() == round(0.5 * bins)
    assert abs(width.mean() - 0.3 * bins) < 0.4
    place = (gone.argmax(axis=1) - 1) / (bins - width)
    assert abs(place.mean() - 0.5) < 0.03
    assert place.min() == 0
    assert place.max() == 1


def test_one_frequency_goes_at_least(windows):
    x = windows(50)
    y = inertial.FrequencyMask(0.001)(x)
    lost = np.fft.rfft(x, axis=1) - np.fft.rfft(y.astype(float), axis=1)
    assert ((np.abs(lost) > 1e-3).any(axis=2).sum(axis=1) == 1).all()


def test_windows_of_one_and_two_samples():
    np.testing.assert_allclose(inertial.FrequencyMask(1.0)(np.ones((1, 3))), 1)
    y = inertial.FrequencyMask(1.0)(np.array([[1.0], [3.0]]))
    np.testing.assert_allclose(y, 2)
