"""Random factors that are constant over the window."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step

__all__ = ["Scaling"]


@dataclass(frozen=True)
class Scaling(Step):
    """Multiply by factors that are constant over the window.

    Parameters
    ----------
    sigma : float, optional
        Factors are drawn from ``N(1, sigma²)``.
    low, high : float, optional
        Or from ``U(low, high)``. Give either ``sigma`` or both of these.
    per : str
        What has a factor of its own. Inertial: ``"channel"`` (the default) bends directions a
        little, ``"triplet"`` keeps them, ``"all"`` is one factor for the window. Skeleton:
        ``"axis"`` (the default) or ``"all"``.
    p : float
        Probability that the step is applied.
    """

    sigma: float | None = None
    low: float | None = None
    high: float | None = None
    per: str = "channel"
