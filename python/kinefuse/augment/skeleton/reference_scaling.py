"""The scaling of the published CMC-CMKM code, for reproducing it only."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["ReferenceScaling"]


@register("skeleton", "reference_scaling")
@dataclass(frozen=True)
class ReferenceScaling(Step):
    """Scale each axis about joint 0 of each frame. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "scaling": one factor
    ``U(low, high)`` for each axis and window, the head's own path being left as it is. A frame
    without joint 0 becomes NaN. :class:`Scaling` scales about the origin.

    Parameters
    ----------
    low, high : float
        Smallest and largest factor, ``0 < low <= high``.
    p : float
        Probability that the step is applied.
    """

    low: float
    high: float
