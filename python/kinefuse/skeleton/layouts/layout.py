"""What a skeleton layout is: joints, their names and what they are to each other."""

import difflib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinefuse.errors import ConfigError

__all__ = ["Point", "SkeletonLayout"]

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
    feet : tuple of str, optional
        The joints that touch the floor, from which it is found.

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
    feet: tuple[str, ...] = ()

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
        for joint in (*named, *self.feet):
            self.index(joint)
        for point in self.spine:
            self.indices(point)
        paired = [joint for pair in self.pairs for joint in pair]
        if len(set(paired)) != len(paired):
            raise ConfigError(f"layout {self.name}: pairs: expected each joint in one pair at most")
        if self.parents.count(None) != 1:
            raise ConfigError(f"layout {self.name}: parents: expected None for one joint, the root")
        for joint in self.joints:
            path = self._to_root(joint)
            if len(path) > len(self.joints):
                raise ConfigError(f"layout {self.name}: parents: {path[-1]} is its own ancestor")

    @property
    def root(self) -> str:
        """The joint without a parent."""
        return self.joints[self.parents.index(None)]

    @property
    def parts(self) -> dict[str, tuple[str, ...]]:
        """The joints of the five parts of a body (Shahroudy et al., CVPR 2016), by name.

        A leg is what hangs on a hip, an arm what hangs on a shoulder; the trunk is the rest, the
        head included.
        """
        legs = [self._limb(hip) for hip in self.hips]
        taken = {joint for leg in legs for joint in leg}
        arms = [
            tuple(j for j in self._limb(shoulder) if j not in taken) for shoulder in self.shoulders
        ]
        taken.update(joint for arm in arms for joint in arm)
        return {
            "trunk": tuple(j for j in self.joints if j not in taken),
            "left_arm": arms[0],
            "right_arm": arms[1],
            "left_leg": legs[0],
            "right_leg": legs[1],
        }

    def _limb(self, start: str) -> tuple[str, ...]:
        return tuple(joint for joint in self.joints if start in self._to_root(joint))

    def _to_root(self, joint: str) -> list[str]:
        """Walk up from a joint; the path is longer than the layout only if there is a circle."""
        path = [joint]
        while (parent := self.parents[self.index(path[-1])]) is not None:
            path.append(parent)
            if len(path) > len(self.joints):
                break
        return path

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

    @property
    def angles(self) -> tuple[tuple[str, str, str], ...]:
        """The angles at each joint between its parent and each of its children."""
        return tuple(
            (parent, joint, child)
            for joint, parent in zip(self.joints, self.parents, strict=True)
            if parent is not None
            for child, of in zip(self.joints, self.parents, strict=True)
            if of == joint
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
