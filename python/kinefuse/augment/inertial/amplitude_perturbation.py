"""Every frequency a little stronger or weaker."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["AmplitudePerturbation"]


@register("inertial", "amplitude_perturbation")
@dataclass(frozen=True)
class AmplitudePerturbation(Step):
    """Multiply the amplitude of each frequency by its own ``N(1, sigma²)``, at least 0.

    The mean is kept, and with it gravity; so are the phases. The window counts as periodic. A
    missing value makes its channel NaN. After the amplitude perturbation of Gao et al.
    (arXiv:2002.09545), there of a band.

    Parameters
    ----------
    sigma : float
        Standard deviation of the factors.
    per : {"channel", "triplet", "all"}
        What has factors of its own.
    p : float
        Probability that the step is applied.
    """

    sigma: float
    per: str = "channel"
