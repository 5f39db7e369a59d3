"""A sensor of coarse resolution."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["Quantize"]


@register("inertial", "quantize")
@dataclass(frozen=True)
class Quantize(Step):
    """Round to whole multiples of a step: a sensor of few bits.

    The step is drawn from ``U(min, max)``; halves go to the even multiple. Values are kept up to
    half a step.

    Parameters
    ----------
    min, max : float
        Smallest and largest step, ``0 < min <= max``, in the units of the window.
    per : {"channel", "triplet", "all"}
        What has a step of its own.
    p : float
        Probability that the step is applied.
    """

    min: float
    max: float
    per: str = "channel"
