import numpy as np
import pytest
from scipy.spatial.transform import Rotation, Slerp

import kinefuse
from kinefuse.errors import DtypeError, InputError, ShapeError, TimeError


def walk(n, size=0.3, seed=0):
    """Orientations that turn on, with stamps."""
    rng = np.random.default_rng(seed)
    turns, found = Rotation.random(rng=seed), []
    for _ in range(n):
        turns = Rotation.from_rotvec(rng.normal(0, size, 3)) * turns
        found.append(turns.as_quat())
    return np.cumsum(rng.uniform(0.005, 0.02, n)), np.array(found)


@pytest.mark.parametrize("size", [1e-9, 1e-4, 0.3, 1.5])
def test_agrees_with_scipy(size):
    time, q = walk(3000, size)
    when = np.random.default_rng(1).uniform(time[0], time[-1], 5000)
    expected = Slerp(time, Rotation.from_quat(q))(when).as_quat()
    signs = np.random.default_rng(2).choice([-1, 1], (3000, 1))
    for scale in (1.0, 17.0, signs):
        found = kinefuse.interpolate_quaternions(time, q * scale, when)
        sign = np.sign((found * expected).sum(axis=1))[:, None]
        np.testing.assert_allclose(found * sign, expected, rtol=0, atol=1e-12)
    single = kinefuse.interpolate_quaternions(time, q.astype(np.float32), when)
    assert single.dtype == np.float32
    sign = np.sign((single * expected).sum(axis=1))[:, None]
    np.testing.assert_allclose(single * sign, expected, rtol=0, atol=3e-7)


def test_signs_go_on_and_lengths_are_one():
    time, q = walk(2000)
    q *= np.random.default_rng(2).choice([-1, 1], (2000, 1))
    when = np.linspace(time[0], time[-1], 20_000)
    found = kinefuse.interpolate_quaternions(time, q, when)
    assert np.abs(np.diff(found, axis=0)).max() < 0.3
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=0, atol=1e-14)


def test_missing_is_nan():
    time, q = walk(100)
    q[50], q[70] = np.nan, 0
    when = np.concatenate([time, (time[1:] + time[:-1]) / 2, [time[0] - 1, time[-1] + 1, np.nan]])
    found = np.isnan(kinefuse.interpolate_quaternions(time, q, when))
    assert (found.all(axis=1) == found.any(axis=1)).all()
    assert np.flatnonzero(found[:, 0]).tolist() == [50, 70, 149, 150, 169, 170, 199, 200, 201]
    bridged = kinefuse.interpolate_quaternions(time[::50], q[[0, 99]], [time[10]], max_gap_s=0.1)
    assert np.isnan(bridged).all()


def test_out_and_threads():
    time, q = walk(5000)
    when = np.linspace(time[0], time[-1], 9000)
    expected, before = kinefuse.interpolate_quaternions(time, q, when), kinefuse.num_threads()
    out = np.empty_like(expected)
    try:
        for n in (1, 2, 5):
            kinefuse.set_num_threads(n)
            assert kinefuse.interpolate_quaternions(time, q, when, out=out) is out
            assert out.tobytes() == expected.tobytes()
    finally:
        kinefuse.set_num_threads(before)


@pytest.mark.parametrize(
    ("time", "q", "settings", "error", "says"),
    [
        ([0.0, 1.0], np.ones((3, 4)), {}, ShapeError, "q"),
        ([0.0, 1.0], np.ones((2, 3)), {}, ShapeError, "q"),
        ([0.0, 1.0], np.ones((2, 4), complex), {}, DtypeError, "q"),
        (["a", "b"], np.ones((2, 4)), {}, DtypeError, "time_s"),
        ([0.0, 0.0], np.ones((2, 4)), {}, TimeError, "row 1"),
        ([0.0, np.inf], np.ones((2, 4)), {}, TimeError, "row 1"),
        ([0.0, 1.0], np.ones((2, 4)), {"max_gap_s": 0}, InputError, "max_gap_s"),
        ([0.0, 1.0], np.ones((2, 4)), {"out": np.ones((2, 4))}, ShapeError, "out"),
    ],
)
def test_bad_input(time, q, settings, error, says):
    with pytest.raises(error, match=says):
        kinefuse.interpolate_quaternions(time, q, [0.5], **settings)
