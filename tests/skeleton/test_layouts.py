import numpy as np
import pytest
from tests.skeleton.bodies import stick

from kinefuse import errors, skeleton
from kinefuse.skeleton import KINECT_V1

SPINE, NECK = 2, 1
LEFT, RIGHT = (4, 12), (8, 16)


def test_kinect_v1():
    assert skeleton.layout("kinect_v1") is KINECT_V1
    assert "kinect_v1" in skeleton.layouts()
    assert (KINECT_V1.index("spine"), KINECT_V1.index("shoulder_center")) == (SPINE, NECK)
    assert [KINECT_V1.index(side) for side in KINECT_V1.hips] == [LEFT[1], RIGHT[1]]
    assert [KINECT_V1.index(side) for side in KINECT_V1.shoulders] == [LEFT[0], RIGHT[0]]
    assert KINECT_V1.root == "hip_center"
    assert KINECT_V1.parent_indices[:6] == (1, 2, 3, 3, 1, 4)
    mirrored = KINECT_V1.mirror
    np.testing.assert_array_equal(mirrored[mirrored], np.arange(20))
    assert mirrored[5] == 9
    assert mirrored[0] == 0


def test_registered_layouts_are_found_by_name_and_keep_their_name():
    own = stick(name="test_stick")
    assert skeleton.register(own) is own
    assert skeleton.layout("test_stick") is own
    assert skeleton.register(stick(name="test_stick")) == own
    with pytest.raises(errors.InputError, match="taken"):
        skeleton.register(stick(name="test_stick", spine=("hip_l", "neck")))
    with pytest.raises(errors.ConfigError, match="did you mean 'kinect_v1'"):
        skeleton.layout("kinect1")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"joints": ("a", "a", "b", "c", "d")}, "each once"),
        ({"parents": (None,)}, "one for each of 5"),
        ({"parents": ("neck", "neck", None, "neck", None)}, "None for one joint"),
        ({"parents": ("hip_r", "hip_l", None, "neck", "neck")}, "its own ancestor"),
        ({"hips": ("hip_l", "hip")}, "no joint 'hip'"),
        ({"spine": ("hip", "neck")}, "no joint 'hip'"),
        ({"pairs": (("hip_l", "hip_r"), ("hip_l", "arm_r"))}, "one pair at most"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(changes, message):
    with pytest.raises(errors.ConfigError, match=message):
        stick(**changes)


LAYOUTS = [skeleton.layout(name) for name in skeleton.layouts() if not name.startswith("test_")]
all_layouts = pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)


@all_layouts
def test_every_layout_is_symmetric(layout):
    mirror, parents = layout.mirror, np.array(layout.parent_indices)
    np.testing.assert_array_equal(parents[mirror], mirror[parents])
    for left, right in layout.pairs:
        assert left.replace("left", "right") == right
        assert "left" in left
    paired = {joint for pair in layout.pairs for joint in pair}
    assert not any("left" in j or "right" in j for j in set(layout.joints) - paired)
    for left, right in (layout.shoulders, layout.hips):
        assert (left, right) in layout.pairs
    assert set(layout.feet) <= {*layout.parts["left_leg"], *layout.parts["right_leg"]}


@all_layouts
def test_parts_share_the_joints_out(layout):
    parts = layout.parts
    assert sorted(j for part in parts.values() for j in part) == sorted(layout.joints)
    for part in ("arm", "leg"):
        left, right = parts[f"left_{part}"], parts[f"right_{part}"]
        assert [j.replace("left", "right") for j in left] == list(right)
        assert len(left) >= 3


def test_the_layouts_and_their_sizes():
    assert {layout.name: len(layout.joints) for layout in LAYOUTS} == {
        "coco17": 17,
        "h36m17": 17,
        "kinect_v1": 20,
        "kinect_v2": 25,
        "mediapipe33": 33,
        "openpose18": 18,
        "smpl24": 24,
    }


# The numbers that publications and their code use.
NUMBERS = {
    # ST-GCN's and CTR-GCN's NTU graph, counted from 0.
    "kinect_v2": {"spine_shoulder": 20, "left_hand_tip": 21, "right_thumb": 24, "left_foot": 15},
    "coco17": {"left_wrist": 9, "right_ankle": 16, "right_ear": 4},
    "openpose18": {"right_wrist": 4, "left_wrist": 7, "left_ankle": 13, "left_ear": 17},
    "h36m17": {"thorax": 8, "head": 10, "left_shoulder": 11, "right_wrist": 16, "right_ankle": 3},
    "smpl24": {"left_ankle": 7, "neck": 12, "head": 15, "right_wrist": 21, "left_hand": 22},
    "mediapipe33": {"left_shoulder": 11, "left_hip": 23, "right_knee": 26, "right_foot_index": 32},
}


@pytest.mark.parametrize("name", NUMBERS)
def test_joints_have_their_published_numbers(name):
    layout = skeleton.layout(name)
    assert {joint: layout.index(joint) for joint in NUMBERS[name]} == NUMBERS[name]


def test_published_trees():
    # VideoPose3D (the root is its own parent here) and SMPL's kintree_table.
    assert skeleton.H36M17.parent_indices == (0, 0, 1, 2, 0, 4, 5, 0, 7, 8, 9, 8, 11, 12, 8, 14, 15)
    assert skeleton.SMPL24.parent_indices == (
        *(0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8),
        *(9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21),
    )


def test_parts_of_a_tree_in_which_legs_hang_on_shoulders():
    assert skeleton.COCO17.parts["left_arm"] == ("left_shoulder", "left_elbow", "left_wrist")
    assert skeleton.COCO17.parts["trunk"] == (
        *("nose", "left_eye", "right_eye", "left_ear", "right_ear"),
    )
