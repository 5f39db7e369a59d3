"""Contrastive losses. One loss, one file."""

from kinefuse._extras import needs_extra

with needs_extra("train", "kinefuse.losses"):
    from kinefuse.losses.cmkm import CMKMLoss
    from kinefuse.losses.gather import gather
    from kinefuse.losses.hard_positives import HardPositiveLoss, hardness_weights
    from kinefuse.losses.mates import MatesLoss
    from kinefuse.losses.multiview import MultiviewLoss
    from kinefuse.losses.ntxent import NTXentLoss
    from kinefuse.losses.views import stack_views

__all__ = [
    "CMKMLoss",
    "HardPositiveLoss",
    "MatesLoss",
    "MultiviewLoss",
    "NTXentLoss",
    "gather",
    "hardness_weights",
    "stack_views",
]
