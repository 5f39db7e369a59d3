"""A head on encoders whose weights rest while the rest of them does not."""

from typing import Any

from torch import Tensor
from torch.nn import functional

from kinefuse.methods.training import Method
from kinefuse.nn import MultimodalClassifier
from kinefuse.recipe import Finetune

__all__ = ["FrozenTrainMode"]


class FrozenTrainMode(Method):
    """Train a head batch by batch through encoders without gradients. For reproduction only.

    What the published code of CMC-CMKM (arXiv:2205.10071) does: its encoders are frozen, but the
    trainer puts them back in training mode, so that their dropout is on, and batch norm normalizes
    by the batch and moves its statistics. ``encoders = "frozen"`` leaves nothing moving.

    Parameters
    ----------
    model : MultimodalClassifier
        Made with ``frozen=True, frozen_train_mode=True``.
    settings : Finetune
    steps : int
    """

    settings: Finetune

    def __init__(self, model: MultimodalClassifier, settings: Finetune, steps: int) -> None:
        super().__init__(settings, steps)
        self.model = model

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch, its first view."""
        scores, label = self.scores(batch)
        return functional.cross_entropy(
            scores, label, label_smoothing=self.settings.label_smoothing
        )

    def scores(self, batch: Any) -> tuple[Tensor, Tensor]:
        """Return the scores of one batch, its first view, and the labels."""
        return self.model({m: batch[m][0] for m in self.model.modalities}), batch.label
