"""Contrastive losses. One loss, one file."""

from kinefuse._extras import needs_extra

with needs_extra("train", "kinefuse.losses"):
    from kinefuse.losses.cmkm import CMKMLoss
    from kinefuse.losses.gather import gather
    from kinefuse.losses.mates import MatesLoss
    from kinefuse.losses.multiview import MultiviewLoss
    from kinefuse.losses.ntxent import NTXentLoss

__all__ = ["CMKMLoss", "MatesLoss", "MultiviewLoss", "NTXentLoss", "gather"]
