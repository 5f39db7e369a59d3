"""A body of other proportions."""

from dataclasses import dataclass
from typing import Any

from kinefuse.augment.plan import Step, register
from kinefuse.augment.skeleton._layout import resolve
from kinefuse.skeleton import SkeletonLayout

__all__ = ["BoneLength"]


@register("skeleton", "bone_length")
@dataclass(frozen=True)
class BoneLength(Step):
    """Give each bone another length: a person of other proportions.

    Factors are constant over the window. From the root down, a joint moves along with the end of
    the bone it hangs on, so directions of bones and the root's own path are kept; feet may slide
    or leave the floor.

    Parameters
    ----------
    layout : str or SkeletonLayout
        The joints and their tree.
    sigma : float, optional
        Factors are drawn from ``N(1, sigma²)``, but are 0.1 at least.
    low, high : float, optional
        Or from ``U(low, high)``. Give either ``sigma`` or both of these.
    symmetric : bool
        Bones of the layout's pairs, left and right, have one factor.
    p : float
        Probability that the step is applied.

    Notes
    -----
    Joint ``j`` with parent ``i`` goes to ``y[j] = y[i] + f[j] (x[j] - x[i])``. A missing joint
    stays missing; what hangs on it moves as the joint above the missing one does.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.zeros((1, 20, 3), np.float32)
    >>> x[:, 2, 1] = 0.5  # the spine, above the root
    >>> float(BoneLength("kinect_v1", low=2, high=2)(x)[0, 2, 1])
    1.0
    """

    layout: SkeletonLayout | str
    sigma: float | None = None
    low: float | None = None
    high: float | None = None
    symmetric: bool = True

    def _for_core(self) -> dict[str, Any]:
        layout = resolve(self.layout)
        parents = layout.parent_indices

        def depth(joint: int) -> int:
            return 0 if parents[joint] == joint else 1 + depth(parents[joint])

        joints = range(len(parents))
        group = [min(j, int(layout.mirror[j])) if self.symmetric else j for j in joints]
        return {
            "joints": len(parents),
            "bones": [
                {"parent": parents[j], "child": j, "group": group[j]}
                for j in sorted(joints, key=depth)
                if parents[j] != j
            ],
            "sigma": self.sigma,
            "low": self.low,
            "high": self.high,
        }
