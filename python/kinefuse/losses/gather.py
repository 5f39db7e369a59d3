"""Projections of all ranks on each of them, with gradient."""

from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor
from torch.autograd import Function

__all__ = ["gather"]


class _Gather(Function):
    @staticmethod
    def forward(ctx: Any, rows: Tensor) -> Tensor:
        parts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
        dist.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        # Every rank computes the same loss, and DistributedDataParallel takes the mean of the
        # ranks' gradients: with their sum here it ends at the gradient of that one loss.
        total = gradients[0].contiguous()
        dist.all_reduce(total)
        return total.chunk(dist.get_world_size())[dist.get_rank()]


def gather(rows: Tensor) -> Tensor:
    """Return the rows of all ranks, one rank after the other; without ranks the rows themselves.

    A loss of gathered projections contrasts every window with those of all ranks. Under
    ``DistributedDataParallel`` its gradients are those of one process with the whole batch.

    Parameters
    ----------
    rows : (B, ...) tensor
        As many on every rank.

    Examples
    --------
    >>> gather(torch.eye(2)).shape
    torch.Size([2, 2])
    """
    if not (dist.is_available() and dist.is_initialized()) or dist.get_world_size() == 1:
        return rows
    if rows.requires_grad:
        gathered: Tensor = _Gather.apply(rows)
        return gathered
    parts = [torch.empty_like(rows) for _ in range(dist.get_world_size())]
    dist.all_gather(parts, rows.contiguous())
    return torch.cat(parts)
