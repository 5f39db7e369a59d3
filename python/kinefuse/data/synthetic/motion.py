"""One trial: what a person's joints do from the first idle moment to the last."""

import numpy as np
from numpy.typing import NDArray

from kinefuse.data.synthetic.actions import Action, Key
from kinefuse.data.synthetic.body import ANGLES, Pose, pose
from kinefuse.data.synthetic.people import Habit, Person

__all__ = ["RATE_HZ", "perform"]

Array = NDArray[np.float64]

RATE_HZ = 200.0
"""Rate of the simulation, well above that of the sensors."""

_CHANNELS = (*ANGLES, "jump")
_MOVE_S = 0.35  # from rest into the first pose of an action that begins in one, and back


def perform(person: Person, action: Action, rng: np.random.Generator) -> Pose:
    """Let a person do an action once, with the differences that two trials have.

    Returns
    -------
    Pose
        At :data:`RATE_HZ`, seen from a camera 2.5 m in front that looks along z.
    """
    habit = person.habits[action.name]
    tempo = habit.tempo * float(np.exp(rng.normal(0, 0.10)))
    amplitude = habit.amplitude * float(np.exp(rng.normal(0, 0.08)))
    times, poses, length_s = _script(person, action, habit, tempo, amplitude, rng)
    time_s = np.arange(0, length_s, 1 / RATE_HZ)
    smoothing_s = person.smoothness_s / max(tempo, 0.5) * _cycle_share(action)
    track = {
        name: _smooth(np.interp(time_s, times, poses[:, i]), smoothing_s)
        for i, name in enumerate(_CHANNELS)
    }
    for name in ANGLES:
        track[name] += _sway(time_s, 0.8 if "leg" in name or "knee" in name else 2.0, rng)
    for name in ("left_knee", "right_knee", "left_elbow", "right_elbow"):
        track[name] = _at_least(track[name], 0.0)
    heading = person.heading_deg + rng.normal(0, 6) + _sway(time_s, 2.0, rng)
    moved = pose(
        person.body,
        {name: track[name] for name in ANGLES},
        heading_deg=heading,
        jump_m=_at_least(track["jump"], 0.0, 0.01),
    )
    moved.joints[...] += (rng.normal(0, 0.12), -0.9, 2.5 + rng.normal(0, 0.15))
    return moved


def _script(
    person: Person,
    action: Action,
    habit: Habit,
    tempo: float,
    amplitude: float,
    rng: np.random.Generator,
) -> tuple[Array, Array, float]:
    rest = np.array([person.rest.get(name, 0.0) for name in _CHANNELS])
    each_trial = rng.normal(0, 0.35, len(ANGLES)) * np.abs(habit.stray).mean(axis=0)
    now = float(rng.uniform(0.15, 0.7))
    times, poses = [0.0], [rest]
    in_pose = action.keys[0].at == 0
    if in_pose:
        times.append(now)
        poses.append(rest)
        now += _MOVE_S / tempo
    for _ in range(rng.integers(action.repeats[0], action.repeats[1], endpoint=True)):
        cycle_s = action.cycle_s / tempo * float(np.exp(rng.normal(0, 0.06)))
        if not in_pose:
            times.append(now)
            poses.append(rest)
        for number, key in enumerate(action.keys):
            if in_pose and number == len(action.keys) - 1:
                continue  # the next cycle begins with it
            at = key.at + (rng.normal(0, 0.02) if 0 < key.at < 1 else 0.0)
            times.append(now + cycle_s * at)
            stray = habit.stray[number] + each_trial
            poses.append(_pose(key, habit.manner, amplitude, stray, rest))
        now += cycle_s
    if in_pose:
        times.append(now)
        poses.append(poses[2] if len(poses) > 2 else rest)
        now += _MOVE_S / tempo
    times.append(now)
    poses.append(rest)
    return np.array(times), np.array(poses), now + float(rng.uniform(0.15, 0.7))


def _pose(key: Key, manner: float, amplitude: float, stray: Array, rest: Array) -> Array:
    target = np.empty(len(_CHANNELS))
    for i, name in enumerate(_CHANNELS):
        one = key.one.get(name, rest[i])
        other = key.other.get(name, rest[i])
        target[i] = rest[i] + amplitude * ((1 - manner) * one + manner * other - rest[i])
    named = np.array([name in key.one or name in key.other for name in ANGLES])
    # What the pose does not ask for strays less.
    target[:-1] += stray * np.where(named, 1.0, 0.45)
    return target


def _cycle_share(action: Action) -> float:
    return min(1.0, action.cycle_s / 1.4)


def _smooth(values: Array, width_s: float) -> Array:
    # Hann twice: two continuous derivatives, so that acceleration has no jumps.
    half = max(2, round(width_s * RATE_HZ / 2))
    kernel = np.hanning(2 * half + 1)
    kernel = np.convolve(kernel, kernel)
    kernel /= kernel.sum()
    reach = len(kernel) // 2
    return np.convolve(np.pad(values, reach, mode="edge"), kernel, mode="valid")


def _sway(time_s: Array, degrees: float, rng: np.random.Generator) -> Array:
    total = np.zeros_like(time_s)
    for _ in range(3):
        rate, phase = rng.uniform(0.15, 0.9), rng.uniform(0, 2 * np.pi)
        total += rng.normal(0, degrees / 2) * np.sin(2 * np.pi * rate * time_s + phase)
    return total


def _at_least(values: Array, floor: float, softness: float = 3.0) -> Array:
    # A smooth maximum, which joints' stops are too.
    limited: Array = floor + softness * np.logaddexp(0, (values - floor) / softness)
    return limited
