import numpy as np
import pytest

from kinefuse import readers
from kinefuse.data.synthetic.actions import ACTIONS
from kinefuse.data.synthetic.body import ANGLES, Body, pose
from kinefuse.data.synthetic.motion import RATE_HZ, perform
from kinefuse.data.synthetic.people import person
from kinefuse.data.synthetic.sensors import GRAVITY, ideal_imu
from kinefuse.errors import ConfigError
from kinefuse.skeleton import KINECT_V1

BONES = [
    (child, KINECT_V1.joints.index(parent))
    for child, parent in enumerate(KINECT_V1.parents)
    if parent is not None
]


def standing(n=400, **angles):
    still = {name: np.zeros(n) for name in ANGLES}
    return pose(Body(), still | angles, heading_deg=np.zeros(n), jump_m=np.zeros(n))


@pytest.fixture(scope="module")
def motions():
    who = person(3, seed=0)
    return {a.name: perform(who, a, np.random.default_rng(i)) for i, a in enumerate(ACTIONS)}


def joint(name):
    return KINECT_V1.joints.index(name)


def test_standing_looks_like_standing():
    joints = standing(2).joints[0]
    assert joints[joint("head"), 1] > joints[joint("shoulder_center"), 1] > 1.2
    assert abs(joints[joint("left_ankle"), 1]) < 1e-9
    # Facing z with y up, the left is where x is.
    assert joints[joint("left_shoulder"), 0] > 0 > joints[joint("right_shoulder"), 0]
    assert joints[joint("left_hand"), 1] < joints[joint("left_elbow"), 1]


@pytest.mark.parametrize(
    ("angles", "towards"),
    [
        ({"right_arm_front": 90.0}, (0, 0, 1)),
        ({"right_arm_side": 90.0}, (-1, 0, 0)),
        ({"left_arm_side": 90.0}, (1, 0, 0)),
        ({"right_arm_front": 180.0}, (0, 1, 0)),
    ],
)
def test_an_arm_goes_where_it_is_lifted(angles, towards):
    joints = standing(1, **{name: np.array([value]) for name, value in angles.items()}).joints[0]
    side = "left" if "left" in next(iter(angles)) else "right"
    arm = joints[joint(f"{side}_wrist")] - joints[joint(f"{side}_shoulder")]
    np.testing.assert_allclose(arm / np.linalg.norm(arm), towards, atol=1e-9)


def test_bones_keep_their_length_and_feet_stay_above_the_ground(motions):
    for motion in motions.values():
        for child, parent in BONES:
            length = np.linalg.norm(motion.joints[:, child] - motion.joints[:, parent], axis=-1)
            assert np.ptp(length) < 1e-9
        ankles = motion.joints[:, [14, 18], 1]
        assert ankles.min() > -0.9 - 0.02


def test_limbs_turn_with_their_bones(motions):
    motion = motions["throw"]
    bone = motion.joints[:, 10] - motion.joints[:, 9]
    along = bone / np.linalg.norm(bone, axis=1, keepdims=True)
    np.testing.assert_allclose(motion.right_forearm[:, :, 1], -along, atol=1e-9)


def test_a_still_sensor_reads_gravity_and_no_turning():
    imu = ideal_imu(np.zeros((50, 3)), np.broadcast_to(np.eye(3), (50, 3, 3)))
    np.testing.assert_allclose(imu.acceleration, [[0, 1, 0]] * 50, atol=1e-12)
    np.testing.assert_allclose(imu.angular_rate, 0, atol=1e-12)


def test_a_circling_sensor_reads_the_textbook():
    # Radius 0.5 m at 3 rad/s in the horizontal plane, turning along: centripetal r w^2.
    t = np.arange(0, 2, 1 / RATE_HZ)
    angle = 3.0 * t
    position = 0.5 * np.stack([np.cos(angle), 0 * t, -np.sin(angle)], axis=1)
    cos, sin, zero, one = np.cos(angle), np.sin(angle), 0 * t, 1 + 0 * t
    rows = [[cos, zero, sin], [zero, one, zero], [-sin, zero, cos]]
    orientation = np.moveaxis(np.array(rows), 2, 0)
    imu = ideal_imu(position, orientation)
    np.testing.assert_allclose(imu.angular_rate, [[0, 3, 0]] * len(t), atol=1e-6)
    inner = imu.acceleration[1:-1]
    np.testing.assert_allclose(inner[:, 0], -0.5 * 9 / GRAVITY, rtol=1e-3)
    np.testing.assert_allclose(inner[:, 1], 1, rtol=1e-9)


def test_readings_integrate_back_to_the_motion(motions):
    # Turning by the angular rate and summing acceleration twice must lead where the wrist went.
    motion = motions["draw_circle_clockwise"]
    position = motion.joints[:, 10]
    imu = ideal_imu(position, motion.right_forearm)
    world = np.einsum("tij,tj->ti", motion.right_forearm, imu.acceleration) * GRAVITY
    world[:, 1] -= GRAVITY
    step = 1 / RATE_HZ
    speed = np.concatenate([np.zeros((1, 3)), np.cumsum(world[1:-1], axis=0) * step])
    speed += (position[1] - position[0]) / step
    walked = position[0] + np.concatenate([np.zeros((1, 3)), np.cumsum(speed, axis=0) * step])
    np.testing.assert_allclose(walked, position, atol=1e-9)
    turned = [motion.right_forearm[0]]
    for rate in (imu.angular_rate[1:] + imu.angular_rate[:-1]) / 2 * step:
        angle = np.linalg.norm(rate)
        x, y, z = rate / max(angle, 1e-12)
        cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
        turn = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
        turned.append(turned[-1] @ turn)
    apart = np.einsum("tij,tij->t", np.array(turned), motion.right_forearm)
    assert np.degrees(np.arccos(np.clip((apart - 1) / 2, -1, 1))).max() < 1.0


@pytest.fixture(scope="module")
def recordings():
    reader = readers.get("synthetic", subjects=3, trials=2)
    return [reader.read(source) for source in reader.discover(None)]


def test_what_a_recording_holds(recordings):
    assert len(recordings) == 16 * 3 * 2
    assert len({recording.id for recording in recordings}) == len(recordings)
    for recording in recordings:
        wrist, thigh, kinect = recording.streams
        assert wrist.data.shape[1:] == thigh.data.shape[1:] == (6,)
        assert kinect.data.shape[1:] == (20, 3)
        assert all(np.isfinite(stream.data).all() for stream in recording.streams)
        assert np.abs(wrist.data[:, :3]).max() <= 8
        assert 1.0 < kinect.time_s[-1] < 20


def test_clocks_are_as_bad_as_real_ones(recordings):
    steps = np.concatenate([np.diff(r.streams[0].time_s) for r in recordings])
    assert (steps == 0).any(), "no stamp repeats"
    assert (steps > 0.09).any(), "no packet is lost"
    assert abs(np.median(steps) - 0.02) < 2e-4
    assert 0.001 < np.std(steps[(steps > 0) & (steps < 0.03)]) < 0.005


def test_at_rest_the_sensors_feel_one_g(recordings):
    first = np.array([np.linalg.norm(r.streams[1].data[:5, :3], axis=1).mean() for r in recordings])
    assert abs(np.median(first) - 1) < 0.05


def test_the_same_settings_give_the_same_recordings(recordings):
    reader = readers.get("synthetic", subjects=3, trials=2)
    for source, before in list(zip(reader.discover(None), recordings, strict=True))[::17]:
        for one, other in zip(reader.read(source).streams, before.streams, strict=True):
            np.testing.assert_array_equal(one.data, other.data)
            np.testing.assert_array_equal(one.time_s, other.time_s)
    more = readers.get("synthetic", subjects=8, trials=4)
    same = next(s for s in more.discover(None) if s.name == "a5_s2_t2")
    mine = next(r for r in recordings if r.id == "a5_s2_t2")
    np.testing.assert_array_equal(more.read(same).streams[2].data, mine.streams[2].data)
    other = readers.get("synthetic", subjects=3, trials=2, seed=1)
    assert other.read(same).streams[2].data.shape != mine.streams[2].data.shape


def test_people_differ_more_than_trials(recordings):
    def height(recording):
        joints = np.median(recording.streams[2].data, axis=0)
        return joints[0, 1] - joints[[14, 18], 1].mean()

    by_subject = {
        s: [height(r) for r in recordings if r.subject == s and r.activity in ("wave", "clap")]
        for s in "123"
    }
    means = [np.mean(v) for v in by_subject.values()]
    assert np.std(means) > 2 * max(np.std(v) for v in by_subject.values())


@pytest.mark.parametrize("settings", [{"subjects": 0}, {"trials": 0}, {"seed": -1}])
def test_settings_that_make_no_sense(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        readers.get("synthetic", **settings)
