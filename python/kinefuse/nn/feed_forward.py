"""A gated feed-forward block over tokens."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from kinefuse.errors import InputError

__all__ = ["FeedForward"]


class FeedForward(nn.Module):
    r"""Add to each token what a gated layer makes of it.

    .. math:: x + g \odot \mathrm{Dropout}(W_3 (\mathrm{SiLU}(W_1 \hat x) \odot W_2 \hat x))

    with :math:`\hat x` the normalized tokens and :math:`g` a learned factor a channel that
    starts at ``scale``, so that the block begins as little more than a passage. SwiGLU is Shazeer's
    (arXiv:2002.05202), the factor LayerScale (Touvron et al., arXiv:2103.17239).

    Parameters
    ----------
    channels : int
        Length C of a token.
    hidden : int
        Length of the gated layer.
    dropout : float
    scale : float
        Where the factors start.
    norm : {"batch", "rms"}
        Batch norm over windows and tokens, or RMSNorm of each token.

    Raises
    ------
    InputError
        A size is not positive, or the norm is unknown.

    Examples
    --------
    >>> FeedForward(96, hidden=256)(torch.randn(8, 96, 25)).shape
    torch.Size([8, 96, 25])
    """

    def __init__(
        self,
        channels: int,
        *,
        hidden: int = 256,
        dropout: float = 0.1,
        scale: float = 0.1,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        if min(channels, hidden) < 1:
            raise InputError(
                f"FeedForward: sizes must be at least 1, got {channels} channels, {hidden} hidden"
            )
        self.norm = normalize(channels, norm)
        self.gated = nn.Linear(channels, 2 * hidden, bias=False)
        self.out = nn.Linear(hidden, channels, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.scale = nn.Parameter(torch.full((channels,), float(scale)))

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens ``(B, C, N)`` with what the block adds."""
        gate, value = self.gated(self.norm(x).transpose(1, 2)).chunk(2, dim=2)
        added = self.dropout(self.out(functional.silu(gate) * value))
        result: Tensor = x + (self.scale * added).transpose(1, 2)
        return result


class _TokenRMSNorm(nn.RMSNorm):
    """RMSNorm of each token of ``(B, C, N)``."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.transpose(1, 2)).transpose(1, 2)


def normalize(channels: int, norm: str) -> nn.Module:
    """Return the layer that normalizes tokens ``(B, C, N)`` in the named way.

    Raises
    ------
    InputError
        The name is unknown.
    """
    if norm == "batch":
        return nn.BatchNorm1d(channels)
    if norm == "rms":
        return _TokenRMSNorm(channels, eps=1e-5)
    raise InputError(f"norm: expected batch or rms, got {norm!r}")
