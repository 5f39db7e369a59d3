"""A smooth random change of tempo."""

from dataclasses import dataclass, field

from kinefuse.augment.plan import Step

__all__ = ["TimeWarp"]


@dataclass(frozen=True)
class TimeWarp(Step):
    """Change the tempo smoothly; the window still begins and ends where it did.

    The speed is ``exp(sigma · N(0, 1))`` at equally spaced knots and linear between them, so time
    never runs backward. After Um et al. (ICMI 2017).

    Parameters
    ----------
    sigma : float
        Standard deviation of the logarithm of the speed, 0 to 2.
    knots : int
        Number of knots, both ends included, 2 to 16.
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    sigma: float
    knots: int = 4
    shared: bool = field(default=False, kw_only=True)
