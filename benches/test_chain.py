"""Augmenting a batch of inertial windows beside the libraries that do it for time series and sound.

Each draws its own numbers; what is held alike is the kind and the strength of every step.
"""

import warnings

import numpy as np
import pytest

from kinefuse.augment import inertial

WARPED = "noise, time warp and drift, 256 × (128, 6)"
LOUDER = "noise and gain, 256 × (128, 6)"


@pytest.fixture
def batch():
    """Windows that are smooth, so that a warp changes them little and noise shows."""
    time = np.linspace(0, 4 * np.pi, 128)[:, None]
    phase = np.random.default_rng(0).uniform(0, 6, (256, 1, 6))
    return np.sin(time + phase).astype(np.float32)


def check_alike(views, others):
    """Spread and roughness of one set of views against the other's, within a quarter."""
    assert views.shape == others.shape
    for measure in (np.std, lambda x: np.std(np.diff(x, axis=1))):
        np.testing.assert_allclose(measure(views), measure(others), rtol=0.25)


def warped_by_tsaug(tsaug):
    return (
        tsaug.AddNoise(scale=0.05, normalize=False)
        + tsaug.TimeWarp(n_speed_change=3, max_speed_ratio=2.0)
        + tsaug.Drift(max_drift=0.3, n_drift_points=3, normalize=False)
    )


WARP = inertial.Jitter(0.05) | inertial.TimeWarp(0.3, knots=4) | inertial.Drift(0.2, knots=4)


@pytest.mark.filterwarnings("ignore")
def test_warped_kinefuse(benchmark, threads, batch):
    benchmark.group = WARPED
    benchmark(WARP, batch, seed=1, out=np.empty_like(batch))


@pytest.mark.filterwarnings("ignore")
def test_warped_tsaug(benchmark, batch, peer):
    benchmark.group = WARPED
    benchmark.extra_info["by"] = "tsaug"
    by_tsaug = warped_by_tsaug(peer("tsaug"))
    check_alike(WARP(batch, seed=0), by_tsaug.augment(batch))
    benchmark(by_tsaug.augment, batch)


LOUD = inertial.Jitter(0.05) | inertial.Scaling(0.1, per="all")


def test_louder_kinefuse(benchmark, threads, batch):
    benchmark.group = LOUDER
    benchmark(LOUD, batch, seed=1, out=np.empty_like(batch))


def test_louder_audiomentations(benchmark, batch, peer):
    """Made for one clip at a time; the loop over the batch is part of using it."""
    benchmark.group = LOUDER
    benchmark.extra_info["by"] = "audiomentations"
    library = peer("audiomentations")
    steps = library.Compose(
        [
            library.AddGaussianNoise(min_amplitude=0.05, max_amplitude=0.05, p=1.0),
            library.Gain(min_gain_db=-1.5, max_gain_db=1.5, p=1.0),
        ]
    )
    clips = np.ascontiguousarray(batch.transpose(0, 2, 1))

    def run():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.stack([steps(clip, sample_rate=16_000) for clip in clips])

    check_alike(LOUD(batch, seed=0), run().transpose(0, 2, 1))
    benchmark(run)
