"""Phase perturbation: angles read off the spectra of noise."""

import numpy as np
import pytest
from scipy import stats

from kinefuse.augment import inertial


def angles(step, x):
    """By how many degrees each frequency's phase was advanced; amplitudes must be kept."""
    before, after = np.fft.rfft(x, axis=1), np.fft.rfft(step(x, seed=3).astype(float), axis=1)
    np.testing.assert_allclose(np.abs(after), np.abs(before), atol=1e-3)
    angle = np.degrees(np.angle(after / before))
    return np.where(np.abs(before) > 1, angle, np.nan)


@pytest.mark.parametrize("time", [60, 61])
def test_every_frequency_has_its_own_normal_angle(windows, time):
    a = angles(inertial.PhasePerturbation(20), windows(time=time))
    inner = a[:, 1 : (time + 1) // 2]
    known = inner[~np.isnan(inner)]
    assert stats.kstest(known / 20, "norm").pvalue > 1e-3
    assert np.nanstd(a[:, 5, 0] - a[:, 5, 1]) > 20
    real = a[:, [0, -1]] if time % 2 == 0 else a[:, :1]
    assert np.nanmax(np.abs(real)) < 1e-3


def test_a_triplet_can_share_its_angles(windows):
    a = angles(inertial.PhasePerturbation(20, per="triplet"), windows())
    np.testing.assert_allclose(np.nan_to_num(a[..., 1] - a[..., 0]), 0, atol=0.05)
    assert np.nanstd(a[:, 5, 0] - a[:, 5, 3]) > 20
