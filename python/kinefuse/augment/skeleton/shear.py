"""A sheared space."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["Shear"]


@register("skeleton", "shear")
@dataclass(frozen=True)
class Shear(Step):
    """Shear space: ``x' = x + sx (y + z)`` and so on round the axes, about the origin.

    ``sx, sy, sz`` are drawn from ``N(0, sigma²)`` once for the window; in the plane
    ``x' = x + sx y``. Straight limbs stay straight; bone lengths change. As in Rao et al. (2021).

    Parameters
    ----------
    sigma : float
        Standard deviation of each shear.
    p : float
        Probability that the step is applied.
    """

    sigma: float
