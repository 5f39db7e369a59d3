import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.skeleton.bodies import J, body, rotation, stick

import kinefuse
from kinefuse import errors, skeleton
from kinefuse.skeleton import KINECT_V1

SPINE, NECK = 2, 1
LEFT, RIGHT = (4, 12), (8, 16)

MODES = [
    {"center": center, "scale_over": scale_over, "align": align}
    for center in ("first", "each", None)
    for scale_over in ("first", "mean")
    for align in (None, "yaw", "body")
]


def left_to_right(x):
    """The lines from left to right shoulder and hip, summed over frames."""
    return (x[:, list(RIGHT)] - x[:, list(LEFT)]).sum(axis=(0, 1))


def naive(x, center="first", scale_over="first", align=None, frames=5):
    """Frame by frame and joint by joint, from the definition."""
    lengths = [np.linalg.norm(frame[NECK] - frame[SPINE]) for frame in x]
    length = lengths[0] if scale_over == "first" else sum(lengths) / len(lengths)
    side = left_to_right(x[:frames])
    up = sum(frame[NECK] - frame[SPINE] for frame in x[:frames])
    if align == "yaw":
        flat = np.array([side[0], 0, side[2]])
        ex, ey = flat / np.linalg.norm(flat), np.array([0.0, 1, 0])
        axes = [ex, ey, np.cross(ex, ey)]
    elif align == "body":
        ez = up / np.linalg.norm(up)
        ex = side - side @ ez * ez
        ex /= np.linalg.norm(ex)
        axes = [ex, np.cross(ez, ex), ez]
    else:
        axes = np.eye(3)
    out = np.empty_like(x)
    for t in range(len(x)):
        origin = {"first": x[0, SPINE], "each": x[t, SPINE], None: np.zeros(3)}[center]
        for j in range(J):
            for d in range(3):
                out[t, j, d] = axes[d] @ (x[t, j] - origin) / length
    return out


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_normalize_is_its_definition(mode):
    x = body(9)
    np.testing.assert_allclose(
        skeleton.normalize(x, KINECT_V1, **mode), naive(x, **mode), rtol=0, atol=1e-12
    )
    single = skeleton.normalize(x.astype(np.float32), KINECT_V1, **mode)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, naive(x, **mode), rtol=0, atol=2e-5)


def test_windows_of_a_batch_are_measured_each_by_itself():
    x = np.stack([body(7, seed) * (1 + seed) for seed in range(70)])
    batch = skeleton.normalize(x, "kinect_v1", align="yaw")
    for window, expected in zip(batch, x, strict=True):
        np.testing.assert_array_equal(window, skeleton.normalize(expected, KINECT_V1, align="yaw"))


def test_two_dimensions():
    x = body(4)[..., :2]
    expected = (x - x[0, SPINE]) / np.linalg.norm(x[0, NECK] - x[0, SPINE])
    np.testing.assert_allclose(skeleton.normalize(x, KINECT_V1), expected, atol=1e-14)
    with pytest.raises(errors.ShapeError, match="alignment needs 3 coordinates"):
        skeleton.normalize(x, KINECT_V1, align="yaw")


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    t=st.integers(1, 12),
    size=st.floats(0.01, 100),
    shift=st.tuples(*[st.floats(-100, 100)] * 3),
    degrees=st.floats(-180, 180),
    mode=st.sampled_from([m for m in MODES if m["center"]]),
)
def test_place_size_and_heading_do_not_matter_and_twice_is_once(
    seed, t, size, shift, degrees, mode
):
    x = body(t, seed)
    moved = size * x + shift
    if mode["align"]:
        moved = moved @ rotation(1, degrees).T
    if mode["align"] == "body":
        moved = moved @ rotation(0, degrees / 3).T @ rotation(2, 2 * degrees).T
    once = skeleton.normalize(x, KINECT_V1, **mode)
    np.testing.assert_allclose(skeleton.normalize(moved, KINECT_V1, **mode), once, atol=1e-8)
    np.testing.assert_allclose(skeleton.normalize(once, KINECT_V1, **mode), once, atol=1e-9)


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_a_missing_joint_stays_missing_and_changes_no_other(mode):
    x = body(30)
    rng = np.random.default_rng(1)
    missing = rng.random((30, J)) < 0.3
    missing[:, [SPINE, NECK, *LEFT, *RIGHT]] = False
    holed = np.where(missing[..., None], np.nan, x)
    out = skeleton.normalize(holed, KINECT_V1, **mode)
    np.testing.assert_array_equal(np.isnan(out), np.isnan(holed))
    whole = skeleton.normalize(x, KINECT_V1, **mode)
    np.testing.assert_array_equal(out[~missing], whole[~missing])


def test_what_is_measured_skips_frames_that_do_not_know_it():
    x = body(6)
    x[0, SPINE] = np.nan
    x[3, NECK] = np.nan
    first = skeleton.normalize(x, KINECT_V1)
    length = np.linalg.norm(x[1, NECK] - x[1, SPINE])
    np.testing.assert_allclose(first, (x - x[1, SPINE]) / length, atol=1e-12)
    mean = skeleton.normalize(x, KINECT_V1, scale_over="mean")
    lengths = np.linalg.norm(x[:, NECK] - x[:, SPINE], axis=1)
    np.testing.assert_allclose(mean, (x - x[1, SPINE]) / np.nanmean(lengths), atol=1e-12)


def test_frames_lost_without_their_centre_are_told():
    x = body(6)
    x[2, SPINE] = np.nan
    with pytest.warns(errors.GapWarning, match="1 frames lack their centre joint"):
        out = skeleton.normalize(x, KINECT_V1, center="each")
    assert np.isnan(out[2]).all()
    assert np.isfinite(out[[0, 1, 3, 4, 5]]).all()


def test_a_window_of_nothing_stays_so():
    x = np.stack([body(4), np.full((4, J, 3), np.nan)])
    out = skeleton.normalize(x, KINECT_V1, center="each", scale_over="mean", align="body")
    assert np.isfinite(out[0]).all()
    assert np.isnan(out[1]).all()


def test_center_joint_and_bone_by_name_number_and_mean():
    x = body(5)
    hips = ("left_hip", "right_hip")
    y = skeleton.normalize(x, KINECT_V1, center_joint=hips, scale="bone", bone=(hips, "head"))
    middle = x[0, [12, 16]].mean(axis=0)
    expected = (x - middle) / np.linalg.norm(x[0, 0] - middle)
    np.testing.assert_allclose(y, expected, atol=1e-12)
    by_number = skeleton.normalize(
        x, KINECT_V1, center_joint=(12, 16), scale="bone", bone=((12, 16), 0)
    )
    np.testing.assert_array_equal(y, by_number)


def test_z_up():
    x = body(5)
    turned = x[..., [2, 0, 1]]
    out = skeleton.normalize(turned, KINECT_V1, align="yaw", up="z")
    side = left_to_right(out)
    assert side[0] > 0
    assert abs(side[1]) < 1e-12
    np.testing.assert_allclose(out[..., 2], (turned - turned[0, SPINE])[..., 2] / length_of(x))


def length_of(x):
    return np.linalg.norm(x[0, NECK] - x[0, SPINE])


@pytest.mark.parametrize("kind", ["fortran", "strided", "big endian", "list", "float16", "integer"])
def test_any_array_is_accepted(kind):
    x = np.round(body(8), 3)
    given_x = {
        "fortran": np.asfortranarray(x),
        "strided": np.repeat(x, 2, axis=0)[::2],
        "big endian": x.astype(">f8"),
        "list": x.tolist(),
        "float16": x.astype(np.float16),
        "integer": np.round(x * 1000).astype(np.int16),
    }[kind]
    expected = skeleton.normalize(x, KINECT_V1)
    atol = 0.05 if kind == "float16" else 0 if kind != "integer" else 1e-12
    np.testing.assert_allclose(skeleton.normalize(given_x, KINECT_V1), expected, rtol=0, atol=atol)


def test_out_is_written_and_returned():
    x = body(8).astype(np.float32)
    out = np.empty_like(x)
    assert skeleton.normalize(x, KINECT_V1, out=out) is out
    np.testing.assert_array_equal(out, skeleton.normalize(x, KINECT_V1))


@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        (lambda x: np.empty((1, J, 3), np.float32), errors.ShapeError, "out: expected shape"),
        (lambda x: np.empty(x.shape), errors.DtypeError, "out: expected float32"),
        (lambda x: x, errors.InputError, "it overlaps the input"),
        (lambda x: np.empty(x.shape[::-1], np.float32).T, errors.InputError, "C-contiguous"),
        (lambda x: x.tolist(), errors.DtypeError, "got list"),
    ],
)
def test_an_unusable_out_is_refused(out, error, message):
    x = body(8).astype(np.float32)
    with pytest.raises(error, match=message):
        skeleton.normalize(x, KINECT_V1, out=out(x))


@pytest.mark.parametrize(
    ("x", "settings", "error", "message"),
    [
        (np.zeros((5, 19, 3)), {}, errors.ShapeError, r"\(T, 20, D\).*got \(5, 19, 3\)"),
        (np.zeros((0, J, 3)), {}, errors.ShapeError, "at least 1 frame"),
        (np.zeros((5, J, 4)), {}, errors.ShapeError, "D = 2 or 3"),
        (np.zeros((5, J)), {}, errors.ShapeError, r"got \(5, 20\)"),
        (np.zeros((5, J, 3)), {}, errors.InputError, "they must be NaN"),
        (np.zeros((5, J, 3), complex), {}, errors.DtypeError, "got complex128"),
        (np.full((5, J, 3), "a"), {}, errors.DtypeError, "got <U1"),
        (np.ma.zeros((5, J, 3)), {}, errors.DtypeError, "masked"),
        ([[1, 2], [3]], {}, errors.ShapeError, "rows of equal length"),
        (body(5), {"center": "last"}, errors.ConfigError, "center: expected 'first'"),
        (body(5), {"scale": "spine"}, errors.ConfigError, "scale: expected 'torso'"),
        (body(5), {"scale": "bone"}, errors.ConfigError, "bone: expected two joints"),
        (body(5), {"bone": (1, 2)}, errors.ConfigError, "with scale='bone'"),
        (body(5), {"scale": "bone", "bone": (1, 2, 3)}, errors.ConfigError, "expected two joints"),
        (body(5), {"center_joint": "spin"}, errors.ConfigError, "did you mean 'spine'"),
        (body(5), {"center_joint": 20}, errors.ConfigError, "0 to 19"),
        (body(5), {"center_joint": -1}, errors.ConfigError, "0 to 19"),
        (body(5), {"center_joint": 1.0}, errors.ConfigError, "name or number"),
        (body(5), {"center_joint": ()}, errors.ConfigError, "at least 1 joint"),
        (body(5), {"align": "view"}, errors.ConfigError, "align: expected 'yaw'"),
        (body(5), {"align": "yaw", "align_frames": 0}, errors.ConfigError, "align_frames"),
        (body(5), {"align": "yaw", "up": "x"}, errors.ConfigError, "up: expected 'y'"),
    ],
)
def test_bad_input_is_refused_clearly(x, settings, error, message):
    with pytest.raises(error, match=message):
        skeleton.normalize(x, KINECT_V1, **settings)


@pytest.mark.parametrize(
    ("joints", "settings", "message"),
    [
        ([SPINE], {}, "cannot center"),
        ([NECK], {}, "cannot scale"),
        ([LEFT[0]], {"align": "yaw"}, "cannot align: the line from left to right"),
        ([NECK], {"scale": None, "align": "body"}, "cannot align: the spine"),
    ],
)
def test_what_is_known_nowhere_is_an_error_that_names_the_window(joints, settings, message):
    x = np.stack([body(5), body(5)])
    x[1][:, joints] = np.nan
    with pytest.raises(errors.InputError, match=f"window 1: {message}"):
        skeleton.normalize(x, KINECT_V1, **settings)


def test_a_body_without_width_cannot_be_aligned():
    x = body(3)
    x[:, RIGHT] = x[:, LEFT]
    for align in ("yaw", "body"):
        with pytest.raises(errors.InputError, match="cannot align"):
            skeleton.normalize(x, KINECT_V1, align=align)


def test_results_do_not_depend_on_the_threads():
    x = np.stack([body(50, seed) for seed in range(64)]).astype(np.float32)
    long = np.concatenate(list(x) * 3)
    before = kinefuse.num_threads()
    results = []
    try:
        for n in (1, 2, 5):
            kinefuse.set_num_threads(n)
            results.append(
                [skeleton.normalize(a, KINECT_V1, center="each", align="yaw") for a in (x, long)]
            )
    finally:
        kinefuse.set_num_threads(before)
    for a, b in zip(results[0] * 2, results[1] + results[2], strict=True):
        np.testing.assert_array_equal(a, b)


ALIGNS = [
    {"center": center, "align": align}
    for center in ("first", "each", None)
    for align in ("yaw", "body")
]


@pytest.mark.parametrize("mode", ALIGNS, ids=str)
@pytest.mark.parametrize("t", [1, 16, 37])
def test_each_frame_is_turned_as_if_it_were_alone(mode, t):
    x = body(t)
    x = np.stack([frame @ rotation(1, 11.0 * i).T for i, frame in enumerate(x)])
    origin = {"first": x[0, SPINE], "each": None, None: np.zeros(3)}[mode["center"]]
    length = length_of(x)
    expected = np.stack(
        [
            naive(
                (frame if origin is None else frame - origin)[None],
                align=mode["align"],
                center="each" if origin is None else None,
            )[0]
            * length_of(frame[None])
            / length
            for frame in x
        ]
    )
    out = skeleton.normalize(x, KINECT_V1, align_over="each", **mode)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-12)
    single = skeleton.normalize(x.astype(np.float32), KINECT_V1, align_over="each", **mode)
    np.testing.assert_allclose(single, expected, rtol=0, atol=3e-5)


@pytest.mark.parametrize("align", ["yaw", "body"])
def test_frames_that_cannot_be_turned_are_told(align):
    x = body(40)
    x[3, LEFT[0]] = np.nan  # a shoulder is missing
    x[20, [*LEFT, *RIGHT]] = x[20, [*LEFT, *LEFT]]  # no width at all
    x[30] = np.nan  # nothing was known: nothing is lost
    x[31, 0] = np.nan  # the head is not needed
    with pytest.warns(errors.GapWarning, match="2 frames lack joints that they are turned by"):
        out = skeleton.normalize(x, KINECT_V1, align=align, align_over="each")
    lost = np.isnan(out).all(axis=(1, 2))
    np.testing.assert_array_equal(np.flatnonzero(lost), [3, 20, 30])
    assert np.isnan(out[31, 0]).all()
    assert np.isfinite(out[31, 1:]).all()


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    tilt=st.floats(-40, 40),
    about=st.sampled_from([0, 2]),
    degrees=st.floats(-180, 180),
    over=st.sampled_from(["first", "each"]),
)
def test_a_tilted_camera_does_not_matter_once_up_is_known(seed, tilt, about, degrees, over):
    x = body(6, seed)
    turn = rotation(about, tilt) @ rotation(1, degrees)
    flat = skeleton.normalize(x, KINECT_V1, align="yaw", align_over=over)
    up = turn @ [0, 2.5, 0]
    tilted = skeleton.normalize(x @ turn.T, KINECT_V1, align="yaw", align_over=over, ground=up)
    np.testing.assert_allclose(tilted, flat, atol=1e-9)
    upside_down = skeleton.normalize(
        -x @ turn.T, KINECT_V1, align="yaw", align_over=over, ground=-up, up="-y"
    )
    again = skeleton.normalize(-x, KINECT_V1, align="yaw", align_over=over)
    np.testing.assert_allclose(upside_down, again, atol=1e-9)


def test_ground_alone_only_levels():
    x = body(5)
    out = skeleton.normalize(x, KINECT_V1, center=None, scale=None, ground=(0, 0, 1), up="y")
    np.testing.assert_allclose(out[..., 1], x[..., 2], atol=1e-12)
    np.testing.assert_allclose(out[..., 0], x[..., 0], atol=1e-12)
    np.testing.assert_allclose(out[..., 2], -x[..., 1], atol=1e-12)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"ground": "floor"}, errors.ConfigError, "ground: expected 'feet'"),
        ({"ground": (0, 0, 0)}, errors.ConfigError, "a direction"),
        ({"ground": (0, 1)}, errors.ConfigError, "a direction"),
        ({"ground": (0, -1, 0)}, errors.InputError, "up is where down should be"),
        ({"ground": "feet", "align": "body"}, errors.ConfigError, "leave one of them out"),
        ({"ground": "feet"}, errors.InputError, "cannot find the ground: the feet"),
        ({"align": "yaw", "align_over": "all"}, errors.ConfigError, "align_over: expected 'first'"),
    ],
)
def test_what_cannot_be_levelled_is_refused(settings, error, message):
    with pytest.raises(error, match=message):
        skeleton.normalize(body(5), KINECT_V1, **settings)


@pytest.mark.parametrize(
    ("joints", "settings", "message"),
    [
        ([SPINE], {}, "cannot center: spine is known in no frame"),
        ([NECK], {}, "cannot scale: spine to shoulder_center is known in no frame"),
        ([12], {"center_joint": ("left_hip", "head")}, "left_hip and head are together known in"),
        ([LEFT[0]], {"align": "yaw"}, r"\(left_shoulder, left_hip to right_shoulder, right_hip\)"),
    ],
)
def test_errors_name_the_joints(joints, settings, message):
    x = body(5)
    x[:, joints] = np.nan
    with pytest.raises(errors.InputError, match=message):
        skeleton.normalize(x, KINECT_V1, **settings)


def test_a_layout_of_ones_own():
    x = np.array([[-1, 0, 0], [1, 0, 0], [0, 2, 0], [-2, 2, 0], [2, 2, 0]], float)[None] + 7
    out = skeleton.normalize(x, stick(), align="body")
    expected = [[-0.5, 0, 0], [0.5, 0, 0], [0, 0, 1], [-1, 0, 1], [1, 0, 1]]
    np.testing.assert_allclose(out[0], expected, atol=1e-15)


@pytest.mark.real
def test_utd_mhad_is_normalised_as_cmc_cmkm_does():
    if "KINEFUSE_DATA" not in os.environ:
        pytest.skip("KINEFUSE_DATA is not set")
    scipy_io = pytest.importorskip("scipy.io")
    folder = Path(os.environ["KINEFUSE_DATA"]) / "utd-mhad" / "Skeleton"
    files = sorted(folder.glob("*_skeleton.mat"))[::10]
    if not files:
        pytest.skip(f"no recordings in {folder}")
    for file in files:
        x = scipy_io.loadmat(file)["d_skel"].transpose(2, 0, 1)  # (20, 3, F) on disk
        reference = x - x[0, 2]
        reference = reference / np.sqrt(((x[0, 1] - x[0, 2]) ** 2).sum())
        np.testing.assert_allclose(skeleton.normalize(x, "kinect_v1"), reference, atol=1e-12)
        single = skeleton.normalize(x.astype(np.float32), "kinect_v1")
        np.testing.assert_allclose(single, reference, rtol=0, atol=2e-5)
        aligned = skeleton.normalize(x, "kinect_v1", scale_over="mean", align="yaw")
        np.testing.assert_allclose(
            aligned, naive(x, scale_over="mean", align="yaw"), rtol=0, atol=1e-12
        )
        # Everybody faces the camera: aligning is a small turn, no half turn.
        side = left_to_right(x[:5])
        assert side[0] > 2 * abs(side[2]), file.name
