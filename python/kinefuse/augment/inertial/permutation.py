"""Segments of time in another order."""

from dataclasses import dataclass, field

from kinefuse.augment.plan import Step, register

__all__ = ["Permutation"]


@register("inertial", "permutation")
@dataclass(frozen=True)
class Permutation(Step):
    """Cut the window into segments of time and join them in a random order.

    The number of segments is uniform in ``2..max_segments``, their lengths differ by one sample at
    most. Values are kept, the order of events and the signal's continuity are not: valid for
    periodic activities, less so for gestures.

    Parameters
    ----------
    max_segments : int
        2 to 64.
    shared : bool
        Draw the same for every modality of a sample.
    p : float
        Probability that the step is applied.
    """

    max_segments: int
    shared: bool = field(default=False, kw_only=True)
