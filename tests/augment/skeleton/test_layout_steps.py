"""Steps that know a layout: by name, by value, and in tables."""

import dataclasses
import pickle

import numpy as np
import pytest

from kinefuse.augment import Plan, skeleton
from kinefuse.errors import ConfigError
from kinefuse.skeleton import KINECT_V1

OWN = dataclasses.replace(KINECT_V1, name="somebody's own")


@pytest.fixture
def x():
    return np.random.default_rng(0).standard_normal((10, 20, 3)).astype(np.float32)


def test_a_layout_by_value_is_the_one_by_name(x):
    step = skeleton.Mirror(KINECT_V1)
    np.testing.assert_array_equal(step(x), skeleton.Mirror("kinect_v1")(x))
    assert step.to_dict() == {"name": "mirror", "layout": "kinect_v1"}


def test_a_layout_of_ones_own_works_but_has_no_place_in_a_table(x):
    plan = skeleton.Mirror(OWN) | skeleton.BoneLength(OWN, 0.1)
    named = skeleton.Mirror("kinect_v1") | skeleton.BoneLength("kinect_v1", 0.1)
    np.testing.assert_array_equal(plan(x, seed=3), named(x, seed=3))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(plan))(x, seed=3), plan(x, seed=3))
    with pytest.raises(ConfigError, match=r"skeleton\.register"):
        plan.to_list()


def test_a_table_needs_a_layout():
    with pytest.raises(ConfigError, match="layout is missing"):
        Plan.from_list("skeleton", [{"name": "mirror"}])
