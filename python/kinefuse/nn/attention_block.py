"""Self-attention over tokens, added to them."""

import torch
from torch import Tensor, nn

from kinefuse.nn.differential_attention import DifferentialAttention
from kinefuse.nn.feed_forward import normalize

__all__ = ["AttentionBlock"]


class AttentionBlock(nn.Module):
    r"""Add to each token what it attends to.

    .. math:: x + g \odot \mathrm{Dropout}(\mathrm{Attention}(\hat x))

    with :math:`\hat x` the normalized tokens and :math:`g` a learned factor a channel that starts
    at ``scale`` (LayerScale: Touvron et al., arXiv:2103.17239), so that the block begins as little
    more than a passage. :class:`FeedForward` is its companion.

    Parameters
    ----------
    channels : int
        Length C of a token, a multiple of ``2 * heads``.
    heads, layer, kind, bound
        Of :class:`DifferentialAttention`.
    dropout : float
    scale : float
        Where the factors start.
    norm : {"batch", "rms"}
        Batch norm over windows and tokens, or RMSNorm of each token.

    Raises
    ------
    InputError
        An unknown kind or norm, or sizes that do not fit.

    Examples
    --------
    >>> AttentionBlock(96, heads=4)(torch.randn(8, 96, 25)).shape
    torch.Size([8, 96, 25])
    """

    def __init__(
        self,
        channels: int,
        *,
        heads: int = 4,
        layer: int = 1,
        kind: str = "diff",
        bound: bool = True,
        dropout: float = 0.1,
        scale: float = 0.1,
        norm: str = "batch",
    ) -> None:
        super().__init__()
        self.norm = normalize(channels, norm)
        self.attention = DifferentialAttention(
            channels, heads=heads, layer=layer, kind=kind, bound=bound
        )
        self.dropout = nn.Dropout(dropout)
        self.scale = nn.Parameter(torch.full((channels,), float(scale)))

    def forward(self, x: Tensor) -> Tensor:
        """Return tokens ``(B, C, N)`` with what the block adds."""
        added = self.dropout(self.attention(self.norm(x).transpose(1, 2)))
        result: Tensor = x + (self.scale * added).transpose(1, 2)
        return result
