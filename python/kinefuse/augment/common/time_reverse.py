"""The window played backward."""

from dataclasses import dataclass, field

from kinefuse.augment.plan import Step

__all__ = ["TimeReverse"]


@dataclass(frozen=True)
class TimeReverse(Step):
    """Play the window backward.

    Parameters
    ----------
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    shared: bool = field(default=False, kw_only=True)
