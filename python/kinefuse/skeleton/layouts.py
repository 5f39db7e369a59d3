"""Skeleton layouts: which joint is which."""

import difflib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinefuse.errors import ConfigError, InputError

__all__ = ["KINECT_V1", "Point", "SkeletonLayout", "layout", "layouts", "register"]

#: A joint by name or number, or several of them: the mean of their positions.
Point = str | int | tuple[str | int, ...]


@dataclass(frozen=True)
class SkeletonLayout:
    """The joints of a skeleton and what they are to each other.

    Parameters
    ----------
    name : str
        What the layout is called in stores and recipes.
    joints : tuple of str
        Names, in the order of axis J.
    parents : tuple of str or None
        For each joint the next one towards the root; None for the root.
    pairs : tuple of (str, str)
        (left, right) joints that change places in a mirror.
    spine : (point, point)
        Lower and upper end of the trunk. A point is a joint or, where a layout has none there, a
        tuple of joints whose mean it is.
    shoulders, hips : (str, str)
        Left and right.

    Raises
    ------
    ConfigError
        A joint that is named twice or not at all, parents that are not a tree.

    Examples
    --------
    >>> from kinefuse.skeleton import SkeletonLayout
    >>> stick = SkeletonLayout(
    ...     name="stick",
    ...     joints=("hip_l", "hip_r", "neck", "arm_l", "arm_r"),
    ...     parents=("neck", "neck", None, "neck", "neck"),
    ...     pairs=(("hip_l", "hip_r"), ("arm_l", "arm_r")),
    ...     spine=(("hip_l", "hip_r"), "neck"),
    ...     shoulders=("arm_l", "arm_r"),
    ...     hips=("hip_l", "hip_r"),
    ... )
    >>> stick.root, stick.index("neck")
    ('neck', 2)
    """

    name: str
    joints: tuple[str, ...]
    parents: tuple[str | None, ...]
    pairs: tuple[tuple[str, str], ...]
    spine: tuple[Point, Point]
    shoulders: tuple[str, str]
    hips: tuple[str, str]

    def __post_init__(self) -> None:
        if not self.joints or len(set(self.joints)) != len(self.joints):
            raise ConfigError(f"layout {self.name}: joints: expected names, each once")
        if len(self.parents) != len(self.joints):
            raise ConfigError(
                f"layout {self.name}: parents: expected one for each of {len(self.joints)} joints, "
                f"got {len(self.parents)}"
            )
        sides = (*self.pairs, self.shoulders, self.hips)
        named = [*(p for p in self.parents if p is not None), *(j for side in sides for j in side)]
        for joint in named:
            self.index(joint)
        for point in self.spine:
            self.indices(point)
        paired = [joint for pair in self.pairs for joint in pair]
        if len(set(paired)) != len(paired):
            raise ConfigError(f"layout {self.name}: pairs: expected each joint in one pair at most")
        if self.parents.count(None) != 1:
            raise ConfigError(f"layout {self.name}: parents: expected None for one joint, the root")
        for joint in self.joints:
            seen = {joint}
            while (parent := self.parents[self.index(joint)]) is not None:
                if parent in seen:
                    raise ConfigError(f"layout {self.name}: parents: {parent} is its own ancestor")
                seen.add(parent)
                joint = parent

    @property
    def root(self) -> str:
        """The joint without a parent."""
        return self.joints[self.parents.index(None)]

    def index(self, joint: str | int) -> int:
        """Return the number of a joint, which may be given by name or number.

        Raises
        ------
        ConfigError
            There is no such joint.
        """
        if isinstance(joint, str):
            if joint in self.joints:
                return self.joints.index(joint)
            near = difflib.get_close_matches(joint, self.joints, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(self.joints)}"
            raise ConfigError(f"layout {self.name}: no joint {joint!r}; {hint}")
        if not isinstance(joint, int | np.integer) or isinstance(joint, bool):
            raise ConfigError(
                f"layout {self.name}: expected the name or number of a joint, got {joint!r}"
            )
        if not 0 <= joint < len(self.joints):
            raise ConfigError(
                f"layout {self.name}: no joint {joint}; they are 0 to {len(self.joints) - 1}"
            )
        return int(joint)

    def indices(self, point: Point) -> tuple[int, ...]:
        """Return the numbers of the joints whose mean a point is."""
        if isinstance(point, tuple | list):
            if not point:
                raise ConfigError(f"layout {self.name}: a point is the mean of at least 1 joint")
            return tuple(self.index(joint) for joint in point)
        return (self.index(point),)

    @cached_property
    def parent_indices(self) -> tuple[int, ...]:
        """The parents by number; the root is its own."""
        return tuple(
            i if parent is None else self.index(parent) for i, parent in enumerate(self.parents)
        )

    @cached_property
    def mirror(self) -> NDArray[np.intp]:
        """Joint numbers with left and right exchanged: ``x[:, layout.mirror]``."""
        order = np.arange(len(self.joints))
        for left, right in self.pairs:
            a, b = self.index(left), self.index(right)
            order[a], order[b] = b, a
        order.flags.writeable = False
        return order


#: Microsoft Kinect for Windows SDK 1: 20 joints, y up. The order is that of UTD-MHAD.
KINECT_V1 = SkeletonLayout(
    name="kinect_v1",
    joints=(
        "head",
        "shoulder_center",
        "spine",
        "hip_center",
        *("left_shoulder", "left_elbow", "left_wrist", "left_hand"),
        *("right_shoulder", "right_elbow", "right_wrist", "right_hand"),
        *("left_hip", "left_knee", "left_ankle", "left_foot"),
        *("right_hip", "right_knee", "right_ankle", "right_foot"),
    ),
    parents=(
        "shoulder_center",
        "spine",
        "hip_center",
        None,
        *("shoulder_center", "left_shoulder", "left_elbow", "left_wrist"),
        *("shoulder_center", "right_shoulder", "right_elbow", "right_wrist"),
        *("hip_center", "left_hip", "left_knee", "left_ankle"),
        *("hip_center", "right_hip", "right_knee", "right_ankle"),
    ),
    pairs=tuple(
        (f"left_{part}", f"right_{part}")
        for part in ("shoulder", "elbow", "wrist", "hand", "hip", "knee", "ankle", "foot")
    ),
    spine=("spine", "shoulder_center"),
    shoulders=("left_shoulder", "right_shoulder"),
    hips=("left_hip", "right_hip"),
)

_LAYOUTS = {KINECT_V1.name: KINECT_V1}


def layouts() -> tuple[str, ...]:
    """Return the names of the layouts that :func:`layout` knows."""
    return tuple(sorted(_LAYOUTS))


def layout(name: str) -> SkeletonLayout:
    """Return a layout by name.

    Raises
    ------
    ConfigError
        There is none of that name.

    Examples
    --------
    >>> layout("kinect_v1").joints[2]
    'spine'
    """
    if not isinstance(name, str):
        raise ConfigError(f"layout: expected a name or a SkeletonLayout, got {type(name).__name__}")
    if name in _LAYOUTS:
        return _LAYOUTS[name]
    near = difflib.get_close_matches(name, _LAYOUTS, 1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(layouts())}"
    raise ConfigError(f"no skeleton layout {name!r}; {hint}")


def register(layout: SkeletonLayout) -> SkeletonLayout:
    """Make a layout known by its name in this process, and return it.

    Raises
    ------
    InputError
        The name belongs to another layout already.
    """
    if _LAYOUTS.setdefault(layout.name, layout) != layout:
        raise InputError(f"skeleton layout {layout.name!r} is taken by another one; rename yours")
    return layout
