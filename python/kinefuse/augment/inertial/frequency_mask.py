"""A band of frequencies that is missing."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["FrequencyMask"]


@register("inertial", "frequency_mask")
@dataclass(frozen=True)
class FrequencyMask(Step):
    """Take out of all channels one band of frequencies, at a uniform place.

    Its width is a share, drawn from ``U(min, max)``, of the frequencies from 0 to half the rate; it
    holds one of them at least. The mean is kept, and with it gravity. The window counts as
    periodic. A missing value makes its channel NaN. As SpecAugment (Park et al., Interspeech 2019)
    does with spectrograms.

    Parameters
    ----------
    max : float
        Largest share, above 0 and up to 1.
    min : float
        Smallest share.
    p : float
        Probability that the step is applied.
    """

    max: float
    min: float = 0.0
