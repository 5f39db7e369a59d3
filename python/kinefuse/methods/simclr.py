"""SimCLR: two views of each window, in each modality for itself."""

from typing import Any

import torch
from torch import Tensor, nn

from kinefuse.losses import NTXentLoss
from kinefuse.methods.training import Method
from kinefuse.nn import ContrastiveModel
from kinefuse.recipe import Pretrain

__all__ = ["SimCLR"]


class SimCLR(Method):
    """Pull the projections of two views of a window together, and those of others apart.

    Chen, Kornblith, Norouzi and Hinton, arXiv:2002.05709. With several modalities the losses add
    up; their encoders share nothing.

    Parameters
    ----------
    model : ContrastiveModel
    settings : Pretrain
    steps : int
    """

    n_views = 2

    def __init__(self, model: ContrastiveModel, settings: Pretrain, steps: int) -> None:
        super().__init__(settings, steps)
        self.model = model
        self.contrast = nn.ModuleDict(
            {
                m: NTXentLoss(settings.temperatures.get(m, settings.temperature))
                for m in model.modalities
            }
        )

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch."""
        # One pass over both views: batch norm then sees them alike.
        x = {m: batch[m].flatten(0, 1) for m in self.model.modalities}
        losses = []
        for m, z in self.model(x).items():
            first, second = z.chunk(2)
            losses.append(self.contrast[m](first, second))
        return torch.stack(losses).sum()
