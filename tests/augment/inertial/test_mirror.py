"""The mirror of inertial windows: a mirrored movement, measured."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from kinefuse.augment import inertial
from kinefuse.errors import ConfigError, ShapeError

SIGNS = {
    "x": [-1, 1, 1, 1, -1, -1],
    "y": [1, -1, 1, -1, 1, -1],
    "z": [1, 1, -1, -1, -1, 1],
}


@pytest.mark.parametrize("axis", SIGNS)
def test_signs(axis):
    x = np.random.default_rng(0).standard_normal((3, 20, 6)).astype(np.float32)
    y = inertial.Mirror(("acc", "gyro"), axis)(x)
    np.testing.assert_array_equal(y, x * np.float32(SIGNS[axis]))


def measure(turns, places, dt):
    """What a sensor at these orientations and places measures: its acceleration and turning."""
    acc = np.gradient(np.gradient(places, dt, axis=0), dt, axis=0) + np.array([0, 0, 9.81])
    gyro = (turns[:-1].inv() * turns[1:]).as_rotvec() / dt
    return np.hstack([turns.inv().apply(acc)[:-1], gyro])


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_it_is_what_a_sensor_of_a_mirrored_body_measures(axis):
    # The room is mirrored along its x. The mirrored sensor's frame would be left-handed: it is worn
    # as the mirror image, which flips one of its own axes too.
    t = np.linspace(0, 2, 2001)
    turns = Rotation.from_euler("xyz", np.stack([np.sin(t), 0.5 * t, np.cos(2 * t)], axis=1))
    places = np.stack([np.sin(3 * t), np.cos(2 * t), 0.3 * t**2], axis=1)
    room, own = np.eye(3), np.eye(3)
    room[0, 0] = own[axis, axis] = -1
    mirrored = Rotation.from_matrix(room @ turns.as_matrix() @ own)
    expected = measure(mirrored, places @ room, t[1])
    x = measure(turns, places, t[1])
    y = inertial.Mirror(("acc", "gyro"), "xyz"[axis])(x)
    np.testing.assert_allclose(y, expected, atol=1e-4)


def test_sensors_change_places():
    x = np.random.default_rng(0).standard_normal((20, 18)).astype(np.float32)
    y = inertial.Mirror(("acc", "gyro"), ("y", "x", "y"), swap=((2, 0),))(x)
    left, middle, right = np.split(x, 3, axis=1)
    signs = [np.float32(SIGNS[a]) for a in "yxy"]
    np.testing.assert_array_equal(
        y, np.hstack([right * signs[0], middle * signs[1], left * signs[2]])
    )


def test_acceleration_alone():
    x = np.random.default_rng(0).standard_normal((20, 9)).astype(np.float32)
    y = inertial.Mirror(("acc",), swap=((0, 1),))(x)
    np.testing.assert_array_equal(y, x[:, [3, 4, 5, 0, 1, 2, 6, 7, 8]] * np.float32([-1, 1, 1] * 3))


def test_what_does_not_fit_is_refused():
    with pytest.raises(ShapeError, match="6 channels for each sensor, got 9"):
        inertial.Mirror(("acc", "gyro"))(np.zeros((5, 9)))
    with pytest.raises(ShapeError, match="one for each of 1 sensor"):
        inertial.Mirror(("acc", "gyro"), ("x", "y"))(np.zeros((5, 6)))
    with pytest.raises(ShapeError, match="sensors below 1, got 1"):
        inertial.Mirror(("acc", "gyro"), swap=((0, 1),))(np.zeros((5, 6)))
    for swap in (((0, 1), (1, 2)), ((0, 0),)):
        with pytest.raises(ConfigError, match="one pair at most"):
            inertial.Mirror(("acc",), swap=swap)
    with pytest.raises(ConfigError, match="same for sensors 0 and 1"):
        inertial.Mirror(("acc",), ("x", "y"), swap=((0, 1),))
    with pytest.raises(ConfigError, match="kinds: expected one for each"):
        inertial.Mirror(())
    with pytest.raises(ConfigError, match="unknown variant `mag`"):
        inertial.Mirror(("mag",))
