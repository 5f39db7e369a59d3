"""What sensors make of a motion: noise, bias, mounting, their own clocks, lost packets."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.synthetic.body import Pose
from kinefuse.data.synthetic.motion import RATE_HZ

__all__ = ["GRAVITY", "Clock", "Imu", "ideal_imu", "kinect", "stamps", "worn_imu"]

Array = NDArray[np.float64]

GRAVITY = 9.80665
_WANDER_HZ = 2.5
_ACC_RANGE_G, _GYRO_RANGE = 8.0, np.radians(2000.0)


@dataclass(frozen=True)
class Clock:
    """How a device samples: its rate, and how badly it keeps it."""

    rate_hz: float
    rate_error: float
    jitter_s: float
    packet: int
    loss: float
    repeat: float


@dataclass(frozen=True)
class Imu:
    """Ideal readings at the simulation's rate: acceleration in g, angular rate in rad/s."""

    acceleration: Array
    angular_rate: Array


def ideal_imu(position: Array, orientation: Array) -> Imu:
    """Compute what a perfect sensor reads.

    Parameters
    ----------
    position : (T, 3) array
        In metres, y up, at the simulation's rate.
    orientation : (T, 3, 3) array
        From the sensor's frame into the world's.

    Returns
    -------
    Imu
        Specific force (at rest 1 g upwards) and angular rate, in the sensor's frame, by central
        differences.
    """
    step = 1 / RATE_HZ
    padded = np.concatenate(
        [2 * position[:1] - position[1:2], position, 2 * position[-1:] - position[-2:-1]]
    )
    acceleration = (padded[2:] - 2 * padded[1:-1] + padded[:-2]) / step**2
    acceleration[:, 1] += GRAVITY
    in_frame = np.einsum("tij,ti->tj", orientation, acceleration) / GRAVITY
    before = np.concatenate([orientation[:1], orientation[:-1]])
    after = np.concatenate([orientation[1:], orientation[-1:]])
    spans = np.full(len(position), 2 * step)
    spans[[0, -1]] = step
    turn = np.einsum("tji,tjk->tik", before, after)
    # The axis times the sine of the angle, from the part of the turn that is not symmetric.
    axis = (
        np.stack([turn[:, k, j] - turn[:, j, k] for j, k in ((1, 2), (2, 0), (0, 1))], axis=1) / 2
    )
    sine = np.linalg.norm(axis, axis=1)
    angle = np.arctan2(sine, (np.trace(turn, axis1=1, axis2=2) - 1) / 2)
    factor = np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 1.0)
    return Imu(in_frame, axis * (factor / spans)[:, None])


def worn_imu(pose: Pose, placement: str, mounting_deg: Array, rng: np.random.Generator) -> Imu:
    """Compute what a real sensor on the right ``wrist`` or ``thigh`` reads.

    ``mounting_deg`` turns it against the limb, about x, y (along the limb) and z.
    """
    if placement == "wrist":
        frame, upper, lower, share = pose.right_forearm, 9, 10, 0.9
    else:
        frame, upper, lower, share = pose.right_thigh, 16, 17, 0.55
    tilt = mounting_deg + rng.normal(0, 4, 3)
    oriented = frame @ _rotation(tilt)
    on_bone = (1 - share) * pose.joints[:, upper] + share * pose.joints[:, lower]
    outside = on_bone + oriented @ np.array([0.0, 0.0, 0.03 if placement == "wrist" else 0.08])
    ideal = ideal_imu(outside, oriented)
    n = len(outside)
    bias_acc, bias_gyro = rng.normal(0, 0.03, 3), rng.normal(0, 0.04, 3)
    acceleration = ideal.acceleration + bias_acc + rng.normal(0, 0.025, (n, 3))
    angular_rate = ideal.angular_rate + bias_gyro + rng.normal(0, 0.04, (n, 3))
    return Imu(
        np.clip(acceleration, -_ACC_RANGE_G, _ACC_RANGE_G),
        np.clip(angular_rate, -_GYRO_RANGE, _GYRO_RANGE),
    )


def kinect(joints: Array, time_s: Array, rng: np.random.Generator) -> Array:
    """Return frames as a depth camera tracks them: white noise, and errors that wander slowly.

    Hands and feet, (T, 20, 3) like the other joints, are tracked worst. ``time_s`` (T,) says when
    each frame was taken.
    """
    ends = np.ones((20, 1))
    ends[[6, 7, 10, 11]] = 2.2
    ends[[14, 15, 18, 19]] = 2.0
    place = (time_s - time_s[0]) * _WANDER_HZ
    wander = rng.normal(0, 0.011, (int(place[-1]) + 2, 20, 3))
    low = place.astype(int)
    part = (place - low)[:, None, None]
    slow = (1 - part) * wander[low] + part * wander[low + 1]
    noisy: Array = joints + (slow + rng.normal(0, 0.006, joints.shape)) * ends
    return noisy


def stamps(length_s: float, clock: Clock, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return when a device really sampled, and what its stamps say.

    Whole packets are lost, some samples come twice; the stamps jitter about the device's own rate.

    Returns
    -------
    true_s, stamp_s : (N,) arrays of float64
    """
    rate = clock.rate_hz * (1 + rng.normal(0, clock.rate_error))
    true = np.arange(rng.uniform(0, 1 / rate), length_s - 1.5 / RATE_HZ, 1 / rate)
    packets = np.arange(len(true)) // clock.packet
    lost = rng.random(packets[-1] + 1) < clock.loss
    lost[[0, -1]] = False
    true = true[~lost[packets]]
    twice = rng.random(len(true)) < clock.repeat
    stamp = true + rng.normal(0, clock.jitter_s, len(true)).clip(-0.45 / rate, 0.45 / rate)
    copies = 1 + twice
    return np.repeat(true, copies), np.repeat(stamp, copies)


def _rotation(degrees: Array) -> Array:
    x, y, z = np.radians(degrees)
    rx = np.array([[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]])
    ry = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    rz = np.array([[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]])
    turned: Array = ry @ rx @ rz
    return turned
