import numpy as np
import pytest

from kinefuse import clock
from kinefuse.errors import InputError, ShapeError, TimeError


@pytest.mark.parametrize("ppm", [-180.0, 0.0, 3.0, 75.0])
@pytest.mark.parametrize("start", [0.0, 1.7e9])
def test_drift_to_a_millionth(ppm, start):
    rng = np.random.default_rng(1)
    hz = 100 * (1 + ppm * 1e-6)
    time = start + np.arange(180_000) / hz + rng.normal(0, 5e-4, 180_000)
    time = np.delete(time, np.r_[30_000:100_000, 120_001, 150_000:150_007])
    found = clock.estimate_rate(time, nominal_hz=100, unit="s")
    assert found.drift_ppm == pytest.approx(ppm, abs=0.1)
    assert found.rate_hz == pytest.approx(hz, rel=1e-7)
    assert (found.runs, found.lost) == (2, 8)
    assert found.residual_s == pytest.approx(5e-4, rel=0.1)
    assert abs(found.drift_ppm - ppm) < 6 * found.error_ppm + 1e-3


def test_against_a_straight_line():
    rng = np.random.default_rng(0)
    time = np.arange(5000) / 52.3 + rng.normal(0, 1e-4, 5000)
    slope = np.polyfit(np.arange(5000), time, 1)[0]
    assert clock.estimate_rate(time).rate_hz == pytest.approx(1 / slope, rel=1e-7)


def test_without_a_nominal_rate_there_is_no_drift():
    assert np.isnan(clock.estimate_rate(np.arange(50) / 10.0).drift_ppm)


def test_milliseconds_that_round_do_not_matter():
    time_ms = np.round(np.arange(20_000) / 102.4517 * 1000).astype(np.int64) + 1_700_000_000_000
    assert clock.estimate_rate(time_ms).rate_hz == pytest.approx(102.4517, rel=1e-6)


@pytest.mark.parametrize(
    ("time", "settings", "error", "says"),
    [
        (np.arange(10.0) / 8, {}, TimeError, "16 samples"),
        ([], {}, ShapeError, "at least 2"),
        (np.arange(50) / 8, {"nominal_hz": 0}, InputError, "nominal_hz"),
        (np.arange(50) / 8, {"nominal_hz": np.nan}, InputError, "nominal_hz"),
        (np.arange(50) / 8, {"nominal_hz": "x"}, InputError, "nominal_hz"),
        (np.arange(50) / 8, {"max_gap_s": 0.01}, InputError, "max_gap_s"),
        (np.arange(50) / 8, {"unit": "h"}, InputError, "unit"),
    ],
)
def test_bad_clocks(time, settings, error, says):
    with pytest.raises(error, match=says):
        clock.estimate_rate(time, **settings)
