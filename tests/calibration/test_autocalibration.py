import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinefuse import units
from kinefuse.calibration import Autocalibrator, Calibration, autocalibrate
from kinefuse.errors import DtypeError, InputError, ShapeError

RATE, WINDOW = 20, 200


def postures(n, seed=0):
    found = np.random.default_rng(seed).normal(size=(n, 3))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def recording(n=150, *, scale=(1.02, 0.97, 1.0), offset=(0.03, -0.02, 0.0), slope=None, seed=0):
    """Lying in ``n`` postures, seen by a sensor that scale, offset and slope put right."""
    rng = np.random.default_rng(seed + 1)
    true = np.repeat(postures(n, seed), WINDOW, axis=0)
    warmth = np.repeat(rng.uniform(-6, 6, n), WINDOW)
    shift = 0 if slope is None else np.outer(warmth, slope)
    acc = (true - offset - shift) / scale + rng.normal(0, 0.003, true.shape)
    return acc, 25 + warmth


def reference(acc, temperature=None, length=WINDOW):
    """GGIR's ``g.calibrate``, step by step: scale, offset, slope, errors before and after."""
    windows = acc[: len(acc) // length * length].reshape(-1, length, 3)
    mean, sd = windows.mean(axis=1), windows.std(axis=1, ddof=1)
    still = (sd < 0.013).all(axis=1) & (np.abs(mean) < 2).all(axis=1)
    data, warmth = mean[still], np.zeros(still.sum())
    if temperature is not None:
        warmth = temperature[: len(windows) * length].reshape(-1, length).mean(axis=1)[still]
        warmth = warmth - warmth.mean()
    offset, scale, slope = np.zeros(3), np.ones(3), np.zeros(3)
    weights, residuals = np.ones(len(data)), [np.inf]
    for _ in range(1000):
        current = (data + offset) * scale + np.outer(warmth, slope)
        closest = current / np.linalg.norm(current, axis=1, keepdims=True)
        offset_change, scale_change, slope_change = np.zeros(3), np.ones(3), np.zeros(3)
        for k in range(3):
            columns = [np.ones(len(data)), current[:, k]]
            columns += [] if temperature is None else [warmth]
            design, root = np.stack(columns, axis=1), np.sqrt(weights)
            fit = np.linalg.lstsq(design * root[:, None], closest[:, k] * root, rcond=None)[0]
            offset_change[k], scale_change[k] = fit[:2]
            slope_change[k] = 0 if temperature is None else fit[2]
            current[:, k] = design @ fit
        offset = offset + offset_change / (scale * scale_change)
        slope = slope * scale_change + slope_change
        scale = scale * scale_change
        distance = current - closest
        residuals.append(3 * np.mean(weights[:, None] * distance**2 / weights.sum()))
        weights = np.minimum(1 / np.linalg.norm(distance, axis=1), 100)
        if abs(residuals[-1] - residuals[-2]) < 1e-10:
            break

    def error(values):
        return np.abs(np.linalg.norm(values, axis=1) - 1).mean()

    after = error((data + offset) * scale + np.outer(warmth, slope))
    return scale, offset * scale, slope, error(data), after


class TestAgainstTheReference:
    @settings(max_examples=15, deadline=None)
    @given(
        scale=st.tuples(*[st.floats(0.95, 1.05)] * 3),
        offset=st.tuples(*[st.floats(-0.06, 0.06)] * 3),
        seed=st.integers(0, 100),
    )
    def test_any_sensor(self, scale, offset, seed):
        acc, _ = recording(60, scale=scale, offset=offset, seed=seed)
        found = autocalibrate(acc, rate_hz=RATE)
        expected = reference(acc)
        assert found.reason is None
        np.testing.assert_allclose(found.scale, expected[0], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.offset, expected[1], rtol=0, atol=1e-9)
        assert found.error_before_g == pytest.approx(expected[3], abs=1e-12)
        assert found.error_after_g == pytest.approx(expected[4], abs=1e-9)
        np.testing.assert_allclose(found.scale, scale, rtol=0, atol=3e-3)
        np.testing.assert_allclose(found.offset, offset, rtol=0, atol=3e-3)

    def test_temperature(self):
        slope = (0.001, -0.0005, 0.0015)
        acc, temperature = recording(slope=slope)
        found = autocalibrate(acc, rate_hz=RATE, temperature_c=temperature)
        expected = reference(acc, temperature)
        np.testing.assert_allclose(found.scale, expected[0], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.offset, expected[1], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.temperature_slope, expected[2], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found.temperature_slope, slope, rtol=0, atol=1e-4)
        assert found.mean_temperature_c == pytest.approx(temperature.mean())
        without = autocalibrate(acc, rate_hz=RATE)
        assert without.error_after_g > 5 * found.error_after_g
        assert math.isnan(without.mean_temperature_c)
        assert not without.temperature_slope.any()


class TestApply:
    def test_brings_rest_to_one_g(self):
        acc, temperature = recording(slope=(0.001, -0.0005, 0.0015))
        found = autocalibrate(acc, rate_hz=RATE, temperature_c=temperature)
        right = found.apply(acc, temperature_c=temperature)
        by_hand = (
            found.scale * acc
            + found.offset
            + np.outer(temperature - found.mean_temperature_c, found.temperature_slope)
        )
        np.testing.assert_allclose(right, by_hand, rtol=0, atol=1e-12)
        rest = right.reshape(-1, WINDOW, 3).mean(axis=1)
        np.testing.assert_allclose(np.linalg.norm(rest, axis=1), 1, atol=2e-3)

    def test_types_shapes_and_out(self):
        found = autocalibrate(recording()[0], rate_hz=RATE)
        x = np.random.default_rng(0).normal(size=(4, 50, 3)).astype(np.float32)
        x[1, 2, 0] = np.nan
        out = np.empty_like(x)
        assert found.apply(x, out=out) is out
        np.testing.assert_allclose(out, found.scale * x + found.offset, atol=1e-6)
        assert np.isnan(out).sum() == 1
        np.testing.assert_array_equal(found.apply(x[0, 0]), out[0, 0])
        for wrong in (np.zeros((5, 4)), 1.0):
            with pytest.raises(ShapeError, match="acc_g"):
                found.apply(wrong)

    def test_temperature_must_fit(self):
        acc, temperature = recording(slope=(0.001, 0, 0))
        found = autocalibrate(acc, rate_hz=RATE, temperature_c=temperature)
        with pytest.raises(ShapeError, match="temperature_c"):
            found.apply(acc, temperature_c=temperature[:-1])
        assert np.isnan(found.apply(acc[:2], temperature_c=[np.nan, 20])).tolist() == [
            [True] * 3,
            [False] * 3,
        ]

    def test_without_a_calibration_nothing_changes(self):
        still = np.tile([0.0, 0.0, 1.05], (20 * WINDOW, 1))
        found = autocalibrate(still, rate_hz=RATE)
        assert found.reason is not None
        np.testing.assert_array_equal(found.apply(still), still)


class TestReasons:
    @pytest.mark.parametrize(
        ("acc", "says"),
        [
            (recording(9)[0], "9 still windows, 10 needed"),
            (np.zeros((0, 3)), "0 still windows, 10 needed"),
            (np.random.default_rng(0).normal(size=(9000, 3)), "0 still windows"),
            (np.abs(recording()[0]), "no still window has x below -0.3 g"),
            (9.81 * np.repeat(postures(150), WINDOW, axis=0), "expected acceleration in g"),
            (np.full((9000, 3), np.nan), "0 still windows"),
        ],
    )
    def test_why_not(self, acc, says):
        found = autocalibrate(acc, rate_hz=RATE)
        assert says in found.reason
        assert str(found).startswith(f"not calibrated: {found.reason}")
        assert found.scale.tolist() == [1, 1, 1]
        assert found.offset.tolist() == [0, 0, 0]

    def test_a_sensor_that_no_line_puts_right(self):
        acc = recording()[0]
        acc = acc * np.repeat(np.random.default_rng(1).uniform(0.85, 1.15, 150), WINDOW)[:, None]
        found = autocalibrate(acc, rate_hz=RATE, max_sd_g=0.02)
        assert "after the fit" in found.reason
        assert found.error_after_g > 0.01

    def test_units_make_it_right(self):
        acc = recording()[0]
        metric = units.convert(acc, "g", "m/s2")
        assert autocalibrate(units.convert(metric, "m/s2", "g"), rate_hz=RATE).reason is None


class TestStreams:
    @settings(max_examples=15, deadline=None)
    @given(ends=st.lists(st.integers(0, 30_000), max_size=6), warm=st.booleans())
    def test_any_blocks_give_the_same_numbers(self, ends, warm):
        acc, temperature = recording(slope=(0.001, 0, 0))
        temperature = temperature if warm else None
        whole = autocalibrate(acc, rate_hz=RATE, temperature_c=temperature)
        parts = Autocalibrator(rate_hz=RATE, with_temperature=warm)
        for a, b in itertools.pairwise([0, *sorted(ends), len(acc)]):
            parts.push(acc[a:b], temperature_c=temperature[a:b] if warm else None)
        found = parts.solve()
        for name in ("scale", "offset", "temperature_slope"):
            np.testing.assert_array_equal(getattr(found, name), getattr(whole, name))
        assert str(found) == str(whole)

    def test_missing_values_and_gaps_cost_their_windows(self):
        acc, _ = recording()
        acc[5 * WINDOW + 3, 1] = np.nan
        acc[9 * WINDOW] = np.inf
        found = autocalibrate(acc, rate_hz=RATE)
        assert (found.windows, found.still_windows, found.missing_windows) == (150, 148, 2)
        assert "2 with missing values" in str(found)
        cut = autocalibrate(acc, rate_hz=RATE, gaps=[[20 * WINDOW + 10, 5]])
        assert cut.windows == 149
        # A window now spans two postures, all the way to the end.
        assert cut.still_windows == 18
        aligned = autocalibrate(acc, rate_hz=RATE, gaps=[[20 * WINDOW, 5]])
        assert (aligned.windows, aligned.still_windows) == (150, 148)

    def test_float32_is_enough(self):
        acc, _ = recording()
        double = autocalibrate(acc, rate_hz=RATE)
        single = autocalibrate(acc.astype(np.float32), rate_hz=RATE)
        np.testing.assert_allclose(single.scale, double.scale, rtol=0, atol=1e-6)
        np.testing.assert_allclose(single.offset, double.offset, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"acc_g": np.zeros((10, 2))}, ShapeError, "acc_g"),
        ({"acc_g": np.zeros(9)}, ShapeError, "acc_g"),
        ({"acc_g": [["a"] * 3]}, DtypeError, "acc_g"),
        ({"rate_hz": 0}, InputError, "rate_hz"),
        ({"rate_hz": 0.1}, InputError, "window_s"),
        ({"window_s": np.nan}, InputError, "window_s"),
        ({"max_sd_g": -1}, InputError, "max_sd_g"),
        ({"min_windows": 0}, InputError, "min_windows"),
        ({"min_windows": 2.5}, InputError, "min_windows"),
        ({"min_sphere_g": "far"}, InputError, "min_sphere_g"),
        ({"max_error_g": 0}, InputError, "max_error_g"),
        ({"temperature_c": [1.0]}, ShapeError, "temperature_c"),
        ({"gaps": [[50, 1], [20, 1]]}, InputError, "gaps"),
    ],
)
def test_bad_arguments(arguments, error, says):
    arguments = {"acc_g": np.zeros((100, 3)), "rate_hz": 10} | arguments
    with pytest.raises(error, match=says):
        autocalibrate(arguments.pop("acc_g"), **arguments)


def test_a_stream_has_temperature_throughout_or_not_at_all():
    with pytest.raises(InputError, match="temperature_c"):
        Autocalibrator(rate_hz=10).push(np.zeros((5, 3)), temperature_c=np.zeros(5))
    with pytest.raises(InputError, match="temperature_c"):
        Autocalibrator(rate_hz=10, with_temperature=True).push(np.zeros((5, 3)))
    assert isinstance(Autocalibrator(rate_hz=10).solve(), Calibration)
