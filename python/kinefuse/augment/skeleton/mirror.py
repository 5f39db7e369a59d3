"""The body as a mirror shows it."""

from dataclasses import dataclass, field
from typing import Any

from kinefuse.augment.plan import Step, register
from kinefuse.augment.skeleton._layout import pair_indices, resolve
from kinefuse.errors import ConfigError
from kinefuse.skeleton import SkeletonLayout

__all__ = ["Mirror"]

_UP = {"y": 1, "z": 2, "none": None}


@register("skeleton", "mirror")
@dataclass(frozen=True)
class Mirror(Step):
    """Reflect the body and exchange its left and right joints.

    A left-handed throw becomes a right-handed one. Bone lengths and angles are kept; valid unless
    left and right are what tells activities apart.

    Parameters
    ----------
    layout : str or SkeletonLayout
        The joints, of which its pairs change places.
    plane : {"body", "x", "y", "z"}
        What the body is reflected across, always through the origin. ``"body"``: its own plane of
        symmetry, across the mean over all frames of the lines from left to right shoulder and from
        left to right hip. ``"x"``: the plane where x is 0, and so on.
    up : {"y", "z", "none"}
        The vertical axis, along which the body's plane stands, so that a body that leans leans to
        the other side; ``"none"``: the plane leans with the body. Joints with 2 coordinates and
        ``up="y"`` are reflected along x.
    shared : bool
        Mirror all modalities of a sample or none of them, with
        :class:`kinefuse.augment.inertial.Mirror`.
    p : float
        Probability that the step is applied.

    Notes
    -----
    The reflection is ``x - 2 n (n · x)`` with the unit normal ``n`` of the plane. A window in which
    no line from left to right is known, or in which they cancel out, has no plane of symmetry and
    stays as it is.

    Examples
    --------
    >>> import numpy as np
    >>> from kinefuse.skeleton import KINECT_V1
    >>> x = np.random.default_rng(0).normal(size=(30, 20, 3)).astype(np.float32)
    >>> y = Mirror("kinect_v1", plane="x")(x)
    >>> bool((y == x[:, KINECT_V1.mirror] * np.float32([-1, 1, 1])).all())
    True
    """

    layout: str | SkeletonLayout
    plane: str = "body"
    up: str = "y"
    shared: bool = field(default=False, kw_only=True)

    def _for_core(self) -> dict[str, Any]:
        layout = resolve(self.layout)
        if self.up not in _UP:
            raise ConfigError(f"skeleton mirror: up: expected 'y', 'z' or 'none', got {self.up!r}")
        return {
            "joints": len(layout.joints),
            "pairs": pair_indices(layout, layout.pairs),
            "lines": pair_indices(layout, (layout.shoulders, layout.hips)),
            "plane": self.plane,
            "up": _UP[self.up],
            "shared": self.shared,
        }

    def _agreement(self) -> dict[str, Any]:
        return {"name": self.name, "p": self.p}
