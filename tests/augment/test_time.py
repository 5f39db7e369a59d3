"""Crop-resize and time warp: the same path for every channel, read off a ramp."""

import numpy as np
import pytest
from scipy import signal

from kinefuse.augment import inertial, skeleton

T = 97


def with_ramp(rng, channels=4):
    """Random channels, the first one a ramp that shows which instant each sample shows."""
    x = rng.standard_normal((T, channels)).astype(np.float32)
    x[:, 0] = np.arange(T)
    return x


@pytest.mark.parametrize(
    "step", [inertial.CropResize(0.5), inertial.TimeWarp(0.3), inertial.TimeWarp(0.3, knots=9)]
)
def test_every_channel_is_interpolated_along_the_path(step):
    x = with_ramp(np.random.default_rng(0))
    for seed in range(20):
        y = step(x, seed=seed)
        for c in range(x.shape[1]):
            expected = np.interp(y[:, 0], np.arange(T), x[:, c])
            np.testing.assert_allclose(y[:, c], expected, atol=2e-4)


def test_crop_resize_is_a_straight_path_of_the_drawn_share():
    x = np.tile(np.arange(T, dtype=np.float32)[:, None], (2000, 1, 1))
    y = inertial.CropResize(0.6, 0.9)(x, seed=3)[..., 0]
    share = (y[:, -1] - y[:, 0]) / (T - 1)
    start = y[:, 0] / (T - 1)
    straight = y[:, :1] + np.linspace(0, 1, T) * (y[:, -1:] - y[:, :1])
    np.testing.assert_allclose(y, straight, atol=1e-4)
    assert share.min() >= 0.6 - 1e-6
    assert share.max() <= 0.9 + 1e-6
    assert abs(share.mean() - 0.75) < 0.01
    place = start / (1 - share)
    assert place.min() >= -1e-6
    assert place.max() <= 1 + 1e-5
    assert abs(place.mean() - 0.5) < 0.03
    assert abs(np.corrcoef(place, share)[0, 1]) < 0.1


def test_fourier_crop_is_scipys_resampling_of_a_run_of_frames():
    x = np.random.default_rng(0).standard_normal((50, 20, 3)).astype(np.float32)
    y = skeleton.CropResize(0.8, 0.9, resize="fourier")(np.broadcast_to(x, (40, *x.shape)), seed=1)
    runs = {(n, i): signal.resample(x[i : i + n], 50) for n in range(40, 45) for i in range(51 - n)}
    drawn = set()
    for view in y:
        run = min(runs, key=lambda run: np.abs(runs[run] - view).max())
        np.testing.assert_allclose(view, runs[run], atol=1e-5)
        drawn.add(run)
    assert len({n for n, _ in drawn}) == 5
    assert len({i for _, i in drawn}) >= 9


@pytest.mark.parametrize("length", [1, 2, 3])
def test_fourier_crop_of_short_windows(length):
    x = np.ones((length, 4), np.float32)
    y = inertial.CropResize(0.1, resize="fourier")(x, seed=0)
    np.testing.assert_allclose(y, x, atol=1e-6)


def test_time_warp_keeps_the_ends_and_never_runs_backward():
    x = np.tile(np.arange(T, dtype=np.float32)[:, None], (2000, 1, 1))
    y = inertial.TimeWarp(0.5)(x, seed=1)[..., 0]
    np.testing.assert_allclose(y[:, 0], 0, atol=1e-5)
    np.testing.assert_allclose(y[:, -1], T - 1, rtol=1e-6)
    assert (np.diff(y, axis=1) > 0).all()


def test_the_speed_at_the_ends_of_a_two_knot_warp_is_lognormal():
    x = np.tile(np.arange(T, dtype=np.float32)[:, None], (4000, 1, 1))
    y = inertial.TimeWarp(0.2, knots=2)(x, seed=1)[..., 0]
    # Speed is linear in time: its mean over the first step is near that of the first knot.
    step = 1 / (T - 1)
    first, last = np.diff(y)[:, 0], np.diff(y)[:, -1]
    near, far = 1 - step / 2, step / 2
    s0 = (near * first - far * last) / (near**2 - far**2)
    s1 = (near * last - far * first) / (near**2 - far**2)
    ratio = np.log(s1 / s0)
    assert abs(ratio.mean()) < 0.02
    assert abs(ratio.std() - 0.2 * np.sqrt(2)) < 0.02


def test_neighbouring_time_steps_are_interpolated_once():
    rng = np.random.default_rng(1)
    x = with_ramp(rng)
    plan = inertial.CropResize(0.7) | inertial.TimeWarp(0.3)
    y = plan(x, seed=5)
    np.testing.assert_allclose(y[:, 1], np.interp(y[:, 0], np.arange(T), x[:, 1]), atol=2e-4)


def test_shared_steps_keep_modalities_of_other_rates_synchronous():
    fast = np.linspace(0, 1, 200, dtype=np.float32)[:, None]
    slow = np.linspace(0, 1, 64, dtype=np.float32)[:, None, None] * np.ones((20, 3), np.float32)
    imu = inertial.Jitter(0) | inertial.CropResize(0.5, shared=True)
    imu |= inertial.TimeWarp(0.3, shared=True, p=0.7)
    body = skeleton.CropResize(0.5, shared=True) | skeleton.Shear(0)
    body |= skeleton.TimeWarp(0.3, shared=True, p=0.7)
    for seed in range(20):
        a = imu(fast, seed=seed, modality=0)[:, 0]
        b = body(slow, seed=seed, modality=1)[:, 3, 2]
        np.testing.assert_allclose(
            np.interp(np.linspace(0, 1, 64), np.linspace(0, 1, 200), a), b, atol=3e-4
        )


def test_unshared_steps_differ_between_modalities():
    x = np.arange(50, dtype=np.float32)[:, None]
    step = inertial.CropResize(0.5)
    assert not np.array_equal(step(x, modality=0), step(x, modality=1))


def test_a_missing_sample_spreads_to_its_neighbours_only():
    x = np.zeros((T, 2), np.float32)
    x[40, 1] = np.nan
    y = inertial.TimeWarp(0.3)(x, seed=0)
    assert not np.isnan(y[:, 0]).any()
    assert 1 <= np.isnan(y[:, 1]).sum() <= 4


@pytest.mark.parametrize("length", [1, 2, 3])
def test_short_windows(length):
    x = np.arange(length, dtype=np.float32)[:, None]
    y = (inertial.CropResize(0.5) | inertial.TimeWarp(1.0))(x, seed=0)
    assert np.isfinite(y).all()
    assert (y >= 0).all()
    assert (y <= length - 1).all()
