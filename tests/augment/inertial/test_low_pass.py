"""Low-pass: against SciPy's cosine transform, and a filter run forward and backward."""

import numpy as np
from scipy import fft, signal

from kinefuse.augment import inertial


def test_equals_a_gain_on_the_cosine_transform(windows):
    x = windows().astype(float)
    y = inertial.LowPass(0.3, 0.3)(x, seed=0)
    gain = 1 / (1 + (np.arange(60) / 60 / 0.3) ** 8)
    expected = fft.idct(fft.dct(x, axis=1) * gain[:, None], axis=1)
    np.testing.assert_allclose(y, expected, atol=1e-5)


def test_is_a_butterworth_filter_run_both_ways_away_from_the_ends(windows):
    x = windows(3, time=600).astype(float)
    y = inertial.LowPass(0.2, 0.2, order=3)(x, seed=0)
    sos = signal.butter(3, 0.2, output="sos")
    expected = signal.sosfiltfilt(sos, x, axis=1)
    # The bilinear transform bends the filter's own frequencies.
    assert np.abs(y - expected)[:, 100:-100].std() < 0.05 * expected.std()


def test_the_cutoff_is_drawn(windows):
    x = windows(1)
    x = np.broadcast_to(x, (2000, *x.shape[1:]))
    power = (inertial.LowPass(0.1, 0.9)(x, seed=0).std(axis=1) ** 2).mean(axis=1)
    low, high = ((inertial.LowPass(c, c)(x[:1]).std(axis=1) ** 2).mean() for c in (0.1, 0.9))
    assert power.min() >= low - 1e-5
    assert power.max() <= high + 1e-5
    middle = (inertial.LowPass(0.5, 0.5)(x[:1]).std(axis=1) ** 2).mean()
    assert abs((power < middle).mean() - 0.5) < 0.04


def test_the_mean_is_kept(windows):
    x = windows(20)
    y = inertial.LowPass(0.05, 0.5)(x)
    np.testing.assert_allclose(y.mean(axis=1), x.mean(axis=1), atol=1e-5)
