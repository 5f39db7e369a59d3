"""Channels in another order."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["ChannelShuffle"]


@register("inertial", "channel_shuffle")
@dataclass(frozen=True)
class ChannelShuffle(Step):
    """Put the channels in a random order, the same for the whole window.

    Keeps every channel as it is, but neither directions nor units stay where they were: valid only
    for encoders that should not rely on which channel is which.

    Parameters
    ----------
    p : float
        Probability that the step is applied.
    """
