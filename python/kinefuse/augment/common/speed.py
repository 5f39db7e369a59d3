"""The same movement done faster or slower."""

from dataclasses import dataclass, field

from kinefuse.augment.plan import Step

__all__ = ["Speed"]


@dataclass(frozen=True)
class Speed(Step):
    """Play the window at a constant speed drawn from ``U(min, max)``.

    Slower than 1 shows a part of the window, which begins at a uniform place. Faster shows all of
    it, which begins at a uniform place too, with its first sample held before and its last one
    after. A missing value spreads to the samples that are interpolated from it.

    Parameters
    ----------
    min, max : float
        Slowest and fastest speed, ``0.1 <= min <= max <= 10``; 2 is twice as fast.
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    min: float
    max: float
    shared: bool = field(default=False, kw_only=True)
