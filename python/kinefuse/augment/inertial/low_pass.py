"""A sensor that follows slowly."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["LowPass"]


@register("inertial", "low_pass")
@dataclass(frozen=True)
class LowPass(Step):
    """Weaken the frequencies above a random cut-off: a sensor of less bandwidth, a looser strap.

    The cut-off is drawn from ``U(min, max)``, as a share of half the rate; the gain is
    ``1 / (1 + (f / cutoff)^(2 · order))``, that of a Butterworth filter run forward and backward,
    so nothing is delayed. The mean is kept. The ends of the window are continued by their mirror
    image. A missing value makes its channel NaN.

    Parameters
    ----------
    min, max : float
        Smallest and largest cut-off, ``0 < min <= max <= 1``; at 50 Hz, 0.4 is 10 Hz.
    order : int
        1 to 16; the higher, the steeper.
    p : float
        Probability that the step is applied.
    """

    min: float
    max: float
    order: int = 4
