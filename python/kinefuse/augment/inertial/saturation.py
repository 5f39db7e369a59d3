"""A sensor at the end of its range."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["Saturation"]


@register("inertial", "saturation")
@dataclass(frozen=True)
class Saturation(Step):
    """Clip at ``±limit``: a sensor of a smaller range.

    The limit is drawn from ``U(min, max)``. Values within it are kept. Valid before
    standardisation, where zero is the sensor's own.

    Parameters
    ----------
    min, max : float
        Smallest and largest limit, ``0 < min <= max``, in the units of the window.
    per : {"channel", "triplet", "all"}
        What has a limit of its own.
    p : float
        Probability that the step is applied.
    """

    min: float
    max: float
    per: str = "channel"
