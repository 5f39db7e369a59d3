"""Conversion of skeletons from one layout to another, by the names of their joints."""

import difflib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import output
from kinefuse.errors import ConfigError, GapWarning
from kinefuse.skeleton._check import as_skeleton, check_choice, windows_of
from kinefuse.skeleton.layouts import Point, SkeletonLayout
from kinefuse.skeleton.layouts.registry import resolve
from kinefuse.skeleton.places import PLACES

__all__ = ["Conversion", "conversion", "convert"]


@dataclass(frozen=True)
class Conversion:
    """Where each joint of a layout comes from in another one.

    Parameters
    ----------
    from_layout, to_layout : SkeletonLayout
        The layouts.
    sources : dict of str to tuple of str
        For each joint of ``to_layout`` the joint of ``from_layout`` that it is, or those whose mean
        it is; none if it is not known.
    """

    from_layout: SkeletonLayout
    to_layout: SkeletonLayout
    sources: dict[str, tuple[str, ...]]

    @property
    def missing(self) -> tuple[str, ...]:
        """The joints that have no source."""
        return tuple(joint for joint, source in self.sources.items() if not source)

    @property
    def derived(self) -> dict[str, tuple[str, ...]]:
        """The joints that come from joints of another name: near them, not quite the same."""
        return {
            joint: source for joint, source in self.sources.items() if source and source != (joint,)
        }


def conversion(
    from_layout: SkeletonLayout | str,
    to_layout: SkeletonLayout | str,
    *,
    sources: Mapping[str, Point] | None = None,
) -> Conversion:
    """Say how :func:`convert` finds the joints of one layout in another.

    A joint comes from its namesake; else from the first of its stand-ins that the layout has: the
    middle of the hips (``hip_center``, ``pelvis``, ``spine_base``, mean of the hips), the base of
    the neck (``shoulder_center``, ``spine_shoulder``, ``thorax``, ``neck``, mean of the shoulders),
    the middle of the trunk (``spine``, ``spine_mid``, ``spine2``), the head (mean of the ears, of
    the eyes, the nose), a hand (mean of index and little finger), a foot (its index toe).

    Parameters
    ----------
    from_layout, to_layout : SkeletonLayout or str
        The layouts.
    sources : dict of str to joint or tuple of joints, optional
        Joints of ``to_layout`` and where they are taken from in ``from_layout`` instead; the mean,
        if several. An empty tuple: from nowhere.

    Raises
    ------
    ConfigError
        A layout or joint that does not exist.

    Examples
    --------
    >>> found = conversion("coco17", "openpose18")
    >>> found.derived, found.missing
    ({'neck': ('left_shoulder', 'right_shoulder')}, ())
    """
    source, target = resolve(from_layout), resolve(to_layout)
    given = {} if sources is None else sources
    if not isinstance(given, Mapping):
        raise ConfigError(f"sources: expected a dict of joints, got {type(sources).__name__}")
    for joint in given:
        if joint not in target.joints:
            near = difflib.get_close_matches(str(joint), target.joints, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"sources: layout {target.name} has no joint {joint!r}{hint}")
    found = {
        joint: _given(source, given[joint]) if joint in given else _find(source, joint)
        for joint in target.joints
    }
    return Conversion(source, target, found)


def _given(source: SkeletonLayout, point: Point) -> tuple[str, ...]:
    if isinstance(point, tuple | list) and not point:
        return ()
    return tuple(source.joints[i] for i in source.indices(point))


def _find(source: SkeletonLayout, joint: str) -> tuple[str, ...]:
    for candidate in ((joint,), *PLACES.get(joint, ())):
        if all(name in source.joints for name in candidate):
            return candidate
    return ()


def convert(
    x: ArrayLike,
    from_layout: SkeletonLayout | str,
    to_layout: SkeletonLayout | str,
    *,
    sources: Mapping[str, Point] | None = None,
    missing: Literal["warn", "ignore", "raise"] = "warn",
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Bring a skeleton into another layout, joint by joint by name.

    Parameters
    ----------
    x : (T, J, D) or (N, T, J, D) array of float32 or float64
        Joint positions in any unit, or anything else that a joint has: D = 1 for a confidence.
    from_layout, to_layout : SkeletonLayout or str
        The layouts.
    sources : dict of str to joint or tuple of joints, optional
        As for :func:`conversion`, which also says where every joint comes from.
    missing : {"warn", "ignore", "raise"}
        What to do if ``from_layout`` has nothing for a joint; if not an error, it becomes NaN.
    out : array, optional
        Where to write. May not overlap ``x``.

    Returns
    -------
    (T, K, D) or (N, T, K, D) array, float64 for float64, else float32
        K is the number of joints of ``to_layout``.

    Raises
    ------
    ShapeError
        Another number of joints than ``from_layout`` has, or no frame.
    ConfigError
        A layout or joint that does not exist; with ``missing="raise"`` a joint without source.

    Warns
    -----
    GapWarning
        With ``missing="warn"``: joints that have no source, by name.

    Notes
    -----
    A missing joint (NaN) stays so, and so does a mean of which a part is missing. Axes and unit
    stay as they are.

    Examples
    --------
    >>> import numpy as np
    >>> from kinefuse import skeleton
    >>> x = np.random.default_rng(0).normal(size=(50, 33, 3))
    >>> y = skeleton.convert(x, "mediapipe33", "coco17")
    >>> y.shape
    (50, 17, 3)
    """
    check_choice("missing", missing, ("warn", "ignore", "raise"))
    how = conversion(from_layout, to_layout, sources=sources)
    array = as_skeleton(x, how.from_layout, dims=None)
    if how.missing and missing != "ignore":
        message = (
            f"skeleton.convert: {how.from_layout.name} has nothing for "
            f"{', '.join(how.missing)} of {how.to_layout.name}"
        )
        if missing == "raise":
            raise ConfigError(f"{message}; say where to take it from by sources=")
        warnings.warn(f"{message}: NaN", GapWarning, stacklevel=2)
    numbers = [list(how.from_layout.indices(s)) if s else [] for s in how.sources.values()]
    shape = (*array.shape[:-2], len(numbers), array.shape[-1])
    out = output(out, shape, array.dtype, reads=array)
    single = array.dtype == np.float32
    run = _native.skeleton_convert_f32 if single else _native.skeleton_convert_f64
    run(windows_of(array), numbers, windows_of(out))
    return out
