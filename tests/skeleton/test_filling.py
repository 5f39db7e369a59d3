import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.skeleton.bodies import J, body, stick

import kinefuse
from kinefuse import errors, skeleton
from kinefuse.skeleton import KINECT_V1


def naive(x, max_gap, zeros="frames", confidence=None, min_confidence=-np.inf):
    """Joint by joint with np.interp; returns the joints, what was filled and what is missing."""
    missing = ~np.isfinite(x).all(axis=-1)
    if zeros is not None:
        missing |= (x == 0).all(axis=(-1, -2))[:, None]
    if zeros == "joints":
        missing |= (x == 0).all(axis=-1)
    if confidence is not None:
        missing |= ~(confidence >= min_confidence)
    out = np.where(missing[..., None], np.nan, x)
    filled = np.zeros_like(missing)
    for j in range(x.shape[1]):
        known = np.flatnonzero(~missing[:, j])
        for before, after in itertools.pairwise(known):
            gap = np.arange(before + 1, after)
            if 0 < len(gap) <= max_gap:
                filled[gap, j] = True
                for d in range(x.shape[2]):
                    ends = out[[before, after], j, d]
                    out[gap, j, d] = np.interp(gap, [before, after], ends)
    return out, filled, missing & ~filled


def holed(seed, t, dims=3):
    """A body with missing joints and frames in runs of every length."""
    rng = np.random.default_rng(seed)
    x = body(t, seed)[..., :dims].copy()
    for _ in range(rng.integers(0, 30)):
        start, length = rng.integers(0, t), rng.integers(1, 6)
        joint = rng.choice([slice(None), *rng.integers(0, J, 3)])
        x[start : start + length, joint] = rng.choice([0, np.nan, np.inf])
        if rng.random() < 0.2:
            x[start, joint, 0] = np.nan
    return x


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    t=st.integers(1, 40),
    dims=st.sampled_from([2, 3]),
    max_gap=st.integers(0, 7),
    zeros=st.sampled_from(["frames", "joints", None]),
    sure=st.booleans(),
)
def test_fill_missing_is_its_definition(seed, t, dims, max_gap, zeros, sure):
    x = holed(seed, t, dims)
    given_x = x.copy()
    more = {}
    if sure:
        confidence = np.random.default_rng(seed).uniform(0, 1, (t, J))
        confidence[0, 0] = np.nan
        more = {"confidence": confidence, "min_confidence": 0.3}
    done = skeleton.fill_missing(x, KINECT_V1, max_gap=max_gap, zeros=zeros, **more)
    expected, filled, missing = naive(x, max_gap, zeros, **more)
    np.testing.assert_allclose(done.x, expected, rtol=0, atol=1e-14)
    np.testing.assert_array_equal(done.filled, filled)
    np.testing.assert_array_equal(done.missing, missing)
    np.testing.assert_array_equal(x, given_x)
    r = done.report
    assert (r.frames, r.filled, r.missing) == (t, filled.sum(), missing.sum())
    assert r.zero_frames * J + r.zero_joints + r.not_finite + r.unsure == r.filled + r.missing
    for joint, counts in r.joints.items():
        j = KINECT_V1.index(joint)
        assert counts == (filled[:, j].sum(), missing[:, j].sum())
    assert sum(sum(counts) for counts in r.joints.values()) == r.filled + r.missing


def test_windows_are_filled_each_by_itself():
    x = np.stack([holed(seed, 20) for seed in range(70)])
    done = skeleton.fill_missing(x, "kinect_v1")
    alone = [skeleton.fill_missing(window, "kinect_v1") for window in x]
    np.testing.assert_array_equal(done.x, np.stack([one.x for one in alone]))
    np.testing.assert_array_equal(done.filled, np.stack([one.filled for one in alone]))
    assert done.report.missing == sum(one.report.missing for one in alone)
    assert done.report.frames == 70 * 20


def test_reasons_are_told_apart():
    x = body(10)
    x[2] = 0
    x[3, 5] = 0
    x[4, 6, 1] = np.nan
    confidence = np.ones((10, J))
    confidence[5, 7] = 0.1
    confidence[6, 8] = np.nan
    r = skeleton.fill_missing(
        x, KINECT_V1, zeros="joints", confidence=confidence, min_confidence=0.5
    ).report
    assert (r.zero_frames, r.zero_joints, r.not_finite, r.unsure) == (1, 1, 1, 2)
    assert (r.filled, r.missing) == (J + 4, 0)
    assert r.joints["left_elbow"] == (2, 0)
    frames_only = skeleton.fill_missing(x, KINECT_V1)
    np.testing.assert_array_equal(frames_only.x[3, 5], 0)
    assert skeleton.fill_missing(x, KINECT_V1, zeros=None).report.zero_frames == 0


def test_a_gap_in_seconds_is_from_known_to_known():
    x = body(40)
    x[10:13, 4] = np.nan  # known at 9 and 13: 4 frames, 0.16 s at 25 Hz
    for max_gap_s, filled in [(0.16, 3), (0.159, 0), (0.2, 3), (0, 0)]:
        done = skeleton.fill_missing(x, KINECT_V1, max_gap_s=max_gap_s, rate_hz=25)
        assert done.report.filled == filled, max_gap_s


def test_nothing_is_extrapolated():
    x = body(10)
    x[:2] = x[8:] = np.nan
    done = skeleton.fill_missing(x, KINECT_V1, max_gap=100)
    assert np.isnan(done.x[[0, 1, 8, 9]]).all()
    nothing = skeleton.fill_missing(np.zeros((5, J, 3)), KINECT_V1, max_gap=100)
    assert np.isnan(nothing.x).all()
    assert nothing.report.zero_frames == 5


def test_results_do_not_depend_on_the_threads():
    x = np.stack([holed(seed, 50) for seed in range(64)]).astype(np.float32)
    before = kinefuse.num_threads()
    results = []
    try:
        for n in (1, 2, 5):
            kinefuse.set_num_threads(n)
            results.append(skeleton.fill_missing(x, KINECT_V1))
    finally:
        kinefuse.set_num_threads(before)
    for other in results[1:]:
        np.testing.assert_array_equal(other.x, results[0].x)
        assert other.report == results[0].report


def test_float32_and_out():
    x = holed(3, 20).astype(np.float32)
    out = np.empty_like(x)
    done = skeleton.fill_missing(x, KINECT_V1, out=out)
    assert done.x is out
    expected, *_ = naive(x.astype(float), 5)
    np.testing.assert_allclose(out, expected, rtol=0, atol=1e-6)
    with pytest.raises(errors.InputError, match="overlaps"):
        skeleton.fill_missing(x, KINECT_V1, out=x)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"max_gap": -1}, errors.ConfigError, "max_gap: expected 0 or more"),
        ({"max_gap": 1.5}, errors.ConfigError, "max_gap: expected 0 or more"),
        ({"max_gap": 1, "max_gap_s": 1, "rate_hz": 30}, errors.ConfigError, "got both"),
        ({"max_gap_s": 1}, errors.ConfigError, "rate_hz: expected a number"),
        ({"rate_hz": 1}, errors.ConfigError, "rate_hz: expected it with max_gap_s"),
        ({"max_gap_s": np.nan, "rate_hz": 30}, errors.ConfigError, "finite number"),
        ({"max_gap_s": 1, "rate_hz": 0}, errors.ConfigError, "rate_hz above 0"),
        ({"zeros": "all"}, errors.ConfigError, "zeros: expected 'frames'"),
        ({"confidence": np.ones((5, J))}, errors.ConfigError, "min_confidence together"),
        ({"min_confidence": 0.5}, errors.ConfigError, "min_confidence together"),
        (
            {"confidence": np.ones((4, J)), "min_confidence": 0.5},
            errors.ShapeError,
            r"confidence: expected \(5, 20\), got \(4, 20\)",
        ),
    ],
)
def test_bad_settings_are_refused_clearly(options, error, message):
    with pytest.raises(error, match=message):
        skeleton.fill_missing(body(5), KINECT_V1, **options)
    with pytest.raises(errors.ShapeError, match=r"\(T, 5, D\)"):
        skeleton.fill_missing(body(5), stick())


def msr_action3d():
    if "KINEFUSE_DATA" not in os.environ:
        pytest.skip("KINEFUSE_DATA is not set")
    folder = Path(os.environ["KINEFUSE_DATA"]) / "msr-action3d" / "real_world_coordinates"
    files = sorted(folder.glob("a*_s*_e*_*.txt"))
    if not files:
        pytest.skip(f"no recordings in {folder}")
    return files


@pytest.mark.real
def test_msr_action3d_misses_whole_frames():
    with_zeros, whole, empty = 0, 0, []
    for file in msr_action3d():
        x = np.array(file.read_text().split(), float).reshape(-1, J, 4)[..., :3]
        zero = (x == 0).all(axis=(1, 2))
        done = skeleton.fill_missing(x, KINECT_V1, max_gap_s=0.9, rate_hz=15)
        assert done.report.zero_frames == zero.sum(), file.name
        expected, filled, missing = naive(x, 12)
        np.testing.assert_allclose(done.x, expected, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(done.filled, filled)
        with_zeros += bool(zero.any())
        whole += bool(filled.any() and not missing.any())
        if zero.all():
            empty.append(file.name[:11])
            assert np.isnan(done.x).all()
    # The shortest gaps are 7 to 12 frames long; the others stay missing.
    assert (with_zeros, whole) == (20, 6)
    assert empty == ["a13_s09_e02"]
