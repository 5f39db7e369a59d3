"""Runs of time that are masked."""

from dataclasses import dataclass, field

from kinefuse.augment.plan import Step, register

__all__ = ["TimeMask"]


@register("inertial", "time_mask")
@dataclass(frozen=True)
class TimeMask(Step):
    """Mask runs of time in all channels.

    Each run's share of the window is drawn from ``U(min, max)`` and rounded to whole samples, its
    place is uniform; runs may overlap. What is left is kept as it is. As SpecAugment (Park et al.,
    Interspeech 2019) does with spectrograms.

    Parameters
    ----------
    max : float
        Largest share of one run, above 0 and below 1.
    min : float
        Smallest share.
    count : int
        Number of runs, 1 to 64.
    fill : {"nan", "zero", "mean", "hold"}
        What stands there: NaN, which an encoder must mask, or it gives NaN; ``"zero"``, the mean
        of standardised windows, which an encoder reads as an average value; the channel's
        ``"mean"`` in the window; or, with ``"hold"``, the value before, as of
        a device that repeats itself (at the start of the window, the first value after).
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    max: float
    min: float = 0.0
    count: int = 1
    fill: str = "nan"
    shared: bool = field(default=False, kw_only=True)
