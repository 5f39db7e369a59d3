"""An accelerometer's recording made even, beside actipy, which cohort studies run.

actipy filters the uneven samples as if they were even and takes the nearest for each instant;
regrid draws straight lines between the stamps and filters the even grid.
"""

import numpy as np
import pytest

import kinefuse

RATE = 50.0


@pytest.fixture
def recording(size):
    """Stamps and slow swings of three axes, which both must hand through."""
    n = size(1_000_000)
    time = (np.arange(n) + np.random.default_rng(0).uniform(-0.3, 0.3, n)) / 100
    swings = np.sin(2 * np.pi * np.array([0.5, 0.8, 1.1]) * time[:, None])
    return time, swings.astype(np.float32)


def group_of(recording):
    return f"jittered 100 Hz to even 50 Hz, filtered, ({len(recording[0]):,}, 3)"


@pytest.mark.filterwarnings("ignore")
def test_even_kinefuse(benchmark, threads, recording):
    benchmark.group = group_of(recording)
    time, swings = recording
    benchmark(kinefuse.regrid, time, swings, rate_hz=RATE, max_gap_s=1)


@pytest.mark.filterwarnings("ignore")
def test_even_actipy(benchmark, recording, peer):
    benchmark.group = group_of(recording)
    benchmark.extra_info["by"] = "actipy lowpass, resample"
    pandas, processing = peer("pandas"), peer("actipy.processing")
    time, swings = recording
    stamps = pandas.to_datetime((time * 1e9).astype(np.int64)).rename("time")
    frame = pandas.DataFrame(swings, index=stamps, columns=["x", "y", "z"])

    def run():
        smooth, _ = processing.lowpass(frame, 100)
        return processing.resample(smooth, RATE)[0]

    ours = kinefuse.regrid(time, swings, rate_hz=RATE, max_gap_s=1)
    theirs = run()
    at = (theirs.index - pandas.Timestamp(0)) / pandas.Timedelta("1s")
    start = int(np.searchsorted(ours.start_s + np.arange(len(ours.data)) / RATE, at[100]))
    some = slice(start, start + 5000)
    distance = ours.data[some] - theirs.to_numpy()[100 : 100 + len(ours.data[some])]
    assert np.sqrt(np.mean(distance**2)) < 0.05
    benchmark(run)
