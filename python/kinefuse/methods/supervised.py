"""End-to-end training with labels."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kinefuse.methods.training import Method
from kinefuse.nn import Mixup, MultimodalClassifier
from kinefuse.recipe import Supervised

__all__ = ["SupervisedMethod"]


class SupervisedMethod(Method):
    """Train the encoders and the head of a classifier by cross-entropy, with mixup.

    The loss is the sum over the head's branches (:class:`kinefuse.nn.heads.JointHead`).

    Parameters
    ----------
    model : MultimodalClassifier
    settings : Supervised
    steps : int
    seed : int
        Of the mixup.
    """

    settings: Supervised

    def __init__(
        self, model: MultimodalClassifier, settings: Supervised, steps: int, *, seed: int = 0
    ) -> None:
        super().__init__(settings, steps)
        self.model = model
        self.seed = seed
        self.mixup: Mixup | None = None

    def on_train_epoch_start(self) -> None:
        """Draw this epoch's mixup from the epoch's own seed, so that a run can be resumed."""
        if self.settings.mixup:
            seed = (self.seed << 20) + self.current_epoch
            self.mixup = Mixup(self.settings.mixup, self.settings.mixup_share, seed)

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch, its first view."""
        x = {m: batch[m][0] for m in self.model.modalities}
        targets = batch.label
        if self.mixup:
            x, targets = self.mixup(x, targets, self.model.head.n_classes)
        smoothing = self.settings.label_smoothing
        losses = [
            functional.cross_entropy(scores, targets, label_smoothing=smoothing)
            for scores in self.model.branches(x).values()
        ]
        return torch.stack(losses).sum()

    def scores(self, batch: Any) -> tuple[Tensor, Tensor]:
        """Return the scores of one batch, its first view, and the labels."""
        return self.model({m: batch[m][0] for m in self.model.modalities}), batch.label
