"""A skeleton window played backward."""

from kinefuse.augment import common
from kinefuse.augment.plan import register

__all__ = ["TimeReverse"]


@register("skeleton", "time_reverse")
class TimeReverse(common.TimeReverse):
    """Poses are kept; sitting down becomes standing up.

    So it is valid only for activities whose label does not turn with time.
    """
