"""An offset that wanders."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["Drift"]


@register("inertial", "drift")
@dataclass(frozen=True)
class Drift(Step):
    """Add a random walk that begins at 0: an offset that wanders with temperature.

    The walk is the natural cubic spline through equally spaced knots whose independent steps add up
    to ``N(0, sigma²)`` at the end of the window. Differences from sample to sample hardly change;
    the level does.

    Parameters
    ----------
    sigma : float
        Standard deviation at the end, in the units of the window.
    knots : int
        Number of knots, both ends included, 2 to 16.
    per : {"channel", "triplet", "all"}
        What has a walk of its own.
    p : float
        Probability that the step is applied.
    """

    sigma: float
    knots: int = 4
    per: str = "channel"
