"""Contrastive multiview coding: each modality against each other."""

from typing import Any

from torch import Tensor

from kinefuse.losses import MultiviewLoss
from kinefuse.methods.training import Method
from kinefuse.nn import ContrastiveModel
from kinefuse.recipe import Pretrain

__all__ = ["CMC"]


class CMC(Method):
    """Pull the projections of a window's modalities together, and those of others apart.

    Tian, Krishnan and Isola, arXiv:1906.05849; on motion data Brinzea, Khaertdinov and Asteriadis,
    arXiv:2205.10071. Each modality of a window is augmented once.

    Parameters
    ----------
    model : ContrastiveModel
    settings : Pretrain
    steps : int
    """

    n_views = 1

    def __init__(self, model: ContrastiveModel, settings: Pretrain, steps: int) -> None:
        super().__init__(settings, steps)
        self.model = model
        self.contrast = MultiviewLoss(settings.temperature)

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch, its first view."""
        x = {m: batch[m][0] for m in self.model.modalities}
        loss: Tensor = self.contrast(self.model(x))
        return loss
