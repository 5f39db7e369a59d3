"""All frequencies a little later, or earlier, in their cycle."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["PhaseShift"]


@register("inertial", "phase_shift")
@dataclass(frozen=True)
class PhaseShift(Step):
    """Advance the phase of every frequency by the same angle ``U(-max_deg, max_deg)``.

    The result is ``mean + cos(angle) · (x - mean) - sin(angle) · H(x)`` with the Hilbert transform
    ``H``, the same angle in all channels. The mean, the power spectrum and the relations between
    channels are kept. The window counts as periodic. A missing value makes its channel NaN. After
    Qian, Tian and Miao (KDD 2022).

    Parameters
    ----------
    max_deg : float
        Largest angle in degrees, 0 to 180.
    p : float
        Probability that the step is applied.
    """

    max_deg: float
