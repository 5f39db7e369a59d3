"""Packets that were lost on the way."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["Gaps"]


@register("inertial", "gaps")
@dataclass(frozen=True)
class Gaps(Step):
    """Lose runs of samples, all channels of a sensor at once, as a radio link does.

    Two states follow each other at random (Gilbert, Bell System Technical Journal 39, 1960): on the
    whole a share of the samples is lost, in runs of a mean length. A window may lose nothing, or
    all. What arrives is kept as it is. A network that shall work on such recordings can be trained
    with ``fill="hold"`` or ``"zero"``, as the device or its driver fills them.

    Parameters
    ----------
    share : float
        Share of samples lost on the whole, above 0 and below 1.
    length : float
        Mean length of a run in samples, 1 or more and ``share / (1 - share)`` or more.
    sensors : int
        Number of sensors that lose samples independently; each has an equal run of the channels.
    fill : {"nan", "zero", "mean", "hold"}
        What stands there: NaN, which an encoder must mask, or it gives NaN; ``"zero"``, the mean
        of standardised windows, which an encoder reads as an average value; the channel's
        ``"mean"`` in the window; or, with ``"hold"``, the value before, as of
        a device that repeats itself (at the start of the window, the first value after).
    p : float
        Probability that the step is applied.
    """

    share: float
    length: float
    sensors: int = 1
    fill: str = "nan"
