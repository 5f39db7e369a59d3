import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.skeleton.bodies import J, body, rotation, stick

from kinefuse import errors, skeleton
from kinefuse.skeleton import KINECT_V1

FEET = [KINECT_V1.index(foot) for foot in KINECT_V1.feet]


def walker(seed, t=200, noise=0.01):
    """Somebody who walks in a circle on the floor y = -1, a foot in the air 40 % of the time."""
    rng = np.random.default_rng(seed)
    phase = np.arange(t) / 20
    x = body(t, seed)
    x -= x[:, :1] * [1, 0, 1]
    way = 1.5 * np.stack([np.cos(phase / 5), 0 * phase, np.sin(phase / 5)], axis=1)
    x += way[:, None]
    for foot, shift in zip(FEET, (0, 0.5), strict=True):
        lift = np.clip(np.sin(2 * np.pi * (phase + shift)) - 0.3, 0, None) * 0.3
        x[:, foot, 1] = -1 + lift + noise * rng.normal(size=t)
        x[:, foot, [0, 2]] += 0.3 * np.sin(2 * np.pi * (phase + shift))[:, None]
    return x


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    tilt=st.floats(0, 30),
    degrees=st.floats(-180, 180),
    size=st.floats(0.01, 1000),
)
def test_the_floor_of_a_walker_is_found_whatever_the_tilt(seed, tilt, degrees, size):
    turn = rotation(1, degrees) @ rotation(2, tilt)
    ground = skeleton.find_ground(size * walker(seed) @ turn.T, KINECT_V1)
    up = turn[:, 1]
    assert np.degrees(np.arccos(min(1, up @ ground.normal))) < 0.6
    assert abs(ground.tilt_deg - tilt) < 0.6
    assert abs(ground.height / size + 1) < 0.05
    assert 0 < ground.spread / size < 0.03
    assert ground.points == 400


def test_without_noise_the_floor_is_exact_and_feet_in_the_air_do_not_lift_it():
    x = walker(0, noise=0) @ rotation(0, 20).T
    ground = skeleton.find_ground(x, KINECT_V1)
    np.testing.assert_allclose(ground.normal, rotation(0, 20)[:, 1], atol=1e-4)
    assert abs(ground.height + 1) < 1e-3


def test_other_axes_are_up():
    x = walker(1)
    expected = skeleton.find_ground(x, KINECT_V1)
    turned = skeleton.find_ground(x[..., [2, 0, 1]], KINECT_V1, up="z")
    np.testing.assert_allclose(turned.normal, np.array(expected.normal)[[2, 0, 1]], atol=1e-9)
    down = skeleton.find_ground(x * [1, -1, 1], KINECT_V1, up="-y")
    np.testing.assert_allclose(down.normal, np.array(expected.normal) * [1, -1, 1], atol=1e-9)
    assert down.height == pytest.approx(expected.height, abs=1e-9)
    assert down.tilt_deg == pytest.approx(expected.tilt_deg, abs=1e-6)


def test_a_normalised_walker_stands_on_level_ground():
    x = walker(2)
    x -= x[0, KINECT_V1.index("spine")]
    tilted = x @ rotation(0, 25).T
    out = skeleton.normalize(tilted, KINECT_V1, center=None, scale=None, ground="feet")
    np.testing.assert_allclose(out, x, atol=0.05)


def test_missing_feet_are_left_out_and_long_recordings_are_thinned():
    x = walker(3)
    expected = skeleton.find_ground(x[::2], KINECT_V1)
    x[1::2, FEET] = np.nan
    assert skeleton.find_ground(x, KINECT_V1) == expected
    long = np.concatenate([walker(seed) for seed in range(100)])
    ground = skeleton.find_ground(long, KINECT_V1)
    assert ground.points < 2 * 8192
    assert ground.tilt_deg < 0.6


@pytest.mark.parametrize(
    ("x", "layout", "options", "error", "message"),
    [
        (body(50), KINECT_V1, {}, errors.InputError, "stay within .* of a line"),
        (np.full((9, J, 3), np.nan), KINECT_V1, {}, errors.InputError, "known 0 times, 10"),
        (walker(0)[..., [0, 2, 1]], KINECT_V1, {}, errors.InputError, "cannot find the ground"),
        (np.zeros((9, 5, 3)), stick(), {}, errors.ConfigError, "names no feet"),
        (body(5)[..., :2], KINECT_V1, {}, errors.ShapeError, "D = 3"),
        (body(5)[None], KINECT_V1, {}, errors.ShapeError, "one recording"),
        (body(5), KINECT_V1, {"up": "x"}, errors.ConfigError, "up: expected 'y'"),
    ],
)
def test_what_has_no_floor_is_refused(x, layout, options, error, message):
    with pytest.raises(error, match=message):
        skeleton.find_ground(x, layout, **options)


@pytest.mark.real
def test_in_utd_mhad_people_stay_in_one_place_and_the_floor_is_not_guessed():
    if "KINEFUSE_DATA" not in os.environ:
        pytest.skip("KINEFUSE_DATA is not set")
    scipy_io = pytest.importorskip("scipy.io")
    folder = Path(os.environ["KINEFUSE_DATA"]) / "utd-mhad" / "Skeleton"
    files = sorted(folder.glob("a2[23]_*_skeleton.mat"))  # jog in place, walk in place
    if not files:
        pytest.skip(f"no recordings in {folder}")
    for file in files[::8]:
        x = scipy_io.loadmat(file)["d_skel"].transpose(2, 0, 1)
        with pytest.raises(errors.InputError, match="say where up is"):
            skeleton.find_ground(x, KINECT_V1)
        level = skeleton.normalize(x, KINECT_V1, align="yaw", ground=(0.0, 1.0, 0.1))
        assert np.isfinite(level).all()
