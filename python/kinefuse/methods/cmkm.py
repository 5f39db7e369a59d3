"""Contrastive multiview coding with cross-modal knowledge mining."""

from typing import Any

import torch
from torch import Tensor

from kinefuse.errors import ConfigError
from kinefuse.losses import CMKMLoss
from kinefuse.methods.training import Method
from kinefuse.nn import ContrastiveModel
from kinefuse.recipe import Pretrain

__all__ = ["CMKM"]


class CMKM(Method):
    """Contrast modalities, with more positives where pretrained unimodal encoders see likeness.

    Brinzea, Khaertdinov and Asteriadis, arXiv:2205.10071 (CMC-CMKM). The teachers look at the same
    augmented windows, in evaluation mode; what they find in one modality counts in the other.

    Parameters
    ----------
    model : ContrastiveModel
    settings : Pretrain
        With ``mining``.
    steps : int
    teachers : ContrastiveModel
        Pretrained in each modality for itself (:class:`kinefuse.methods.simclr.SimCLR`); their
        embeddings are compared. They are not trained, nor saved with the model.

    Raises
    ------
    ConfigError
        The settings have no ``mining``.
    """

    n_views = 1

    def __init__(
        self, model: ContrastiveModel, settings: Pretrain, steps: int, *, teachers: ContrastiveModel
    ) -> None:
        super().__init__(settings, steps)
        if settings.mining is None:
            raise ConfigError("CMKM needs the settings of [pretrain.mining]")
        self.model = model
        # In a tuple it is no submodule: neither Lightning's modes nor the optimizer reach it.
        self.teachers = (teachers.eval().requires_grad_(False),)
        self.contrast = CMKMLoss(settings.temperature, **settings.mining.model_dump())

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch, its first view."""
        x = {m: batch[m][0] for m in self.model.modalities}
        with torch.no_grad():
            known = self.teachers[0].encode(x)
        loss: Tensor = self.contrast(self.model(x), known)
        return loss
