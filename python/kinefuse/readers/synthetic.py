"""Synthetic motion: a jointed body, a depth camera, inertial sensors on wrist and thigh."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.recording import Recording, Stream
from kinefuse.data.synthetic.actions import ACTIONS
from kinefuse.data.synthetic.motion import RATE_HZ, perform
from kinefuse.data.synthetic.people import person
from kinefuse.data.synthetic.sensors import Clock, kinect, stamps, worn_imu
from kinefuse.errors import ConfigError
from kinefuse.readers.about import About
from kinefuse.readers.registry import Source

__all__ = ["Synthetic"]

Array = NDArray[np.float64]

_IMU = Clock(rate_hz=50, rate_error=0.004, jitter_s=0.002, packet=5, loss=0.02, repeat=0.004)
_CAMERA = Clock(rate_hz=30, rate_error=0.002, jitter_s=0.003, packet=1, loss=0.015, repeat=0.0)
_CHANNELS = ("acc_x", "acc_y", "acc_z", "gyro_x", "gyro_y", "gyro_z")


class Synthetic:
    """Sixteen actions by made-up people; the same settings give the same recordings.

    Each recording has a skeleton (``kinect_v1``, nominally 30 Hz, metres) and two inertial streams,
    ``wrist`` and ``thigh`` of the right side (nominally 50 Hz, g and rad/s), all with time stamps
    that jitter, and with frames and packets lost.

    Parameters
    ----------
    subjects : int
    trials : int
        How often each does each action.
    seed : int
        Other people, other trials.

    Raises
    ------
    ConfigError
        A number below 1.
    """

    name = "synthetic"
    classes = tuple(action.name for action in ACTIONS)
    about = About(
        title="generated motion: a jointed body, a depth camera, sensors on wrist and thigh",
        source="kinefuse.data.synthetic",
        licence="that of kinefuse",
        kind="generator",
        units={"acc": "g", "gyro": "rad/s", "joints": "m"},
        rates_hz={"inertial": _IMU.rate_hz, "skeleton": _CAMERA.rate_hz},
        placements=("wrist", "thigh", "kinect"),
    )

    def __init__(self, *, subjects: int = 8, trials: int = 4, seed: int = 0) -> None:
        for what, value in (("subjects", subjects), ("trials", trials)):
            if value < 1:
                raise ConfigError(f"synthetic: {what}: expected at least 1, got {value}")
        if seed < 0:
            raise ConfigError(f"synthetic: seed: expected 0 or more, got {seed}")
        self.subjects = subjects
        self.trials = trials
        self.seed = seed
        self._people = [person(number, seed) for number in range(1, subjects + 1)]

    def settings(self) -> dict[str, Any]:
        """Return how many there are, and the seed."""
        return {"subjects": self.subjects, "trials": self.trials, "seed": self.seed}

    def discover(self, path: Path) -> list[Source]:
        """List the trials; ``path`` does not matter, nothing is read."""
        return [
            Source(f"a{a}_s{s}_t{t}", (), {"action": a, "subject": s, "trial": t})
            for a in range(1, len(ACTIONS) + 1)
            for s in range(1, self.subjects + 1)
            for t in range(1, self.trials + 1)
        ]

    def read(self, source: Source) -> Recording:
        """Make one trial."""
        number, subject, trial = (source.info[key] for key in ("action", "subject", "trial"))
        action = ACTIONS[number - 1]
        who = self._people[subject - 1]
        rng = np.random.default_rng([self.seed, subject, number, trial])
        motion = perform(who, action, rng)
        time_s = np.arange(len(motion.joints)) / RATE_HZ
        streams = []
        for placement in ("wrist", "thigh"):
            imu = worn_imu(motion, placement, who.mounting_deg[placement], rng)
            values = np.concatenate([imu.acceleration, imu.angular_rate], axis=1)
            true, stamp = stamps(time_s[-1], _IMU, rng)
            streams.append(
                Stream(
                    name=placement,
                    modality="inertial",
                    data=_at(true, time_s, values),
                    channels=_CHANNELS,
                    units=("g",) * 3 + ("rad/s",) * 3,
                    rate_hz=_IMU.rate_hz,
                    time_s=stamp,
                )
            )
        true, stamp = stamps(time_s[-1], _CAMERA, rng)
        joints = _at(true, time_s, motion.joints.reshape(len(time_s), -1)).reshape(-1, 20, 3)
        streams.append(
            Stream(
                name="kinect",
                modality="skeleton",
                data=kinect(joints, true, rng),
                channels=("x", "y", "z"),
                units="m",
                rate_hz=_CAMERA.rate_hz,
                time_s=stamp,
                layout="kinect_v1",
            )
        )
        return Recording(
            id=source.name,
            dataset=self.name,
            subject=str(subject),
            activity=action.name,
            trial=str(trial),
            streams=streams,
        )


def _at(when: Array, time_s: Array, values: Array) -> Array:
    place = (when - time_s[0]) * RATE_HZ
    low = np.minimum(place.astype(int), len(values) - 2)
    part = (place - low)[:, None]
    between: Array = (1 - part) * values[low] + part * values[low + 1]
    return between
