"""What the published CMC-CMKM code calls a channel shuffle, for reproducing it only."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["ReferenceTimeShuffle"]


@register("inertial", "reference_time_shuffle")
@dataclass(frozen=True)
class ReferenceTimeShuffle(Step):
    """Put all samples in a random order, the same for all channels. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "channel_shuffle", its
    axes being the other way round. :class:`ChannelShuffle` shuffles channels.

    Parameters
    ----------
    p : float
        Probability that the step is applied.
    """
