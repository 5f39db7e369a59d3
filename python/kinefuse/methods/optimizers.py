"""The optimizer of a stage, and how its learning rate goes."""

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from kinefuse.recipe import Training

__all__ = ["build_optimizer", "build_schedule"]


def build_optimizer(
    rates: Iterable[tuple[Iterable[nn.Parameter], float]], settings: Training
) -> torch.optim.Optimizer:
    """Return the optimizer of a stage for the parameters that have a gradient.

    Weights decay in matrices only; in AdamW apart from the gradient, in Adam as a part of it.

    Parameters
    ----------
    rates : iterable of (parameters, float)
        Parameters, and the highest rate at which they learn.
    settings : Training

    Examples
    --------
    >>> from torch import nn
    >>> layer = nn.Linear(2, 2)
    >>> optimizer = build_optimizer([(layer.parameters(), 1e-3)], Training(epochs=1, lr=1e-3))
    >>> [group["weight_decay"] for group in optimizer.param_groups]
    [0.01, 0.0]
    """
    groups: list[dict[str, Any]] = []
    for parameters, rate in rates:
        trained = [p for p in parameters if p.requires_grad]
        groups += [
            {"params": [p for p in trained if p.ndim > 1], "lr": rate},
            {"params": [p for p in trained if p.ndim < 2], "lr": rate, "weight_decay": 0.0},
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
