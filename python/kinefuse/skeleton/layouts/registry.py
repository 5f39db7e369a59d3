"""The layouts that are known by name."""

import difflib

from kinefuse.errors import ConfigError, InputError
from kinefuse.skeleton.layouts.coco17 import COCO17
from kinefuse.skeleton.layouts.h36m17 import H36M17
from kinefuse.skeleton.layouts.kinect_v1 import KINECT_V1
from kinefuse.skeleton.layouts.kinect_v2 import KINECT_V2
from kinefuse.skeleton.layouts.layout import SkeletonLayout
from kinefuse.skeleton.layouts.mediapipe33 import MEDIAPIPE33
from kinefuse.skeleton.layouts.openpose18 import OPENPOSE18
from kinefuse.skeleton.layouts.smpl24 import SMPL24

__all__ = ["layout", "layouts", "register", "resolve"]

_LAYOUTS = {
    known.name: known
    for known in (KINECT_V1, KINECT_V2, COCO17, OPENPOSE18, H36M17, SMPL24, MEDIAPIPE33)
}


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


def resolve(layout: SkeletonLayout | str) -> SkeletonLayout:
    """Return a layout that is given by itself or by name."""
    return layout if isinstance(layout, SkeletonLayout) else _known(layout)


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


_known = layout
