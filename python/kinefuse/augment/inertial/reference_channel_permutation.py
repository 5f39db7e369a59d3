"""What the published CMC-CMKM code calls a permutation, for reproducing it only."""

from dataclasses import dataclass

from kinefuse.augment.plan import Step, register

__all__ = ["ReferenceChannelPermutation"]


@register("inertial", "reference_channel_permutation")
@dataclass(frozen=True)
class ReferenceChannelPermutation(Step):
    """Put groups of channels in a random order. For reproduction only.

    What the published CMC-CMKM code (arXiv 2205.10071) does under the name "permutation", its axes
    being the other way round: the channels are split into ``n`` nearly equal groups, ``n`` uniform
    in ``1..max_segments - 1``. :class:`Permutation` reorders time.

    Parameters
    ----------
    max_segments : int
        One more than the most groups, 2 to 64.
    p : float
        Probability that the step is applied.
    """

    max_segments: int
