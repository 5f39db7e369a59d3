import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.skeleton.bodies import J, body, rotation

import kinefuse
from kinefuse import errors, skeleton
from kinefuse.skeleton import KINECT_V1

NAMES = ("joint", "bone", "motion", "bone_motion", "angles")


def naive(x, layout=KINECT_V1):
    """Frame by frame and joint by joint, from the definitions."""
    t, joints, _ = x.shape
    bone, motion, bone_motion = (np.zeros_like(x) for _ in range(3))
    angles = np.zeros((t, len(layout.angles)))
    for i in range(t):
        for j in range(joints):
            bone[i, j] = x[i, j] - x[i, layout.parent_indices[j]]
        for k, (a, b, c) in enumerate(layout.angles):
            u = x[i, layout.index(a)] - x[i, layout.index(b)]
            v = x[i, layout.index(c)] - x[i, layout.index(b)]
            cosine = u @ v / np.sqrt((u @ u) * (v @ v))
            angles[i, k] = np.degrees(np.arccos(np.clip(cosine, -1, 1)))
    for i in range(t):
        motion[i] = x[min(i + 1, t - 1)] - x[i]
        bone_motion[i] = bone[min(i + 1, t - 1)] - bone[i]
    return dict(zip(NAMES, (x, bone, motion, bone_motion, angles), strict=True))


def random(layout, t=6, dims=3, seed=0):
    return np.random.default_rng(seed).normal(size=(t, len(layout.joints), dims))


@pytest.mark.parametrize("dims", [2, 3])
@pytest.mark.parametrize("name", ["kinect_v1", "kinect_v2", "coco17", "smpl24", "mediapipe33"])
def test_streams_are_their_definitions(name, dims):
    layout = skeleton.layout(name)
    x = random(layout, dims=dims)
    found, expected = skeleton.streams(x, layout), naive(x, layout)
    assert tuple(found) == NAMES
    for stream in NAMES:
        np.testing.assert_allclose(found[stream], expected[stream], rtol=0, atol=2e-6)
    single = skeleton.streams(x.astype(np.float32), layout)
    for stream in NAMES:
        assert single[stream].dtype == np.float32
        atol = 1e-3 if stream == "angles" else 2e-6
        np.testing.assert_allclose(single[stream], expected[stream], rtol=0, atol=atol)


def test_windows_are_taken_each_by_itself():
    x = np.stack([body(7, seed) for seed in range(300)])
    found = skeleton.streams(x, "kinect_v1")
    for i in (0, 1, 147, 299):
        for name, stream in skeleton.streams(x[i], "kinect_v1").items():
            np.testing.assert_array_equal(found[name][i], stream)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    t=st.integers(1, 9),
    shift=st.tuples(*[st.floats(-10, 10)] * 3),
    size=st.floats(0.1, 10),
    degrees=st.floats(-180, 180),
)
def test_what_a_move_of_the_body_changes(seed, t, shift, size, degrees):
    x = random(KINECT_V1, t, seed=seed)
    turn = rotation(1, degrees) @ rotation(0, degrees / 2)
    one, two = (skeleton.streams(v, KINECT_V1) for v in (x, size * x @ turn.T + shift))
    for name in ("bone", "motion", "bone_motion"):
        np.testing.assert_allclose(two[name], size * one[name] @ turn.T, atol=1e-12 * (20 + size))
    np.testing.assert_allclose(two["angles"], one["angles"], atol=1e-6)


def test_angles_of_known_size():
    joints = np.array([[1, 0, 0], [0, 0, 0], [0, 2, 0], [-3, 0, 0], [1, 1, 0]], float)
    x = np.zeros((1, J, 3))
    x[0, :5] = joints
    triples = [(0, 1, 2), (0, 1, 3), (0, 1, 4), (0, 1, 0), ("head", "shoulder_center", "spine")]
    found = skeleton.streams(x, KINECT_V1, ["angles"], angles=triples)["angles"]
    np.testing.assert_allclose(found, [[90, 180, 45, 0, 90]], atol=1e-13)


def test_the_angles_of_a_layout_are_at_every_joint_that_bends():
    assert ("left_shoulder", "left_elbow", "left_wrist") in KINECT_V1.angles
    assert ("hip_center", "right_hip", "right_knee") in KINECT_V1.angles
    middle = {b for _, b, _ in KINECT_V1.angles}
    ends = {"head", "left_hand", "right_hand", "left_foot", "right_foot", "hip_center"}
    assert middle == set(KINECT_V1.joints) - ends


def test_what_is_computed_from_a_missing_joint_is_missing():
    x = body(6)
    elbow = KINECT_V1.index("left_elbow")
    x[2, elbow] = np.nan
    x[5, 3] = np.nan  # the root in the last frame
    found = skeleton.streams(x, KINECT_V1)
    expected = np.zeros((6, J), bool)
    expected[2, [elbow, elbow + 1]] = True
    expected[5, [3, 2, 12, 16]] = True
    np.testing.assert_array_equal(np.isnan(found["bone"]).all(axis=2), expected)
    np.testing.assert_array_equal(np.isnan(found["bone"]).any(axis=2), expected)
    motion = np.isnan(found["motion"]).all(axis=2)
    assert {tuple(at) for at in np.argwhere(motion)} == {(1, elbow), (2, elbow), (4, 3), (5, 3)}
    bent = [i for i, angle in enumerate(KINECT_V1.angles) if "left_elbow" in angle]
    assert np.isnan(found["angles"][2, bent]).all()
    assert np.isnan(found["angles"][2]).sum() == len(bent)
    together = np.zeros((1, J, 3))
    assert np.isnan(skeleton.streams(together, KINECT_V1, ["angles"])["angles"]).all()


def test_results_do_not_depend_on_the_threads():
    x = random(KINECT_V1, 5000).astype(np.float32)
    before = kinefuse.num_threads()
    results = []
    try:
        for n in (1, 2, 5):
            kinefuse.set_num_threads(n)
            results.append(skeleton.streams(x, KINECT_V1))
    finally:
        kinefuse.set_num_threads(before)
    for other in results[1:]:
        for name in NAMES:
            np.testing.assert_array_equal(other[name], results[0][name])


def test_out_is_written_and_checked():
    x = body(4)
    out = {"joint": np.empty_like(x), "angles": np.empty((4, len(KINECT_V1.angles)))}
    found = skeleton.streams(x, KINECT_V1, ["angles", "bone", "joint"], out=out)
    assert tuple(found) == ("angles", "bone", "joint")
    assert found["angles"] is out["angles"]
    assert found["joint"] is out["joint"]
    np.testing.assert_array_equal(out["joint"], x)
    np.testing.assert_array_equal(found["bone"], skeleton.streams(x, KINECT_V1)["bone"])


@pytest.mark.parametrize(
    ("args", "options", "error", "message"),
    [
        (("bone",), {}, errors.ConfigError, "names: expected some of joint, bone"),
        ((["bones"],), {}, errors.ConfigError, "got 'bones'"),
        ((["angles"],), {"angles": [(1, 2)]}, errors.ConfigError, r"\(joint, joint, joint\)"),
        ((["angles"],), {"angles": [("head", "neck", 2)]}, errors.ConfigError, "no joint 'neck'"),
        ((["bone"],), {"out": {"motion": np.empty(3)}}, errors.ConfigError, "none of the names"),
        ((["bone"],), {"out": {"bone": np.empty(3)}}, errors.ShapeError, "out: expected shape"),
        ((["bone"],), {"out": [np.empty(3)]}, errors.ConfigError, "expected a dict"),
        (
            (["bone", "motion"],),
            {"out": dict.fromkeys(["bone", "motion"], np.empty((3, J, 3)))},
            errors.ConfigError,
            "two overlap",
        ),
    ],
)
def test_bad_settings_are_refused_clearly(args, options, error, message):
    with pytest.raises(error, match=message):
        skeleton.streams(body(3), KINECT_V1, *args, **options)
    with pytest.raises(errors.ShapeError, match="D = 2 or 3"):
        skeleton.streams(np.zeros((5, J, 4)), KINECT_V1)


@pytest.mark.real
def test_limbs_of_utd_mhad_keep_their_length_and_bend_as_limbs_do():
    if "KINEFUSE_DATA" not in os.environ:
        pytest.skip("KINEFUSE_DATA is not set")
    scipy_io = pytest.importorskip("scipy.io")
    folder = Path(os.environ["KINEFUSE_DATA"]) / "utd-mhad" / "Skeleton"
    files = sorted(folder.glob("*_skeleton.mat"))[::40]
    if not files:
        pytest.skip(f"no recordings in {folder}")
    knee = KINECT_V1.angles.index(("left_hip", "left_knee", "left_ankle"))
    for file in files:
        x = scipy_io.loadmat(file)["d_skel"].transpose(2, 0, 1)
        found = skeleton.streams(x, KINECT_V1)
        for name, stream in naive(x).items():
            np.testing.assert_allclose(found[name], stream, rtol=0, atol=1e-5)
        thigh = np.linalg.norm(found["bone"][:, KINECT_V1.index("left_knee")], axis=1)
        assert 0.2 < np.median(thigh) < 0.7, file.name
        assert np.median(found["angles"][:, knee]) > 90, file.name
