"""Hostile values for the inertial steps and their windows."""

import contextlib
import dataclasses

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

from kinefuse import errors
from kinefuse.augment import Plan, inertial

IMU = np.zeros((2, 6), np.float32)
ALONE = {
    "amplitude_perturbation": inertial.AmplitudePerturbation(0.2),
    "axis_permutation": inertial.AxisPermutation(),
    "channel_mask": inertial.ChannelMask(2, "mean"),
    "drift": inertial.Drift(0.2),
    "frequency_mask": inertial.FrequencyMask(0.2),
    "gaps": inertial.Gaps(0.2, 3, fill="hold"),
    "low_pass": inertial.LowPass(0.2, 0.5),
    "magnitude_warp": inertial.MagnitudeWarp(0.2),
    "phase_perturbation": inertial.PhasePerturbation(20),
    "phase_shift": inertial.PhaseShift(20),
    "quantize": inertial.Quantize(0.1, 0.2),
    "rate_jitter": inertial.RateJitter(0.2, 0.1),
    "rotation": inertial.Rotation(),
    "saturation": inertial.Saturation(0.5, 1),
    "sensor_dropout": inertial.SensorDropout(2),
    "time_mask": inertial.TimeMask(0.2),
    "time_reverse": inertial.TimeReverse((1,)),
    "window_slice": inertial.WindowSlice(0.2),
}
ARGUMENTS = [(name, f.name) for name, step in ALONE.items() for f in dataclasses.fields(step)]


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_window_gives_a_result_or_our_error(name, value):
    with contextlib.suppress(errors.KinefuseError):
        ALONE[name](HOSTILE[value])
    with contextlib.suppress(errors.KinefuseError):
        ALONE[name](IMU, out=HOSTILE[value])


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_argument_gives_a_result_or_our_error(name, argument, value):
    with contextlib.suppress(errors.KinefuseError):
        dataclasses.replace(ALONE[name], **{argument: HOSTILE[value]})(IMU)


@pytest.mark.parametrize("name", ALONE)
@pytest.mark.parametrize("value", [np.inf, -np.inf, 3e38, 1e-45])
def test_extreme_windows_keep_their_shape(name, value):
    x = np.full((3, 40, 6), value, np.float32)
    x[1, 7, 2] = np.nan
    assert ALONE[name](x, seed=3).shape == x.shape


def test_large_prime_lengths():
    plan = Plan("inertial", (ALONE["low_pass"], ALONE["phase_shift"]))
    x = np.random.default_rng(0).standard_normal((10007, 2)).astype(np.float32)
    assert np.isfinite(plan(x)).all()
