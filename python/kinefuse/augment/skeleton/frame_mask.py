"""Frames in which the tracker lost the body."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["FrameMask"]


@register("skeleton", "frame_mask")
@dataclass(frozen=True)
class FrameMask(Step):
    """Lose some frames, all joints at once, as trackers do.

    The share of lost frames is drawn from ``U(0, max_share)``; they are lost in runs of ``run``
    frames at uniform places, at least one run, and runs may overlap. The other frames are kept as
    they are.

    Parameters
    ----------
    max_share : float
        Largest share of the frames, above 0 and up to 0.9.
    run : int
        Frames lost in a row, or the largest share if that is less.
    fill : {"nan", "zero", "hold"}
        What a lost frame becomes: missing; the origin, in every joint; or the frame before it (at
        the start, the frame after), which is what a stalled tracker gives. Encoders see NaN as it
        is and give NaN, so plans for training need one of the others.
    p : float
        Probability that the step is applied.
    """

    max_share: float
    run: int = 1
    fill: str = "nan"
