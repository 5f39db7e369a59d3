"""A clock that is not quite right."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["RateJitter"]


@register("inertial", "rate_jitter")
@dataclass(frozen=True)
class RateJitter(Step):
    """Sample at irregular instants, or at a rate that is a little off, without knowing it.

    Each instant is off by ``N(0, sigma²)`` of a step, at most half a step, so that time never runs
    backward; the rate is off by a share ``U(-rate, rate)``, about the middle of the window. All
    channels are interpolated linearly at the same instants; those beyond the window's ends are its
    ends. A missing value spreads to the samples that are interpolated from it. Values are kept up
    to the interpolation.

    Parameters
    ----------
    sigma : float
        Standard deviation of the instants, in steps, 0 to 0.5.
    rate : float
        Largest share by which the rate is off, 0 to 0.5.
    p : float
        Probability that the step is applied.
    """

    sigma: float
    rate: float = 0.0
