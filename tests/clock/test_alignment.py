import numpy as np
import pytest

from kinefuse import clock
from kinefuse.errors import DtypeError, InputError, ShapeError, TimeError


def movement(seconds=400.0, hz=400.0, seed=0):
    """A body's acceleration at a rate that is as good as continuous: smooth noise in bursts."""
    rng = np.random.default_rng(seed)
    n = int(seconds * hz)
    kernel = np.hanning(int(0.2 * hz))
    x = np.stack([np.convolve(rng.normal(size=n), kernel, "same") for _ in range(3)], axis=1)
    bursts = np.interp(np.arange(n), np.arange(0, n, 2000), rng.uniform(0, 1, -(-n // 2000)))
    return np.arange(n) / hz, 0.1 * x * bursts[:, None] + [0, 0, 1]


def seen_by(time, x, *, hz, start, stop, turn, noise, rng):
    at = np.arange(start, stop, 1 / hz) + rng.normal(0, 1e-4, int(np.ceil((stop - start) * hz)))
    samples = np.stack([np.interp(at, time, x[:, c]) for c in range(3)], axis=1)
    return at, samples @ turn + rng.normal(0, noise, samples.shape)


@pytest.mark.parametrize(
    ("offset", "ppm"), [(0.0, 0.0), (4.4321, 120.0), (-21.05, -60.0), (1.7e9, 0.0)]
)
def test_two_devices_turned_differently(offset, ppm):
    rng = np.random.default_rng(3)
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    time, x = movement()
    at_a, a = seen_by(time, x, hz=102.5, start=5, stop=390, turn=np.eye(3), noise=0.02, rng=rng)
    at_b, b = seen_by(time, x, hz=50.0, start=12, stop=395, turn=turn, noise=0.02, rng=rng)
    stamp_b = (at_b - offset) / (1 + ppm * 1e-6)
    near = offset if abs(offset) > 1e6 else 0.0
    found = clock.align(at_a - near, a, stamp_b, b)
    np.testing.assert_allclose(found.to_a(stamp_b), at_b - near, rtol=0, atol=3e-3)
    assert found.drift_ppm == pytest.approx(ppm, abs=15)
    assert found.confidence > 0.8
    assert found.rival < 0.5
    assert found.matches["used"].sum() > 25
    assert found.offset_error_s < 2e-3


def test_gaps_nan_and_bad_stamps_do_not_matter():
    rng = np.random.default_rng(4)
    time, x = movement()
    at_a, a = seen_by(time, x, hz=50.0, start=0, stop=390, turn=np.eye(3), noise=0.01, rng=rng)
    at_b, b = seen_by(time, x, hz=50.0, start=0, stop=390, turn=np.eye(3), noise=0.01, rng=rng)
    stamp_a, stamp_b = at_a.copy(), at_b - 2.5
    stamp_a[[7, 9000]] = np.nan
    stamp_a[4000:4010] = stamp_a[4000]
    a[6000:6500, 1] = np.nan
    keep = np.ones(len(at_b), bool)
    keep[8000:11_000] = False
    found = clock.align(stamp_a, a, stamp_b[keep], b[keep])
    assert found.offset_s == pytest.approx(2.5, abs=2e-3)
    assert abs(found.drift_ppm) < 20


def test_without_drift_and_dates_as_stamps():
    time, x = movement(60.0)
    a, b = x[::4], x[2000::4]
    start = np.datetime64("2022-03-29T14:00:00", "ns")
    stamp = (time[::4] * 1e9).astype("m8[ns]") + start
    found = clock.align(stamp, a, stamp[: len(b)], b, drift=False)
    assert found.offset_s == pytest.approx(5.0, abs=1e-3)
    assert np.isnan(found.drift_ppm)
    assert "a = b +5.00" in str(found)


def test_what_has_nothing_in_common_is_unsure_or_refused():
    rng = np.random.default_rng(5)
    time = np.arange(10_000) / 50
    try:
        found = clock.align(time, rng.normal(size=(10_000, 3)), time, rng.normal(size=(10_000, 3)))
    except InputError:
        return
    assert found.confidence < 0.2


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"a": np.zeros(3)}, ShapeError, "a: expected"),
        ({"b": np.zeros((100, 2, 2))}, ShapeError, "b: expected"),
        ({"b": np.zeros((100, 0))}, ShapeError, "b: expected"),
        ({"a": ["x"] * 100}, DtypeError, "a:"),
        ({"a": np.zeros(100), "b": np.zeros(100)}, InputError, "movement in common"),
        ({"a": np.full(100, np.nan)}, InputError, "movement in common"),
        ({"time_b_s": np.arange(100) / 10 + 1e6}, TimeError, "no time in common"),
        ({"time_a_s": np.zeros(100)}, TimeError, "different"),
        ({"max_offset_s": 0}, InputError, "max_offset_s"),
        ({"max_offset_s": np.inf}, InputError, "max_offset_s"),
        ({"max_offset_s": 1e9}, InputError, "too many"),
        ({"window_s": np.nan}, InputError, "window_s"),
        ({"window_s": "x"}, InputError, "window_s"),
        ({"max_gap_s": -1}, InputError, "max_gap_s"),
        ({"drift": "yes"}, InputError, "drift"),
    ],
)
def test_bad_recordings(change, error, says):
    time, x = np.arange(100) / 10, np.random.default_rng(0).normal(size=100)
    given = {"time_a_s": time, "a": x, "time_b_s": time, "b": x} | change
    with pytest.raises(error, match=says):
        clock.align(**given)


@pytest.mark.parametrize("ppm", [0.0, 150.0])
def test_events_that_either_missed(ppm):
    rng = np.random.default_rng(6)
    real = np.cumsum(rng.uniform(5, 90, 40))
    on_b = (real + 1234.5) / (1 + ppm * 1e-6)
    a = np.concatenate([np.delete(real, [3, 17, 30]), [400.1, 911.7]]) + rng.normal(0, 0.01, 39)
    b = np.delete(on_b, [5, 6, 22]) + rng.normal(0, 0.01, 37)
    found = clock.align_events(rng.permutation(a), rng.permutation(b))
    np.testing.assert_allclose(found.to_a(on_b), real, atol=0.02)
    assert found.drift_ppm == pytest.approx(ppm, abs=20)
    assert found.confidence > 0.85


@pytest.mark.parametrize(
    ("a", "b", "settings", "error", "says"),
    [
        ([], [1.0], {}, InputError, "events_a"),
        ([1.0], [np.nan], {}, InputError, "events_b: event 0"),
        ([1.0, 2.0], [5.0, 99.0], {}, InputError, "no two pairs"),
        ([1.0], [1.0], {"tolerance_s": 0}, InputError, "tolerance_s"),
        ([1.0], [1.0], {"tolerance_s": None}, InputError, "tolerance_s"),
        ([1.0], [1.0], {"drift": 1}, InputError, "drift"),
        ([[1.0]], [1.0], {}, ShapeError, r"\(T,\)"),
        (np.zeros(10_000), np.zeros(10_000), {}, InputError, "too many"),
    ],
)
def test_bad_events(a, b, settings, error, says):
    with pytest.raises(error, match=says):
        clock.align_events(a, b, **settings)
