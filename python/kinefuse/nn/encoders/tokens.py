"""Encoders that read a window as tokens before they pool it."""

import torch
from torch import Tensor

from kinefuse.nn.encoders.registry import Encoder

__all__ = ["TokenEncoder"]


class TokenEncoder(Encoder):
    """An encoder that gives the tokens of a window as well as its embedding.

    Local tokens know their surroundings only: they are what convolutions leave of a window. Global
    tokens have seen the whole window; the embedding is pooled from them. An encoder without a
    global part gives the same for both.

    Attributes
    ----------
    width : int
        The length of a token.
    """

    width: int

    def read(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the local and the global tokens of a batch, ``(B, N, width)`` each.

        Raises
        ------
        ShapeError
            ``x`` is no batch of what the encoder was built for.
        """
        raise NotImplementedError

    def pool(self, tokens: Tensor) -> Tensor:
        """Return mean and maximum of tokens ``(B, N, width)`` as ``(B, out_features)``."""
        x = tokens.transpose(1, 2)
        return torch.cat([x.mean(2), x.amax(2)], dim=1)

    def forward(self, x: Tensor) -> Tensor:
        """Encode a batch to ``(B, out_features)``."""
        return self.pool(self.read(x)[1])
