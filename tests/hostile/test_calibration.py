"""Hostile values for every argument of :mod:`kinefuse.calibration` and :mod:`kinefuse.units`."""

import contextlib

import numpy as np
import pytest
from tests.hostile.values import HOSTILE

from kinefuse import errors, units
from kinefuse.calibration import (
    Autocalibrator,
    autocalibrate,
    find_clipping,
    find_flat_lines,
)

ACC = np.random.default_rng(0).normal(size=(60, 3))
NOTHING = autocalibrate(ACC, rate_hz=10)

CALLS = {
    "autocalibrate acc_g": lambda v: autocalibrate(v, rate_hz=10),
    "autocalibrate rate_hz": lambda v: autocalibrate(ACC, rate_hz=v),
    "autocalibrate temperature_c": lambda v: autocalibrate(ACC, rate_hz=10, temperature_c=v),
    "autocalibrate gaps": lambda v: autocalibrate(ACC, rate_hz=10, gaps=v),
    "autocalibrate window_s": lambda v: autocalibrate(ACC, rate_hz=10, window_s=v),
    "autocalibrate max_sd_g": lambda v: autocalibrate(ACC, rate_hz=10, max_sd_g=v),
    "autocalibrate min_sphere_g": lambda v: autocalibrate(ACC, rate_hz=10, min_sphere_g=v),
    "autocalibrate min_windows": lambda v: autocalibrate(ACC, rate_hz=10, min_windows=v),
    "autocalibrate max_error_g": lambda v: autocalibrate(ACC, rate_hz=10, max_error_g=v),
    "push acc_g": lambda v: Autocalibrator(rate_hz=10).push(v),
    "push temperature_c": lambda v: Autocalibrator(rate_hz=10, with_temperature=True).push(
        ACC, temperature_c=v
    ),
    "apply acc_g": NOTHING.apply,
    "apply temperature_c": lambda v: NOTHING.apply(ACC, temperature_c=v),
    "apply out": lambda v: NOTHING.apply(ACC, out=v),
    "find_clipping x": lambda v: find_clipping(v, rate_hz=10),
    "find_clipping rate_hz": lambda v: find_clipping(ACC, rate_hz=v),
    "find_clipping limit": lambda v: find_clipping(ACC, rate_hz=10, limit=v),
    "find_clipping min_rows": lambda v: find_clipping(ACC, rate_hz=10, min_rows=v),
    "find_flat_lines x": lambda v: find_flat_lines(v, rate_hz=10),
    "find_flat_lines rate_hz": lambda v: find_flat_lines(ACC, rate_hz=v),
    "find_flat_lines min_s": lambda v: find_flat_lines(ACC, rate_hz=10, min_s=v),
    "find_flat_lines tolerance": lambda v: find_flat_lines(ACC, rate_hz=10, tolerance=v),
    "convert x": lambda v: units.convert(v, "g", "m/s2"),
    "convert temperature": lambda v: units.convert(v, "degF", "degC"),
    "convert from_unit": lambda v: units.convert(ACC, v, "g"),
    "convert to_unit": lambda v: units.convert(ACC, "g", v),
    "convert out": lambda v: units.convert(ACC, "g", "mg", out=v),
    "counts": lambda v: units.convert_counts(v, full_scale=8, bits=16),
    "counts full_scale": lambda v: units.convert_counts(ACC, full_scale=v, bits=16),
    "counts bits": lambda v: units.convert_counts(ACC, full_scale=8, bits=v),
    "counts zero": lambda v: units.convert_counts(ACC, full_scale=8, bits=16, zero=v),
    "counts out": lambda v: units.convert_counts(ACC, full_scale=8, bits=16, out=v),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("value", HOSTILE)
# NumPy warns where 1e308 of one unit is infinite in another.
@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_a_hostile_value_gives_a_result_or_our_error(call, value):
    with contextlib.suppress(errors.KinefuseError):
        CALLS[call](HOSTILE[value])
