"""A gain that changes smoothly over the window."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["MagnitudeWarp"]


@register("inertial", "magnitude_warp")
@dataclass(frozen=True)
class MagnitudeWarp(Step):
    """Multiply by a smooth curve about 1: a movement done with changing strength.

    The curve is the natural cubic spline through factors ``N(1, sigma²)`` at equally spaced knots,
    the first and last at the window's ends. Valid about a zero that means no motion: raw or
    standardised acceleration changes its gravity with it. After Um et al. (ICMI 2017).

    Parameters
    ----------
    sigma : float
        Standard deviation of the factors.
    knots : int
        Number of knots, both ends included, 2 to 16.
    per : {"channel", "triplet", "all"}
        What has a curve of its own.
    p : float
        Probability that the step is applied.
    """

    sigma: float
    knots: int = 4
    per: str = "channel"
