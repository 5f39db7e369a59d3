"""An inertial window played backward."""

from dataclasses import dataclass

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["TimeReverse"]


@register("inertial", "time_reverse")
@dataclass(frozen=True)
class TimeReverse(common.TimeReverse):
    """Play the window backward, some channels with the opposite sign.

    Of a movement done backward the acceleration is the same, backward; the angular rate has the
    opposite sign: give its channels to ``negate`` to stay true to that. Valid for activities whose
    label does not turn with time (walking, not sitting down).

    Parameters
    ----------
    negate : tuple of int
        Channels that change their sign.
    shared : bool
        Draw the same for every modality of a sample, so that they stay synchronous.
    p : float
        Probability that the step is applied.
    """

    negate: tuple[int, ...] = ()
