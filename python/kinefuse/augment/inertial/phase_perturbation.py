"""Every frequency at another point of its cycle."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["PhasePerturbation"]


@register("inertial", "phase_perturbation")
@dataclass(frozen=True)
class PhasePerturbation(Step):
    """Advance the phase of each frequency by its own ``N(0, sigma_deg²)``.

    The mean and the amplitudes are kept, and with them the power spectrum; the shape in time is
    not: valid for periodic activities and small angles. The window counts as periodic. A missing
    value makes its channel NaN. After the phase perturbation of Gao et al. (arXiv:2002.09545),
    there of a band.

    Parameters
    ----------
    sigma_deg : float
        Standard deviation of the angles in degrees, 0 to 180.
    per : {"channel", "triplet", "all"}
        What has angles of its own.
    p : float
        Probability that the step is applied.
    """

    sigma_deg: float
    per: str = "channel"
