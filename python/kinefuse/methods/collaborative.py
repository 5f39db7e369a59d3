"""CLMM's second stage: primary-auxiliary collaborative training."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from kinefuse.methods.optimizers import build_optimizer
from kinefuse.methods.training import Method
from kinefuse.nn import CollaborativeClassifier, Mixup, Reading
from kinefuse.recipe import Collaborative

__all__ = ["CollaborativeMethod", "combine_gradients"]


class CollaborativeMethod(Method):
    r"""Train both branches and their encoders under one loss.

    .. math:: \mathrm{CE}(o, y) + a(t) \sum_r w_r \mathrm{CE}(o_r, y)
        \; [+ \kappa T^2 \sum_r w_r \mathrm{KL}(\mathrm{softmax}(o / T) \,\|\,
        \mathrm{softmax}(o_r / T))]

    over the branches r: shared, specific, and each modality that a window has, with weights of sum
    1 a window. :math:`a(t)` falls from ``auxiliary`` to zero along a cosine. After CLMM (Jing,
    Yang, Zhang and Feng, arXiv:2604.23281), of which only the abstract was at hand: these losses
    are our reading of it.

    Parameters
    ----------
    model : CollaborativeClassifier
    settings : Collaborative
    steps : int
    windows : (N,) array of int64
        Ids of the training windows.
    targets : (N, K) array
        Probabilities of their classes.
    seed : int
        Of mixup and modality dropout.
    """

    settings: Collaborative

    def __init__(
        self,
        model: CollaborativeClassifier,
        settings: Collaborative,
        steps: int,
        *,
        windows: NDArray[np.int64],
        targets: NDArray[np.float64],
        seed: int = 0,
    ) -> None:
        super().__init__(settings, steps)
        self.model = model
        order = np.argsort(windows)
        # Not in the state of the method: they follow from what it was made with.
        self._known = (windows[order], torch.from_numpy(targets[order]).float())
        self.seed = seed
        self.mixup: Mixup | None = None
        if settings.weighting == "uncertainty":
            names = ("shared", "specific", *model.modalities)
            self.uncertainty = nn.ParameterDict({n: nn.Parameter(torch.zeros(())) for n in names})

    def configure_optimizers(self) -> Any:
        """Return the optimizer, with the encoders' own rate, and its schedule."""
        encoders = list(self.model.encoders.parameters())
        of_encoders = {id(p) for p in encoders}
        others = [p for p in self.parameters() if id(p) not in of_encoders]
        rates = [(others, self.settings.lr)]
        if not self.model.frozen:
            rates.append((encoders, self.settings.encoder_lr))
        return self.with_schedule(build_optimizer(rates, self.settings))

    def on_train_epoch_start(self) -> None:
        """Take turns, and draw this epoch's mixup from the epoch's own seed."""
        if self.settings.mixup:
            seed = (self.seed << 20) + self.current_epoch
            self.mixup = Mixup(self.settings.mixup, self.settings.mixup_share, seed)
        if self.settings.alternate and not self.model.frozen:
            turn = (self.current_epoch // self.settings.alternate) % 2
            self.model.encoders.requires_grad_(turn == 1)
            self.model.head.requires_grad_(turn == 0)

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch, its first view."""
        x, present = self._first_view(batch)
        windows, known = self._known
        targets = known[np.searchsorted(windows, batch.window.numpy())]
        if self.mixup:
            x, targets = self.mixup(x, targets, self.model.head.n_classes, present)
        reading = self.model.read(x, present)
        if self.settings.guard == "none" or not torch.is_grad_enabled() or self.model.frozen:
            primary, auxiliary = self.losses(reading, targets)
            return primary + auxiliary
        return self._guarded(reading, targets)

    def _first_view(self, batch: Any) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return a batch's modalities, and where they are there."""
        modalities = self.model.modalities
        return {m: batch[m][0] for m in modalities}, {m: batch.present[m] for m in modalities}

    def losses(self, reading: Reading, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Return the loss of the head's scores, and what the branches' losses add to it."""
        settings = self.settings
        present = drop_modalities(reading.present, settings.modality_dropout)
        scores = self.model.head.scores(reading.lacking(present))
        joint = scores.pop("joint")
        smoothing = settings.label_smoothing
        primary = functional.cross_entropy(joint, targets, label_smoothing=smoothing)
        if not (settings.auxiliary or settings.distill) or not scores:
            return primary, joint.new_zeros(())
        here = torch.stack(
            [reading.present.get(r, torch.ones_like(targets[:, 0]).bool()) for r in scores], 1
        ).to(joint.dtype)
        shares = here / here.sum(1, keepdim=True)
        branches = torch.stack(list(scores.values()), 1)
        added = joint.new_zeros(())
        if settings.auxiliary:
            each = functional.cross_entropy(
                branches.flatten(0, 1),
                targets.repeat_interleave(branches.shape[1], 0),
                label_smoothing=smoothing,
                reduction="none",
            ).reshape(shares.shape)
            if settings.weighting == "uncertainty":
                s = torch.stack([self.uncertainty[r] for r in scores])
                each = each * (-s).exp() + s / 2
            added = self._auxiliary_weight() * (shares * each).sum(1).mean()
        if settings.distill:
            t = settings.distill_temperature
            teacher = (joint.detach() / t).log_softmax(1)[:, None]
            apart = functional.kl_div(
                (branches / t).log_softmax(2), teacher.expand_as(branches),
                reduction="none", log_target=True,
            ).sum(2)  # fmt: skip
            added = added + settings.distill * t * t * (shares * apart).sum(1).mean()
        return primary, added

    def _auxiliary_weight(self) -> float:
        if not self.settings.auxiliary_decay:
            return self.settings.auxiliary
        done = min(1.0, self.global_step / max(1, self.steps))
        return self.settings.auxiliary * (1 + math.cos(math.pi * done)) / 2

    def _guarded(self, reading: Reading, targets: Tensor) -> Tensor:
        """Return a loss whose gradient at the encoders' outputs is what the guard lets through.

        The head is differentiated twice, the encoders, which cost most, once.
        """
        cut = reading.detach()
        primary, auxiliary = self.losses(cut, targets)
        inputs, outputs = cut.tensors(), reading.tensors()

        def gradients(loss: Tensor) -> list[Tensor]:
            found = torch.autograd.grad(loss, inputs, retain_graph=True, allow_unused=True)
            return [
                torch.zeros_like(x) if g is None else g for g, x in zip(found, inputs, strict=True)
            ]

        first = None if self.settings.guard == "detach" else gradients(primary)
        passed = combine_gradients(first, gradients(auxiliary), self.settings.guard)
        through = [(x * g).sum() for x, g in zip(outputs, passed, strict=True) if x.requires_grad]
        loss = primary + auxiliary
        if not through:
            return loss
        # Adds a gradient and nothing to the value.
        carrier = torch.stack(through).sum()
        return loss + (carrier - carrier.detach())

    def scores(self, batch: Any) -> tuple[Tensor, Tensor]:
        """Return the scores of one batch, its first view, and the labels."""
        x, present = self._first_view(batch)
        return self.model(x, present), batch.label


def combine_gradients(
    primary: list[Tensor] | None, auxiliary: list[Tensor], guard: str
) -> list[Tensor]:
    r"""Return the gradient that reaches the encoders.

    ``"cosine"`` scales the auxiliary gradient by :math:`\max(0, \cos(g_p, g_a))` (Du et al.,
    arXiv:1812.02224) before it is added; ``"project"`` takes out of it what goes against the
    primary one, :math:`g_a - \min(0, \langle g_p, g_a \rangle) / \lVert g_p \rVert^2 g_p` (one side
    of Yu et al., arXiv:2001.06782); ``"detach"`` returns it alone.

    Parameters
    ----------
    primary : list of tensors, or None for ``"detach"``
    auxiliary : list of tensors
    guard : {"cosine", "project", "detach", "none"}

    Returns
    -------
    list of tensors
    """
    if primary is None or guard == "detach":
        return auxiliary
    product = torch.stack([(p * a).sum() for p, a in zip(primary, auxiliary, strict=True)]).sum()
    norms = [torch.stack([g.square().sum() for g in gs]).sum() for gs in (primary, auxiliary)]
    tiny = torch.finfo(product.dtype).tiny
    if guard == "cosine":
        share = (product / (norms[0] * norms[1]).sqrt().clamp(min=tiny)).clamp(min=0)
        return [p + share * a for p, a in zip(primary, auxiliary, strict=True)]
    against = product.clamp(max=0) / norms[0].clamp(min=tiny) if guard == "project" else 0.0
    return [p + a - against * p for p, a in zip(primary, auxiliary, strict=True)]


def drop_modalities(present: Mapping[str, Tensor], p: float) -> dict[str, Tensor]:
    """Take one of its modalities from a window with probability ``p``, never the last one.

    Parameters
    ----------
    present : mapping of modality to (B,) bool tensor
    p : float

    Returns
    -------
    dict of modality to (B,) bool tensor
    """
    if not p:
        return dict(present)
    here = torch.stack(list(present.values()), 1)
    chosen = torch.rand(here.shape).masked_fill(~here, -1.0).argmax(1, keepdim=True)
    dropped = (torch.rand(len(here), 1) < p) & (here.sum(1, keepdim=True) > 1)
    kept = here & ~(torch.zeros_like(here).scatter(1, chosen, True) & dropped)
    return dict(zip(present, kept.unbind(1), strict=True))
