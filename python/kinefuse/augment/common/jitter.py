"""Additive Gaussian noise, every value independent."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step

__all__ = ["Jitter"]


@dataclass(frozen=True)
class Jitter(Step):
    """Add noise ``N(0, sigma²)``, every value independent.

    Parameters
    ----------
    sigma : float
        Standard deviation, in the units of the window (1 is one standard deviation of the data
        once it is standardised).
    p : float
        Probability that the step is applied.
    """

    sigma: float
