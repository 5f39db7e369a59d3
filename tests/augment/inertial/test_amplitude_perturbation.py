"""Amplitude perturbation: gains read off the spectra of noise."""

import numpy as np
from scipy import stats

from kinefuse.augment import inertial


def gains(step, x):
    """What each frequency above 0 was multiplied by."""
    before, after = np.fft.rfft(x, axis=1), np.fft.rfft(step(x, seed=3).astype(float), axis=1)
    np.testing.assert_allclose(after[:, 0], before[:, 0], atol=1e-3)
    ratio = after[:, 1:] / before[:, 1:]
    close = np.abs(before[:, 1:]) > 1
    np.testing.assert_allclose(ratio.imag[close], 0, atol=1e-4)
    return np.where(close, ratio.real, np.nan)


def test_every_frequency_has_its_own_normal_gain(windows):
    g = gains(inertial.AmplitudePerturbation(0.2), windows())
    known = g[~np.isnan(g)]
    assert stats.kstest((known - 1) / 0.2, "norm").pvalue > 1e-3
    assert np.nanstd(g[:, 5, 0] - g[:, 5, 1]) > 0.2


def test_gains_are_not_negative(windows):
    g = gains(inertial.AmplitudePerturbation(2.0), windows())
    assert np.nanmin(g) > -1e-4
    assert abs(np.nanmean(g < 1e-4) - stats.norm.cdf(-0.5)) < 0.02


def test_all_channels_can_share_their_gains(windows):
    g = gains(inertial.AmplitudePerturbation(0.2, per="all"), windows())
    assert np.nanmax(np.abs(g - g[..., :1])) < 1e-3


def test_a_missing_value_takes_its_channel_only(windows):
    x = windows(3)
    x[1, 7, 2] = np.nan
    y = inertial.AmplitudePerturbation(0.2)(x)
    assert np.isnan(y[1, :, 2]).all()
    assert np.isnan(y).sum() == y.shape[1]
