"""Files of MMAct's documented layout: clips of people who swing arms, each activity faster."""

import itertools
import json
from datetime import datetime, timedelta

import numpy as np

SENSORS = {"acc_phone": 100.0, "acc_watch": 100.0, "gyro": 50.0, "orientation": 50.0}
BEGIN = datetime(2018, 11, 20, 23, 59, 58)  # the clips run over midnight
STANDING = np.array(
    [[0, -70], [-3, -74], [3, -74], [-8, -70], [8, -70], [-18, -50], [18, -50], [-22, -25],
     [22, -25], [-24, 0], [24, 0], [-12, 0], [12, 0], [-13, 40], [13, 40], [-14, 80], [14, 80]],
    dtype=float,
)  # fmt: skip


def stamp(second):
    when = BEGIN + timedelta(seconds=float(second))
    text = when.strftime("%Y%m%d_%H:%M:%S.%f")
    # Now and then the files leave out a fraction of zero.
    return text.removesuffix(".000000") if text.endswith(".000000") else text[:-3]


def truth(sensor, second, hz=1.0, phase=0.0):
    """What a sensor measures at these seconds, (T, 3), in the unit of the files."""
    swing = np.sin(2 * np.pi * hz * second + phase)[:, None]
    if sensor == "orientation":  # turns on and on, through 360 degrees
        return np.mod(np.hstack([350 + 40 * second[:, None], 10 * swing, 5 * swing]), 360)
    scale = {"acc_phone": 3.0, "acc_watch": 6.0, "gyro": 2.0}[sensor]
    gravity = [0, 0, 0] if sensor == "gyro" else [0, 0, 9.80665]
    return scale * swing * [1.0, 0.5, 0.2] + gravity


def clip(sensor, length_s=2.0, hz=1.0, phase=0.0, late_s=0.0, random=None):
    """The rows of a file: stamps to a millisecond that jitter, and what is true then."""
    step = 1 / SENSORS[sensor]
    second = late_s + np.arange(0, length_s, step)
    if random is not None:
        second[1:] += random.uniform(-0.2, 0.2, len(second) - 1) * step
    second = np.round(second, 3)
    values = truth(sensor, second, hz, phase)
    rows = zip(second, values, strict=True)
    return "".join(f"{stamp(s)},{x:.6f},{y:.6f},{z:.6f}\n" for s, (x, y, z) in rows)


def pose(n_frames=60, hz=1.0, phase=0.0, view=1, random=None):
    """A clip of one person: {frame: {person1: 17 times x, y, confidence}}."""
    swing = np.sin(2 * np.pi * hz * np.arange(n_frames) / 30 + phase)
    body = STANDING * (1 + 0.1 * view) + np.array([320, 200])
    joints = np.repeat(body[None], n_frames, axis=0)
    joints[:, [7, 9], 1] -= 20 + 20 * swing[:, None]
    joints[:, [8, 10], 0] += 10 * swing[:, None]
    if random is not None:
        joints += random.normal(0, 0.5, joints.shape)
    sure = np.full((n_frames, 17, 1), 0.9)
    frames = np.concatenate([joints, sure], axis=2).round(3)
    return {f"frame_{k:05}": {"person1": frame.tolist()} for k, frame in enumerate(frames)}


def paths(folder, subject, scene, session, activity, view=1):
    """Where the files of a take lie: those of the sensors by name, that of the pose."""
    where = f"scene{scene}/session{session}"
    sensors = {
        name: folder / f"{name}_clip/subject{subject}/{where}/{activity}.csv" for name in SENSORS
    }
    trainval = folder / "pose/cross_view/trainval"
    return sensors, trainval / f"subject{subject}/cam{view}/{where}/{activity}.json"


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def write_take(folder, subject, scene, session, activity, *, hz=1.0, views=(1,), random=None):
    phase = 0.0 if random is None else random.uniform(0, 6)
    sensors, _ = paths(folder, subject, scene, session, activity)
    for name, path in sensors.items():
        write(path, clip(name, hz=hz, phase=phase, random=random))
    for view in views:
        _, path = paths(folder, subject, scene, session, activity, view)
        write(path, pose(hz=hz, phase=phase, view=view, random=random))


def write_mmact(folder, *, subjects, scenes=(1,), sessions=(1,), activities, views=(1,)):
    """Write a take of each activity in each session; the further down the list, the faster."""
    for subject, scene, session in itertools.product(subjects, scenes, sessions):
        for number, activity in enumerate(activities):
            random = np.random.default_rng([subject, scene, session, number])
            hz = (0.6 + 0.8 * number) * random.uniform(0.9, 1.1)
            write_take(folder, subject, scene, session, activity, hz=hz, views=views, random=random)
    return folder
