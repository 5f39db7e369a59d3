"""Lost parts of the body: which ones, whole ones only."""

import numpy as np
import pytest
from scipy import stats

from kinefuse import skeleton as bodies
from kinefuse.augment import skeleton
from kinefuse.errors import ConfigError, ShapeError

PARTS = ("left_arm", "right_arm", "left_leg", "right_leg")


@pytest.mark.parametrize("layout", bodies.layouts())
def test_whole_parts_are_lost_each_as_often(layout):
    body = bodies.layout(layout)
    x = np.ones((3000, 2, len(body.joints), 3), np.float32)
    lost = np.isnan(skeleton.BodyPartMask(layout, max_parts=2)(x, seed=0))[:, 0, :, 0]
    sets, counts = np.unique(lost, axis=0, return_counts=True)
    parts = [np.isin(body.joints, body.parts[part]) for part in PARTS]
    one = [part for part in parts]
    two = [a | b for i, a in enumerate(parts) for b in parts[:i]]
    expected = {tuple(p): 1 / 8 for p in one} | {tuple(p): 1 / 12 for p in two}
    assert {tuple(s) for s in sets} == set(expected)
    shares = np.array([expected[tuple(s)] for s in sets])
    assert stats.chisquare(counts, 3000 * shares).pvalue > 1e-3


@pytest.mark.parametrize("fill", ["zero", "mean"])
def test_the_rest_is_kept(fill):
    x = np.random.default_rng(0).standard_normal((6, 20, 3)).astype(np.float32)
    y = skeleton.BodyPartMask("kinect_v1", ("trunk",), fill=fill)(x)
    trunk = [bodies.KINECT_V1.index(j) for j in bodies.KINECT_V1.parts["trunk"]]
    expected = x.copy()
    expected[:, trunk] = 0 if fill == "zero" else x[:, trunk].mean(axis=0)
    np.testing.assert_allclose(y, expected, atol=1e-6)


def test_what_does_not_fit_is_refused():
    for parts in (("tail",), ("trunk", "trunk"), "tail", (1.5,)):
        with pytest.raises(ConfigError, match="parts: expected some of trunk, left_arm"):
            skeleton.BodyPartMask("kinect_v1", parts)
    for most in (0, 3):
        with pytest.raises(ConfigError, match="max_parts: expected 1 to 2"):
            skeleton.BodyPartMask("kinect_v1", ("left_arm", "trunk"), max_parts=most)
    with pytest.raises(ShapeError, match="20 joints"):
        skeleton.BodyPartMask("kinect_v1")(np.zeros((5, 25, 3)))
