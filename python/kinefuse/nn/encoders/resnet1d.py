"""Small residual networks over time, for inertial windows and for flattened skeletons."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError
from kinefuse.nn.encoders.co_occurrence import motion
from kinefuse.nn.encoders.registry import register
from kinefuse.nn.encoders.tokens import TokenEncoder
from kinefuse.nn.feed_forward import FeedForward

__all__ = ["ResNet1d", "SkeletonResNet1d"]


@register("resnet1d")
class ResNet1d(TokenEncoder):
    """A stem and three residual blocks over time; mean and maximum over what is left of it.

    Convolution of 7 taps to ``width`` channels, blocks of ``width``, ``2 * width`` (half the
    steps) and ``2 * width`` channels. With 48 channels 0.19 M parameters, which some hundred
    recordings can train.

    Parameters
    ----------
    channels, time : int
        The size of a window ``(C, T)``.
    width : int
        Channels of the stem.
    stem_stride : int
        Step of the stem: 2 halves the time axis at once, 1 suits short windows.
    dropout : float
        Share of whole channels dropped inside each block.
    feed_forward : int
        Hidden length of a :class:`~kinefuse.nn.FeedForward` block before the mean and maximum; 0
        for none.

    Raises
    ------
    InputError
        A size is not positive.
    """

    modality: ClassVar[str] = "inertial"

    def __init__(
        self,
        *,
        channels: int,
        time: int,
        width: int = 48,
        stem_stride: int = 2,
        dropout: float = 0.1,
        feed_forward: int = 0,
    ) -> None:
        super().__init__(channels, time)
        self.trunk = _trunk(channels, width, stem_stride, dropout, feed_forward)
        self.width, self.out_features = 2 * width, 4 * width

    def read(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, C, T)`` as tokens over time, before and after the feed-forward block."""
        self.check(x)
        return _read(self.trunk, x)


@register("skeleton_resnet1d")
class SkeletonResNet1d(TokenEncoder):
    """:class:`ResNet1d` over the joints' coordinates, their motion and the bones as channels.

    A skeleton ``(D, T, J)`` becomes ``3 * D * J`` channels: joints, ``8 * (x[t] - x[t-1])`` and
    ``2 * (x[joint] - x[parent])``; the factors bring all three to one scale.

    Parameters
    ----------
    dims, time, joints : int
        The size of a window ``(D, T, J)``.
    parents : sequence of int
        The parent of each joint; the root's is -1 or itself (its bone is zero).
    width, stem_stride, dropout, feed_forward
        As in :class:`ResNet1d`.

    Raises
    ------
    InputError
        A size is not positive, or ``parents`` does not name one joint for each.
    """

    modality: ClassVar[str] = "skeleton"

    def __init__(
        self,
        *,
        dims: int,
        time: int,
        joints: int,
        parents: Sequence[int],
        width: int = 64,
        stem_stride: int = 1,
        dropout: float = 0.1,
        feed_forward: int = 0,
    ) -> None:
        super().__init__(dims, time, joints)
        if len(parents) != joints or not all(-1 <= p < joints for p in parents):
            raise InputError(
                f"SkeletonResNet1d: parents must name a joint (0 to {joints - 1}, or -1) for each "
                f"of {joints} joints, got {list(parents)}"
            )
        table = torch.tensor([j if p < 0 else p for j, p in enumerate(parents)])
        self.register_buffer("parents", table, persistent=False)
        self.parents: Tensor
        self.trunk = _trunk(3 * dims * joints, width, stem_stride, dropout, feed_forward)
        self.width, self.out_features = 2 * width, 4 * width

    def read(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return ``(B, D, T, J)`` as tokens over time, before and after the feed-forward block."""
        self.check(x)
        bones = x - x.index_select(3, self.parents)
        streams = torch.cat([x, 8 * motion(x), 2 * bones], dim=1)
        return _read(self.trunk, streams.transpose(2, 3).flatten(1, 2))


class _Block(nn.Module):
    def __init__(self, before: int, after: int, stride: int, dropout: float) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            nn.Conv1d(before, after, 5, stride, padding=2, bias=False),
            nn.BatchNorm1d(after),
            nn.ReLU(inplace=True),
            nn.Dropout1d(dropout),
            nn.Conv1d(after, after, 5, padding=2, bias=False),
            nn.BatchNorm1d(after),
        )
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or before != after:
            self.shortcut = nn.Sequential(
                nn.Conv1d(before, after, 1, stride, bias=False), nn.BatchNorm1d(after)
            )

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu_(self.residual(x) + self.shortcut(x))


def _trunk(
    channels: int, width: int, stem_stride: int, dropout: float, feed_forward: int
) -> nn.Sequential:
    block = [FeedForward(2 * width, hidden=feed_forward)] if feed_forward else []
    return nn.Sequential(
        nn.Conv1d(channels, width, 7, stem_stride, padding=3, bias=False),
        nn.BatchNorm1d(width),
        nn.ReLU(inplace=True),
        _Block(width, width, 1, dropout),
        _Block(width, 2 * width, 2, dropout),
        _Block(2 * width, 2 * width, 1, dropout),
        *block,
    )


def _read(trunk: nn.Sequential, x: Tensor) -> tuple[Tensor, Tensor]:
    local = x
    for layer in trunk:
        x = layer(x)
        if not isinstance(layer, FeedForward):
            local = x
    return local.transpose(1, 2), x.transpose(1, 2)
