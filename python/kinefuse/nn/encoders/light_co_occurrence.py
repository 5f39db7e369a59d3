"""A small co-occurrence network for skeletons."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError
from kinefuse.nn.encoders.co_occurrence import motion
from kinefuse.nn.encoders.registry import register
from kinefuse.nn.encoders.tokens import TokenEncoder
from kinefuse.nn.feed_forward import FeedForward

__all__ = ["LightCoOccurrence"]


@register("light_co_occurrence")
class LightCoOccurrence(TokenEncoder):
    """Joints and their motion, joints as channels, a third of the layers' widths of HCN.

    Per stream: 1 x 1 over the coordinates, 3 x 1 over time, then with joints as channels two 3 x 3
    convolutions, each halving both axes; the streams joined along channels, one more 3 x 3, mean
    and maximum over the map. Every convolution is padded and followed by batch norm and ReLU. The
    idea is HCN's (Li et al., arXiv:1804.06055), at a size that some hundred recordings can train.

    Parameters
    ----------
    dims, time, joints : int
        The size of a window ``(D, T, J)``.
    widths : sequence of five int
        Channels after each convolution.
    dropout : float
        Share of whole channels dropped before the last convolution.
    feed_forward : int
        Hidden length of a :class:`~kinefuse.nn.FeedForward` block over the map's places before the
        mean and maximum; 0 for none.

    Raises
    ------
    InputError
        A size is not positive, ``widths`` are not five, or there are fewer than four frames.
    """

    modality: ClassVar[str] = "skeleton"

    def __init__(
        self,
        *,
        dims: int,
        time: int,
        joints: int,
        widths: Sequence[int] = (32, 16, 32, 64, 128),
        dropout: float = 0.0,
        feed_forward: int = 0,
    ) -> None:
        super().__init__(dims, time, joints)
        if len(widths) != 5:
            raise InputError(f"LightCoOccurrence: expected five widths, got {list(widths)}")
        if time < 4 or widths[1] < 4:
            raise InputError(
                "LightCoOccurrence: pooling needs at least 4 frames and 4 channels after the "
                f"second convolution, got {time} and {widths[1]}"
            )
        self.streams = nn.ModuleList(_Stream(dims, joints, widths[:4]) for _ in range(2))
        self.joined = nn.Sequential(
            nn.Dropout2d(dropout), *_convolution(2 * widths[3], widths[4], (3, 3))
        )
        self.mixed = FeedForward(widths[4], hidden=feed_forward) if feed_forward else nn.Identity()
        self.width, self.out_features = widths[4], 2 * widths[4]

    def read(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, D, T, J)`` as the map's places, before and after the feed-forward block."""
        self.check(x)
        inputs = (x, motion(x))
        maps = [stream(s) for stream, s in zip(self.streams, inputs, strict=True)]
        local = self.joined(torch.cat(maps, dim=1)).flatten(2)
        return local.transpose(1, 2), self.mixed(local).transpose(1, 2)


class _Stream(nn.Module):
    def __init__(self, dims: int, joints: int, widths: Sequence[int]) -> None:
        super().__init__()
        self.points = nn.Sequential(
            *_convolution(dims, widths[0], (1, 1)), *_convolution(widths[0], widths[1], (3, 1))
        )
        self.joints = nn.Sequential(
            *_convolution(joints, widths[2], (3, 3)),
            nn.MaxPool2d(2),
            *_convolution(widths[2], widths[3], (3, 3)),
            nn.MaxPool2d(2),
        )

    def forward(self, x: Tensor) -> Tensor:
        points: Tensor = self.points(x)
        # Not copied: this view has its channels last in memory, a third faster on a CPU.
        joints: Tensor = self.joints(points.permute(0, 3, 1, 2))
        return joints


def _convolution(before: int, after: int, kernel: tuple[int, int]) -> list[nn.Module]:
    padding = (kernel[0] // 2, kernel[1] // 2)
    return [
        nn.Conv2d(before, after, kernel, padding=padding, bias=False),
        nn.BatchNorm2d(after),
        nn.ReLU(inplace=True),
    ]
