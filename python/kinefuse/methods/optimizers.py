"""The optimizer of a stage, and how its learning rate goes."""

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from kinefuse.recipe import Training

__all__ = ["build_optimizer", "build_schedule"]


def build_optimizer(
    parameters: Iterable[nn.Parameter], settings: Training
) -> torch.optim.Optimizer:
    """Return the optimizer of a stage for the parameters that have a gradient.

    Weights decay in matrices only; in AdamW apart from the gradient, in Adam as a part of it.

    Examples
    --------
    >>> from torch import nn
    >>> optimizer = build_optimizer(nn.Linear(2, 2).parameters(), Training(epochs=1, lr=1e-3))
    >>> [group["weight_decay"] for group in optimizer.param_groups]
    [0.01, 0.0]
    """
    trained = [p for p in parameters if p.requires_grad]
    groups: list[dict[str, Any]] = [
        {"params": [p for p in trained if p.ndim > 1]},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0.0},
    ]
    kind = torch.optim.Adam if settings.optimizer == "adam" else torch.optim.AdamW
    return kind(groups, lr=settings.lr, weight_decay=settings.weight_decay, fused=True)


def build_schedule(
    optimizer: torch.optim.Optimizer, settings: Training, steps: int
) -> torch.optim.lr_scheduler.LambdaLR:
    """Return the rate of each step: a warm-up, then a cosine to zero or the rate as it is.

    With ``schedule="plateau"`` the rate is that of the recipe until :class:`Observer` lowers it.

    Parameters
    ----------
    optimizer : torch.optim.Optimizer
    settings : Training
    steps : int
        All steps of the run.
    """
    warm = round(settings.warmup * steps)
    if settings.schedule == "cosine":
        warm = max(1, warm)

    def factor(step: int) -> float:
        if step < warm:
            return (step + 1) / warm
        if settings.schedule != "cosine":
            return 1.0
        done = (step - warm) / max(1, steps - warm)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
