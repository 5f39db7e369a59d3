import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.skeleton.bodies import J, body

import kinefuse
from kinefuse import errors, skeleton

RULES = ("motion", "largest", "confident", "longest", "ntu")


def crowd(seed, p=5, t=30):
    """People of any size who move as much as they like, and are not always there."""
    rng = np.random.default_rng(seed)
    x = np.stack([body(t, seed + i) for i in range(p)])
    x *= rng.uniform(0.3, 2, (p, 1, 1, 1))
    x[..., 0] *= rng.choice([1, 3], (p, 1, 1))
    x += rng.uniform(0, 1, (p, 1, 1, 1)) * rng.normal(size=(p, t, 1, 3)).cumsum(axis=1)
    for person in x:
        start, length = rng.integers(0, t), rng.integers(0, t)
        person[start : start + length] = np.nan
        person[rng.random((t, J)) < 0.1] = np.nan
    x[rng.integers(0, p), :, 0, 0] = np.inf
    return x


def naive(x, rule, confidence=None):
    """The scores of persons, from the definitions."""
    scores = []
    for i, person in enumerate(x):
        known = np.isfinite(person).all(axis=-1)
        frames = [frame[k] for frame, k in zip(person, known, strict=True) if k.any()]
        if not frames:
            scores.append(np.nan)
            continue
        boxes = np.array([np.ptp(f, axis=0) for f in frames])
        joints = [person[known[:, j], j] for j in range(person.shape[1]) if known[:, j].any()]
        narrow = boxes[:, 0] <= 0.8 * boxes[:, 1]

        def variance(frames):
            return np.concatenate(frames).var(axis=0).sum()

        if rule == "motion":
            score = np.mean([joint.var(axis=0).sum() for joint in joints])
        elif rule == "largest":
            score = np.linalg.norm(boxes, axis=1).mean()
        elif rule == "longest":
            score = len(frames)
        elif rule == "confident":
            score = np.where(known, np.nan_to_num(confidence[i]), 0).mean()
        else:
            score = variance(frames)
            if 0 < (~narrow).sum() < 0.69754 * len(frames):
                score = min(score, variance([f for f, n in zip(frames, narrow, strict=True) if n]))
        scores.append(score)
    return np.array(scores)


def confidences(rule, shape, seed=0):
    if rule != "confident":
        return None
    confidence = np.random.default_rng(seed).uniform(size=shape)
    confidence[..., 3] = np.nan
    return confidence


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    p=st.integers(0, 6),
    t=st.integers(1, 40),
    n=st.integers(1, 4),
    rule=st.sampled_from(RULES),
    dims=st.sampled_from([2, 3]),
)
def test_select_persons_is_its_definition(seed, p, t, n, rule, dims):
    x = crowd(seed, p, t)[..., :dims] if p else np.zeros((0, t, J, dims))
    confidence = confidences(rule, x.shape[:3], seed)
    done = skeleton.select_persons(x, rule=rule, n=n, confidence=confidence)
    scores = naive(x, rule, confidence)
    np.testing.assert_allclose(done.scores, scores, rtol=1e-9, atol=1e-9)
    known = np.isfinite(x).all(axis=-1).any(axis=-1).sum(axis=1)
    np.testing.assert_array_equal(done.frames, known)
    left = [i for i in range(p) if i not in done.dropped]
    best = sorted(left, key=lambda i: -done.scores[i])[:n]
    assert done.persons == tuple(best)
    assert done.x.shape == (n, *x.shape[1:])
    np.testing.assert_array_equal(done.x[: len(best)], x[best])
    assert np.isnan(done.x[len(best) :]).all()
    if rule != "ntu":
        assert set(done.dropped) == set(np.flatnonzero(known == 0))


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), rule=st.sampled_from(sorted({*RULES} - {"longest"})))
def test_who_is_chosen_does_not_depend_on_the_order_of_the_input(seed, rule):
    x = crowd(seed)
    confidence = confidences(rule, x.shape[:3], seed)
    order = np.random.default_rng(seed).permutation(len(x))
    mixed = None if confidence is None else confidence[order]
    one = skeleton.select_persons(x, rule=rule, confidence=confidence)
    two = skeleton.select_persons(x[order], rule=rule, confidence=mixed)
    np.testing.assert_array_equal(two.x, one.x)
    assert tuple(order[list(two.persons)]) == one.persons


def test_the_denoising_of_ntu():
    x = np.stack([body(40, seed) for seed in range(5)])
    x[1, 11:] = np.nan  # 11 frames: too short
    x[2, :28, :, 0] *= 10  # 70 % of the frames too wide
    x[3, :27, :, 0] *= 10  # 67.5 %: these frames do not count
    x[4] = np.nan
    done = skeleton.select_persons(x, rule="ntu", n=5)
    assert done.dropped == {
        1: "known in too few frames",
        2: "too wide for a person",
        4: "nothing is known",
    }
    narrow = skeleton.select_persons(x[3:4, 27:], rule="ntu", n=1)
    np.testing.assert_allclose(done.scores[3], narrow.scores[0], rtol=1e-12)
    assert set(done.persons) == {0, 3}
    # Nobody is left out for being short where everybody is.
    assert skeleton.select_persons(x[:2, :11], rule="ntu").persons in {(0, 1), (1, 0)}


def test_ties_and_order():
    still = body(20)
    x = np.stack([still, still * 2, still, still * 3])
    assert skeleton.select_persons(x, rule="longest", n=3).persons == (0, 1, 2)
    assert skeleton.select_persons(x, rule="largest", n=3).persons == (3, 1, 0)
    done = skeleton.select_persons(x, rule="largest", n=3, order="input")
    assert done.persons == (0, 1, 3)
    np.testing.assert_array_equal(done.x, x[[0, 1, 3]])


def test_float32_threads_and_out():
    x = crowd(1, p=9).astype(np.float32)
    before = kinefuse.num_threads()
    results = []
    try:
        for n in (1, 2, 5):
            kinefuse.set_num_threads(n)
            results.append(skeleton.select_persons(x, out=np.empty((2, *x.shape[1:]), np.float32)))
    finally:
        kinefuse.set_num_threads(before)
    for other in results:
        np.testing.assert_array_equal(other.scores, results[0].scores)
        np.testing.assert_array_equal(other.x, x[list(results[0].persons)])
    with pytest.raises(errors.InputError, match="overlaps"):
        skeleton.select_persons(x, out=x[:2])


@pytest.mark.parametrize(
    ("x", "options", "error", "message"),
    [
        (body(5), {}, errors.ShapeError, r"\(P, T, J, D\)"),
        (np.zeros((2, 0, J, 3)), {}, errors.ShapeError, "at least 1 frame"),
        (np.zeros((2, 5, J, 4)), {}, errors.ShapeError, "D = 2 or 3"),
        (np.zeros((2, 5, J, 3)), {"rule": "best"}, errors.ConfigError, "rule: expected 'motion'"),
        (np.zeros((2, 5, J, 3)), {"n": 0}, errors.ConfigError, "n: expected 1 or more"),
        (np.zeros((2, 5, J, 3)), {"rule": "confident"}, errors.ConfigError, "confidence: expected"),
        (
            np.zeros((2, 5, J, 3)),
            {"rule": "confident", "confidence": np.zeros((2, 5))},
            errors.ShapeError,
            r"confidence: expected \(2, 5, 20\)",
        ),
        (np.zeros((2, 5, J, 3)), {"order": "size"}, errors.ConfigError, "order: expected 'score'"),
    ],
)
def test_bad_input_is_refused_clearly(x, options, error, message):
    with pytest.raises(error, match=message):
        skeleton.select_persons(x, **options)
