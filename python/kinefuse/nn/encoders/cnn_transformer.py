"""The CNN-Transformer for inertial windows."""

import math
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError
from kinefuse.nn.encoders.registry import Encoder, register

__all__ = ["CNNTransformer"]


@register("cnn_transformer")
class CNNTransformer(Encoder):
    """Three convolutions over time, then a Transformer over what they leave of it.

    The inertial encoder of CMC-CMKM (Brinzea, Khaertdinov and Asteriadis, arXiv:2205.10071),
    without the layer that its published code registers and never uses. Embeddings keep the time
    axis: they are the flattened ``(width, steps)`` map, channels first.

    Parameters
    ----------
    channels, time : int
        The size of a window ``(C, T)``.
    kernel_size : int
        Taps of each convolution. The padding is 1 whatever the kernel, so that 5 taps shorten the
        window by two samples a layer and 3 leave its length.
    widths : sequence of int
        Channels after each convolution; the last is the Transformer's width.
    n_heads, n_layers, feedforward, dropout
        Of the Transformer (post-norm, ReLU).

    Raises
    ------
    InputError
        A size is not positive, the width cannot be split into the heads, or the window is too
        short for the convolutions.
    """

    modality: ClassVar[str] = "inertial"

    def __init__(
        self,
        *,
        channels: int,
        time: int,
        kernel_size: int = 5,
        widths: Sequence[int] = (32, 64, 128),
        n_heads: int = 2,
        n_layers: int = 2,
        feedforward: int = 2048,
        dropout: float = 0.1,
    ) -> None:
        super().__init__(channels, time)
        width = widths[-1]
        if width % (2 * n_heads):
            raise InputError(
                f"CNNTransformer: the last of widths, {width}, must be a multiple of "
                f"2 * n_heads = {2 * n_heads}"
            )
        steps = time - len(widths) * (kernel_size - 3)
        if steps < 1:
            raise InputError(
                f"CNNTransformer: {time} samples are too few for {len(widths)} convolutions of "
                f"{kernel_size} taps"
            )
        layers: list[nn.Module] = []
        for before, after in zip((channels, *widths), widths, strict=False):
            layers += [
                nn.Conv1d(before, after, kernel_size, padding=1),
                nn.BatchNorm1d(after),
                nn.ReLU(inplace=True),
            ]
        self.convolutions = nn.Sequential(*layers)
        self.dropout = nn.Dropout(dropout)
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(width, n_heads, feedforward, dropout, batch_first=True)
            for _ in range(n_layers)
        )
        self.register_buffer("positions", sinusoids(steps, width), persistent=False)
        self.positions: Tensor
        self.out_features = width * steps

    def forward(self, x: Tensor) -> Tensor:
        """Encode ``(B, C, T)`` to ``(B, out_features)``."""
        self.check(x)
        x = self.convolutions(x).transpose(1, 2)
        x = self.dropout(x + self.positions)
        for layer in self.layers:
            x = layer(x)
        return x.transpose(1, 2).flatten(1)


def sinusoids(steps: int, width: int) -> Tensor:
    """Return the ``(steps, width)`` fixed positions of Vaswani et al. 2017, section 3.5."""
    position = torch.arange(steps).unsqueeze(1)
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10_000.0) / width))
    table = torch.empty(steps, width)
    table[:, 0::2] = torch.sin(position * rate)
    table[:, 1::2] = torch.cos(position * rate)
    return table
