"""Sensors that were off."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["SensorDropout"]


@register("inertial", "sensor_dropout")
@dataclass(frozen=True)
class SensorDropout(Step):
    """Mask whole sensors: switched off, empty, or left at home.

    Their number is uniform in ``1..max_dropped``, any set of that many as likely; one sensor at
    least is kept as it is.

    Parameters
    ----------
    sensors : int
        Number of sensors, 2 or more; each has an equal run of the channels.
    max_dropped : int
        Most sensors that are masked, fewer than ``sensors``.
    fill : {"nan", "zero", "mean"}
        What stands there: NaN, which an encoder must mask, or it gives NaN; ``"zero"``, the mean
        of standardised windows, which an encoder reads as an average value; the channel's
        ``"mean"`` in the window.
    p : float
        Probability that the step is applied.
    """

    sensors: int
    max_dropped: int = 1
    fill: str = "nan"
