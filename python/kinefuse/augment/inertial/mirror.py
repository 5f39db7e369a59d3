"""What the sensors of a mirrored body measure."""

from dataclasses import dataclass, field
from typing import Any

from kinefuse.augment.plan import Step, register

__all__ = ["Mirror"]


@register("inertial", "mirror")
@dataclass(frozen=True)
class Mirror(Step):
    """Measure the body as a mirror shows it: a left-handed throw becomes a right-handed one.

    Acceleration is a vector: its component across the mirror changes sign. Angular rate is a
    pseudovector: its two components along the mirror do. Sensors worn on both sides change places,
    those in the middle stay; a limb with a sensor on one side only keeps it, as if the subject wore
    it on the other.

    Valid about a zero that means no motion (raw data, not standardised by a mean), for a sensor
    with an axis across the body. On a limb that is the axis along which a sensor on the other limb,
    worn as its mirror image, would read the opposite acceleration.

    Parameters
    ----------
    kinds : tuple of {"acc", "gyro"}
        What each triplet of channels of a sensor measures: ``("acc", "gyro")`` for
        ``acc_x, acc_y, acc_z, gyro_x, gyro_y, gyro_z``. Each sensor has an equal run of the
        channels.
    axis : {"x", "y", "z"} or tuple of them
        The axis across the mirror, the same for all sensors or one for each.
    swap : tuple of (int, int)
        Numbers of the sensors that change places, left and right: ``((0, 1),)``. Both need the same
        axis.
    shared : bool
        Mirror all modalities of a sample or none of them, with
        :class:`kinefuse.augment.skeleton.Mirror`.
    p : float
        Probability that the step is applied.

    Examples
    --------
    >>> import numpy as np
    >>> Mirror(("acc", "gyro"), axis="y")(np.ones((1, 6)))
    array([[ 1., -1.,  1., -1.,  1., -1.]], dtype=float32)
    """

    kinds: tuple[str, ...]
    axis: str | tuple[str, ...] = "x"
    swap: tuple[tuple[int, int], ...] = ()
    shared: bool = field(default=False, kw_only=True)

    def _agreement(self) -> dict[str, Any]:
        return {"name": self.name, "p": self.p}
