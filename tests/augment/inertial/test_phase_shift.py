"""Phase shift: against SciPy's analytic signal."""

import numpy as np
import pytest
from scipy import signal, stats

from kinefuse.augment import inertial


@pytest.mark.parametrize("time", [60, 61, 67, 122])
def test_equals_the_analytic_signal_turned_by_one_angle(windows, time):
    x = windows(time=time).astype(float)
    y = inertial.PhaseShift(120)(x, seed=1).astype(float)
    mean = x.mean(axis=1, keepdims=True)
    kept = x - mean
    if time % 2 == 0:  # Half the rate has no phase.
        sign = (-1.0) ** np.arange(time)[:, None]
        half = (kept * sign).mean(axis=1, keepdims=True) * sign
    else:
        half = 0
    quadrature = signal.hilbert(kept - half, axis=1).imag
    moved = y - mean - half
    cosine = (moved * (kept - half)).sum(axis=(1, 2)) / ((kept - half) ** 2).sum(axis=(1, 2))
    sine = -(moved * quadrature).sum(axis=(1, 2)) / (quadrature**2).sum(axis=(1, 2))
    np.testing.assert_allclose(cosine**2 + sine**2, 1, atol=1e-5)
    expected = cosine[:, None, None] * (kept - half) - sine[:, None, None] * quadrature
    np.testing.assert_allclose(moved, expected, atol=1e-5)
    angle = np.degrees(np.arctan2(sine, cosine))
    assert stats.kstest(angle, stats.uniform(-120, 240).cdf).pvalue > 1e-3


def test_a_wave_comes_earlier():
    t = np.arange(100)
    x = np.cos(2 * np.pi * t / 20)[:, None] * np.ones(3)
    y = inertial.PhaseShift(90)(np.broadcast_to(x, (50, 100, 3)), seed=0)
    angles = [np.angle(np.fft.fft(v[:, 0])[5]) for v in y]
    for v, angle in zip(y, angles, strict=True):
        np.testing.assert_allclose(v[:, 0], np.cos(2 * np.pi * t / 20 + angle), atol=1e-5)
    assert np.std(angles) > 0.5
