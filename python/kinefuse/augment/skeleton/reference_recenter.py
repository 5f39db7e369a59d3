"""The centring of the published CMC-CMKM code after a crop, for reproducing it only."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["ReferenceRecenter"]


@register("skeleton", "reference_recenter")
@dataclass(frozen=True)
class ReferenceRecenter(Step):
    """Make a joint of the first frame the origin, its distance to another the unit.

    The published CMC-CMKM code (arXiv 2205.10071) centers and scales its supervised training
    windows after it has cropped them, by the first frame that is left. For reproduction only:
    :func:`kinefuse.skeleton.normalize` does it once and for all. The first frame is the first in
    which both joints are known and apart; without one, the window stays as it is.

    Parameters
    ----------
    center, end : int
        Numbers of the joints, ``center`` becoming the origin.
    p : float
        Probability that the step is applied.
    """

    center: int
    end: int
