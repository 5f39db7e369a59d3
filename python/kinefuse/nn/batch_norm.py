"""Batch norm whose batch is spread over several processes."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from kinefuse import ranks

__all__ = ["BatchNormOverRanks", "train_over_ranks"]


class BatchNormOverRanks(_BatchNorm):
    """Batch norm by the mean and the variance of the rows of all ranks.

    torch's ``SyncBatchNorm`` does this on GPUs only. Ranks may have different numbers of rows, or
    none. In evaluation mode, and without ranks, it is batch norm as ever; its state is the same.

    Parameters
    ----------
    num_features : int
        Channels; the input is ``(B, C)`` or ``(B, C, ...)``.

    Raises
    ------
    ValueError
        All ranks together have one value a channel, which has no variance.

    Examples
    --------
    >>> norm = BatchNormOverRanks(2)
    >>> norm(torch.tensor([[1.0, 5.0], [3.0, 9.0]])).detach().round()
    tensor([[-1., -1.],
            [ 1.,  1.]])
    """

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ValueError(f"expected (B, C) or (B, C, ...), got {tuple(input.shape)}")

    def forward(self, input: Tensor) -> Tensor:
        """Normalize ``(B, C, ...)``."""
        if not self.training or ranks.world_size() == 1:
            return super().forward(input)
        self._check_input_dim(input)
        beside = [d for d in range(input.ndim) if d != 1]
        shape = [1, -1] + [1] * (input.ndim - 2)
        # Sums in float64: their rounding must not depend on how rows are spread.
        sums = input.sum(beside, dtype=torch.float64)
        n = sums.new_tensor([input.numel() // input.shape[1]])
        total = ranks.sum_over_ranks(torch.cat([sums, n]))
        n, mean = total[-1].detach(), total[:-1] / total[-1].detach()
        if n < 2:
            raise ValueError(f"batch norm: expected more than one value a channel, got {int(n)}")
        centered = input - mean.to(input.dtype).view(shape)
        squares = centered.square().sum(beside, dtype=torch.float64)
        variance = ranks.sum_over_ranks(squares) / n
        self._note(mean.detach(), (variance * n / (n - 1)).detach())
        scale = (variance + self.eps).rsqrt().to(input.dtype).view(shape)
        normalized: Tensor = centered * scale
        if self.affine:
            normalized = normalized * self.weight.view(shape) + self.bias.view(shape)
        return normalized

    @torch.no_grad()
    def _note(self, mean: Tensor, variance: Tensor) -> None:
        """Move the running statistics towards those of this batch."""
        if self.running_mean is None or self.running_var is None:
            return
        assert self.num_batches_tracked is not None
        self.num_batches_tracked += 1
        share = self.momentum or 1.0 / float(self.num_batches_tracked)
        self.running_mean.lerp_(mean.to(self.running_mean.dtype), share)
        self.running_var.lerp_(variance.to(self.running_var.dtype), share)


def train_over_ranks(module: nn.Module) -> None:
    """Make all parts of a module train on a batch that is spread over the ranks, in place.

    Batch norm counts all rows (:class:`BatchNormOverRanks`), and models of several modalities look
    on all ranks for windows that have one. Without ranks nothing is changed.

    Parameters
    ----------
    module : Module
        The same on all ranks.
    """
    if ranks.world_size() == 1:
        return
    for part in module.modules():
        if hasattr(part, "over_ranks"):
            setattr(part, "over_ranks", True)  # noqa: B010  (only some modules have it)
        for name, child in part.named_children():
            if isinstance(child, nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d):
                setattr(part, name, _spread(child))


def _spread(norm: Any) -> BatchNormOverRanks:
    made = BatchNormOverRanks(
        norm.num_features, norm.eps, norm.momentum, norm.affine, norm.track_running_stats
    )
    # The very tensors, which others may hold.
    made._parameters, made._buffers = norm._parameters, norm._buffers
    return made.train(norm.training)
