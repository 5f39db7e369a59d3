"""CLMM's first stage: what modalities share, with weight on the pairs that are hard."""

from typing import Any

import torch
from torch import Tensor

from kinefuse.errors import ConfigError
from kinefuse.losses import HardPositiveLoss, NTXentLoss
from kinefuse.methods.training import Method
from kinefuse.nn import ContrastiveModel
from kinefuse.ranks import sum_over_ranks
from kinefuse.recipe import Pretrain

__all__ = ["CLMM"]


class CLMM(Method):
    """Contrast a window's modalities and mixtures of them, hard positives before easy ones.

    After Jing, Yang, Zhang and Feng, arXiv:2604.23281, of which only the abstract was at hand:
    the weighting is ours (:class:`kinefuse.losses.HardPositiveLoss`). Windows may lack modalities;
    what is missing takes no part.

    What a modality alone shows, as an accelerometer shows which way is down, is no help in telling
    which of other modalities' windows is its own, and is lost. With ``contrast.specific`` a window
    is augmented twice and each modality is contrasted with its own other view too, as in SimCLR,
    on the second half of its projection, while modalities are contrasted on the first half: a
    shared and a private space, as in FOCAL (Liu et al., arXiv:2310.20071), without its other terms.

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
        how = settings.contrast.model_dump()
        self.weight = how.pop("specific")
        self.contrast = HardPositiveLoss(settings.temperature, **how)
        self.alone = NTXentLoss(settings.temperature)

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch."""
        modalities = self.model.modalities
        present = {m: batch.present[m] for m in modalities}
        if not self.weight:
            x = {m: batch[m][0] for m in modalities}
            loss: Tensor = self.contrast(self.model(x, present), present)
            return loss
        # One pass over both views: batch norm then sees them alike.
        z = self.model(
            {m: batch[m][:2].flatten(0, 1) for m in modalities},
            {m: here.repeat(2) for m, here in present.items()},
        )
        shared, specific = {}, {}
        for m, projections in z.items():
            of_views = projections.unflatten(0, (2, -1))
            shared[m], specific[m] = of_views.tensor_split([(of_views.shape[2] + 1) // 2], dim=2)
        across = [self.contrast({m: v[i] for m, v in shared.items()}, present) for i in range(2)]
        within = [
            self.alone(*v, present[m])
            for m, v in specific.items()
            if sum_over_ranks(present[m].sum()) > 1
        ]
        both: Tensor = torch.stack(across).mean()
        return both + self.weight * torch.stack(within).mean() if within else both
