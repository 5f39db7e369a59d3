import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.skeleton.bodies import J, body, stick

import kinefuse
from kinefuse import errors, skeleton
from kinefuse.skeleton import KINECT_V1, Conversion

NAMES = [name for name in skeleton.layouts() if not name.startswith("test_")]
quiet = pytest.mark.filterwarnings("ignore::kinefuse.errors.GapWarning")


def naive(x, how: Conversion):
    out = np.full((*x.shape[:-2], len(how.to_layout.joints), x.shape[-1]), np.nan)
    for i, joint in enumerate(how.to_layout.joints):
        if source := how.sources[joint]:
            out[..., i, :] = sum(x[..., how.from_layout.index(s), :] for s in source) / len(source)
    return out


@quiet
@pytest.mark.parametrize("to_layout", NAMES)
@pytest.mark.parametrize("from_layout", NAMES)
@pytest.mark.parametrize("shape", [(5,), (3, 4)])
def test_convert_is_its_definition(from_layout, to_layout, shape):
    joints = len(skeleton.layout(from_layout).joints)
    x = np.random.default_rng(0).normal(size=(*shape, joints, 3))
    how = skeleton.conversion(from_layout, to_layout)
    expected = naive(x, how)
    np.testing.assert_allclose(
        skeleton.convert(x, from_layout, to_layout), expected, rtol=0, atol=1e-15
    )
    single = skeleton.convert(x.astype(np.float32), from_layout, to_layout)
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("to_layout", NAMES)
@pytest.mark.parametrize("from_layout", NAMES)
def test_every_layout_knows_limbs_and_trunk_of_every_other(from_layout, to_layout):
    how = skeleton.conversion(from_layout, to_layout)
    limbs = ("shoulder", "elbow", "wrist", "hip", "knee", "ankle")
    for joint in (f"{side}_{part}" for side in ("left", "right") for part in limbs):
        assert how.sources[joint] == (joint,)
    ends = [j for end in how.to_layout.spine for j in how.to_layout.indices(end)]
    trunk = {how.to_layout.joints[j] for j in ends} - {"spine"}
    assert not trunk & set(how.missing)
    if from_layout == to_layout:
        assert not how.missing
        assert not how.derived


@pytest.mark.parametrize("to_layout", NAMES)
@pytest.mark.parametrize("from_layout", NAMES)
def test_a_mirror_commutes_with_a_conversion(from_layout, to_layout):
    source, target = skeleton.layout(from_layout), skeleton.layout(to_layout)
    x = np.random.default_rng(1).normal(size=(3, len(source.joints), 2))
    np.testing.assert_allclose(
        skeleton.convert(x[:, source.mirror], source, target, missing="ignore"),
        skeleton.convert(x, source, target, missing="ignore")[:, target.mirror],
        atol=1e-15,
    )


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    t=st.integers(1, 20),
    dims=st.integers(1, 4),
    names=st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)),
    shift=st.floats(-10, 10),
)
def test_to_another_layout_and_back_keeps_the_joints_that_both_name(seed, t, dims, names, shift):
    a, b = (skeleton.layout(name) for name in names)
    x = np.random.default_rng(seed).normal(size=(t, len(a.joints), dims))
    there = skeleton.convert(x, a, b, missing="ignore")
    back = skeleton.convert(there, b, a, missing="ignore")
    both = [a.index(joint) for joint in a.joints if joint in b.joints]
    np.testing.assert_array_equal(back[:, both], x[:, both])
    moved = skeleton.convert(x + shift, a, b, missing="ignore")
    np.testing.assert_allclose(moved, there + shift, atol=1e-12)


def test_what_stands_in_for_a_joint():
    how = skeleton.conversion("mediapipe33", "kinect_v1")
    assert how.derived["left_hand"] == ("left_index", "left_pinky")
    assert how.derived["head"] == ("left_ear", "right_ear")
    assert how.derived["right_foot"] == ("right_foot_index",)
    assert how.missing == ("spine",)
    assert skeleton.conversion("smpl24", "kinect_v1").derived == {
        "hip_center": ("pelvis",),
        "spine": ("spine2",),
        "shoulder_center": ("neck",),
    }


def test_joints_without_source_are_nan_and_named():
    x = body(4)
    with pytest.warns(errors.GapWarning, match="nothing for nose, left_eye, right_eye, left_ear"):
        y = skeleton.convert(x, KINECT_V1, "coco17")
    assert np.isnan(y[:, :5]).all()
    assert np.isfinite(y[:, 5:]).all()
    with pytest.raises(errors.ConfigError, match="say where to take it from by sources="):
        skeleton.convert(x, KINECT_V1, "coco17", missing="raise")
    skeleton.convert(x, KINECT_V1, "kinect_v1", missing="raise")


def test_sources_of_ones_own():
    x = body(4)
    y = skeleton.convert(
        x,
        KINECT_V1,
        stick(),
        sources={
            "hip_l": "left_hip",
            "hip_r": KINECT_V1.index("right_hip"),
            "arm_l": ("left_shoulder", "left_elbow"),
            "neck": (),
        },
        missing="ignore",
    )
    np.testing.assert_array_equal(y[:, 0], x[:, KINECT_V1.index("left_hip")])
    np.testing.assert_array_equal(y[:, 1], x[:, KINECT_V1.index("right_hip")])
    np.testing.assert_allclose(y[:, 3], x[:, [4, 5]].mean(axis=1), atol=1e-15)
    assert np.isnan(y[:, [2, 4]]).all()


def test_a_missing_joint_stays_missing_and_takes_its_means_along():
    x = body(3)
    x[1, KINECT_V1.index("left_hip"), 0] = np.nan
    x[2, KINECT_V1.index("right_hip")] = np.nan
    y = skeleton.convert(
        x, KINECT_V1, stick(), sources={"neck": ("left_hip", "right_hip")}, missing="ignore"
    )
    np.testing.assert_array_equal(np.isnan(y[:, 2, 0]), [False, True, True])
    np.testing.assert_array_equal(np.isnan(y[:, 2, 1]), [False, False, True])


def test_results_do_not_depend_on_the_threads():
    x = np.random.default_rng(0).normal(size=(9000, 33, 3)).astype(np.float32)
    before = kinefuse.num_threads()
    results = []
    try:
        for n in (1, 2, 5):
            kinefuse.set_num_threads(n)
            results.append(skeleton.convert(x, "mediapipe33", "smpl24", missing="ignore"))
    finally:
        kinefuse.set_num_threads(before)
    np.testing.assert_array_equal(results[0], results[1])
    np.testing.assert_array_equal(results[0], results[2])


def test_out_is_written_and_checked():
    x = body(8).astype(np.float32)
    out = np.empty((8, 5, 3), np.float32)
    sources = {"neck": "head", "hip_l": 1, "hip_r": 2, "arm_l": 3, "arm_r": 4}
    assert skeleton.convert(x, KINECT_V1, stick(), sources=sources, out=out) is out
    np.testing.assert_array_equal(out, x[:, [1, 2, 0, 3, 4]])
    with pytest.raises(errors.ShapeError, match="out: expected shape"):
        skeleton.convert(x, KINECT_V1, stick(), sources=sources, out=out[:4])
    with pytest.raises(errors.InputError, match="overlaps"):
        skeleton.convert(x, KINECT_V1, KINECT_V1, out=x)


@pytest.mark.parametrize(
    ("args", "options", "error", "message"),
    [
        ((np.zeros((5, 19, 3)), "kinect_v1", "coco17"), {}, errors.ShapeError, r"\(T, 20, D\)"),
        ((np.zeros((0, J, 3)), "kinect_v1", "coco17"), {}, errors.ShapeError, "at least 1 frame"),
        ((np.zeros((5, J, 0)), "kinect_v1", "coco17"), {}, errors.ShapeError, "D of 1 or more"),
        ((body(5), "kinect1", "coco17"), {}, errors.ConfigError, "did you mean 'kinect_v1'"),
        ((body(5), "kinect_v1", "coco"), {}, errors.ConfigError, "did you mean 'coco17'"),
        (
            (body(5), "kinect_v1", "coco17"),
            {"sources": {"noose": "head"}},
            errors.ConfigError,
            "layout coco17 has no joint 'noose'; did you mean 'nose'",
        ),
        (
            (body(5), "kinect_v1", "coco17"),
            {"sources": {"nose": "haed"}},
            errors.ConfigError,
            "layout kinect_v1: no joint 'haed'; did you mean 'head'",
        ),
        ((body(5), "kinect_v1", "coco17"), {"sources": ["nose"]}, errors.ConfigError, "got list"),
        ((body(5), "kinect_v1", "coco17"), {"missing": "no"}, errors.ConfigError, "missing: expe"),
    ],
)
def test_bad_input_is_refused_clearly(args, options, error, message):
    with pytest.raises(error, match=message):
        skeleton.convert(*args, **options)
