"""Channels that are masked."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["ChannelMask"]


@register("inertial", "channel_mask")
@dataclass(frozen=True)
class ChannelMask(Step):
    """Mask some channels in the whole window.

    Their number is uniform in ``1..max_channels``, any set of that many as likely. The others are
    kept as they are: valid where an activity is told by several channels.

    Parameters
    ----------
    max_channels : int
        Most channels, fewer than there are.
    fill : {"nan", "zero", "mean"}
        What stands there: NaN, which an encoder must mask, or it gives NaN; ``"zero"``, the mean
        of standardised windows, which an encoder reads as an average value; the channel's
        ``"mean"`` in the window.
    p : float
        Probability that the step is applied.
    """

    max_channels: int = 1
    fill: str = "nan"
