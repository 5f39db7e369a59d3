"""CLMM's first stage: what modalities share, with weight on the pairs that are hard."""

from typing import Any

from torch import Tensor

from kinefuse.errors import ConfigError
from kinefuse.losses import HardPositiveLoss
from kinefuse.methods.training import Method
from kinefuse.nn import ContrastiveModel
from kinefuse.recipe import Pretrain

__all__ = ["CLMM"]


class CLMM(Method):
    """Contrast a window's modalities and mixtures of them, hard positives before easy ones.

    After Jing, Yang, Zhang and Feng, arXiv:2604.23281, of which only the abstract was at hand:
    the weighting is ours (:class:`kinefuse.losses.HardPositiveLoss`). Windows may lack modalities;
    what is missing takes no part.

    Parameters
    ----------
    model : ContrastiveModel
    settings : Pretrain
        With ``contrast``.
    steps : int

    Raises
    ------
    ConfigError
        The settings have no ``contrast``.
    """

    n_views = 1

    def __init__(self, model: ContrastiveModel, settings: Pretrain, steps: int) -> None:
        super().__init__(settings, steps)
        if settings.contrast is None:
            raise ConfigError("CLMM needs the settings of [pretrain.contrast]")
        self.model = model
        self.contrast = HardPositiveLoss(settings.temperature, **settings.contrast.model_dump())

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch, its first view."""
        x = {m: batch[m][0] for m in self.model.modalities}
        present = {m: batch.present[m] for m in self.model.modalities}
        loss: Tensor = self.contrast(self.model(x, present), present)
        return loss
