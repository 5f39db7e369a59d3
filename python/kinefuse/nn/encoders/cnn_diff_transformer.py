"""Convolutions for what is local, differential attention over what they leave for the rest."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError
from kinefuse.nn.attention_block import AttentionBlock
from kinefuse.nn.encoders.co_occurrence import motion
from kinefuse.nn.encoders.light_co_occurrence import LightCoOccurrence
from kinefuse.nn.encoders.registry import register
from kinefuse.nn.encoders.resnet1d import ResNet1d
from kinefuse.nn.encoders.tokens import TokenEncoder
from kinefuse.nn.feed_forward import FeedForward

__all__ = ["CNNDiffTransformer", "SkeletonCNNDiffTransformer"]

STEMS = ("residual", "plain")
ATTENTIONS = ("diff", "diff2", "softmax", "none")


class _CNNDiffTransformer(TokenEncoder):
    """What both modalities share: all but the stem."""

    stem: nn.Module

    def _add_blocks(
        self,
        *,
        stem: str,
        tokens: int,
        positions: bool,
        width: int,
        layers: int,
        heads: int,
        attention: str,
        bound: bool,
        hidden: int,
        dropout: float,
        scale: float,
    ) -> None:
        of = type(self).__name__
        if stem not in STEMS:
            raise InputError(f"{of}: stem: expected one of {', '.join(STEMS)}, got {stem!r}")
        if attention not in ATTENTIONS:
            raise InputError(
                f"{of}: attention: expected one of {', '.join(ATTENTIONS)}, got {attention!r}"
            )
        if layers < 1:
            raise InputError(f"{of}: layers must be at least 1, got {layers}")
        self.plain = stem == "plain"
        self.positions: nn.Parameter | None = None
        if positions or self.plain:
            self.positions = nn.Parameter(0.02 * torch.randn(width, tokens))
        norm = "rms" if self.plain else "batch"
        blocks: list[nn.Module] = []
        for layer in range(1, layers + 1):
            if attention != "none":
                blocks.append(
                    AttentionBlock(
                        width,
                        heads=heads,
                        layer=layer,
                        kind=attention,
                        bound=bound,
                        dropout=dropout,
                        scale=scale,
                        norm=norm,
                    )
                )
            blocks.append(
                FeedForward(width, hidden=hidden, dropout=dropout, scale=scale, norm=norm)
            )
        self.blocks = nn.Sequential(*blocks)
        self.norm = nn.RMSNorm(width, eps=1e-5) if self.plain else nn.Identity()
        self.width, self.out_features = width, width if self.plain else 2 * width

    def _local(self, x: Tensor) -> Tensor:
        """Return what the stem makes of a batch, ``(B, width, N)``."""
        raise NotImplementedError

    def read(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the stem's tokens and what attention makes of them, ``(B, N, width)`` each."""
        self.check(x)
        local = self._local(x)
        placed = local if self.positions is None else local + self.positions
        tokens: Tensor = self.norm(self.blocks(placed).transpose(1, 2))
        return local.transpose(1, 2), tokens

    def pool(self, tokens: Tensor) -> Tensor:
        """Return tokens ``(B, N, width)`` as ``(B, out_features)``."""
        return tokens.mean(1) if self.plain else super().pool(tokens)


@register("cnn_diff_transformer")
class CNNDiffTransformer(_CNNDiffTransformer):
    """A convolutional stem over time, then blocks of differential attention over its steps.

    After the encoder that CLMM names (Jing et al., arXiv:2604.23281), whose sizes are not public;
    attention is that of the Differential Transformer (Ye et al., arXiv:2410.05258). Each layer is
    an :class:`~kinefuse.nn.AttentionBlock` and a :class:`~kinefuse.nn.FeedForward`. With the
    residual stem the embedding is mean and maximum over the steps, and what order they are in is
    known from the stem alone; with 96 channels and 6 inputs 0.30 M parameters.

    Parameters
    ----------
    channels, time : int
        The size of a window ``(C, T)``.
    stem : {"residual", "plain"}
        ``"residual"``: the trunk of :class:`ResNet1d`. ``"plain"``: three convolutions (5, 5 and 3
        taps; steps of 2, 2 and 1) with batch norm and GELU, learned positions, RMSNorm in the
        blocks and after them, the mean over the steps as embedding.
    width : int
        The length of a token, a multiple of ``2 * heads``.
    layers : int
        Blocks of attention.
    heads : int
    attention : {"diff", "diff2", "softmax", "none"}
        As in :class:`~kinefuse.nn.DifferentialAttention`; ``"none"`` leaves the blocks their
        feed-forward half.
    bound : bool
        Keep the factor of the subtracted map between 0 and 1 (``"diff"`` only).
    hidden : int
        Hidden length of the feed-forward half.
    dropout : float
        In the stem, and on what each half of a block adds.
    scale : float
        Where the factors of what each half adds start.
    positions : bool
        Add a learned vector to each step, for labels that depend on where in the window something
        is. The plain stem always has them.
    stem_stride : int
        Step of the residual stem's first convolution; the stem halves the time axis once more.

    Raises
    ------
    InputError
        A size is not positive, the width does not suit the heads, or an unknown stem or attention.
    """

    modality: ClassVar[str] = "inertial"

    def __init__(
        self,
        *,
        channels: int,
        time: int,
        stem: str = "residual",
        width: int = 96,
        layers: int = 1,
        heads: int = 4,
        attention: str = "diff",
        bound: bool = True,
        hidden: int = 256,
        dropout: float = 0.1,
        scale: float = 0.1,
        positions: bool = False,
        stem_stride: int = 2,
    ) -> None:
        super().__init__(channels, time)
        if width < 2 or width % 2:
            raise InputError(f"CNNDiffTransformer: width must be even, got {width}")
        self.stem = (
            _build_plain_stem(channels, width, dropout)
            if stem == "plain"
            else ResNet1d(
                channels=channels,
                time=time,
                width=width // 2,
                stem_stride=stem_stride,
                dropout=dropout,
            ).trunk
        )
        halved = _halve(time, 2 if stem == "plain" else stem_stride)
        self._add_blocks(
            stem=stem,
            tokens=_halve(halved),
            positions=positions,
            width=width,
            layers=layers,
            heads=heads,
            attention=attention,
            bound=bound,
            hidden=hidden,
            dropout=dropout,
            scale=scale,
        )

    def _local(self, x: Tensor) -> Tensor:
        local: Tensor = self.stem(x)
        return local


@register("skeleton_cnn_diff_transformer")
class SkeletonCNNDiffTransformer(_CNNDiffTransformer):
    """A co-occurrence stem, then blocks of differential attention over the places of its map.

    The companion of :class:`CNNDiffTransformer` for skeletons. A place of the map is a quarter of
    the time resolution by a part of the joint features; with 96 channels and 20 joints 0.23 M
    parameters.

    Parameters
    ----------
    dims, time, joints : int
        The size of a window ``(D, T, J)``.
    stem : {"residual", "plain"}
        ``"residual"``: the streams of :class:`LightCoOccurrence`. ``"plain"``: coordinates and
        ``10 * (x[t] - x[t-1])`` of all joints as channels, then as for inertial windows.
    widths : sequence of five int, optional
        Channels after each convolution of the residual stem; the last is ``width``. Default: a
        quarter, an eighth, a quarter and a half of ``width``, and ``width``.
    width, layers, heads, attention, bound, hidden, dropout, scale, positions
        As in :class:`CNNDiffTransformer`.

    Raises
    ------
    InputError
        A size is not positive, the widths do not suit, there are fewer than four frames, or an
        unknown stem or attention.
    """

    modality: ClassVar[str] = "skeleton"

    def __init__(
        self,
        *,
        dims: int,
        time: int,
        joints: int,
        stem: str = "residual",
        widths: Sequence[int] | None = None,
        width: int = 96,
        layers: int = 1,
        heads: int = 4,
        attention: str = "diff",
        bound: bool = True,
        hidden: int = 256,
        dropout: float = 0.1,
        scale: float = 0.1,
        positions: bool = False,
    ) -> None:
        super().__init__(dims, time, joints)
        widths = (
            (width // 4, width // 8, width // 4, width // 2, width) if widths is None else widths
        )
        if widths[-1] != width:
            raise InputError(
                f"SkeletonCNNDiffTransformer: the last of widths must be width, {width}, "
                f"got {list(widths)}"
            )
        self.stem = (
            _build_plain_stem(2 * dims * joints, width, dropout)
            if stem == "plain"
            else LightCoOccurrence(
                dims=dims, time=time, joints=joints, widths=widths, dropout=dropout
            )
        )
        # Pooling rounds down, strided convolutions round up.
        places = (time // 4) * (widths[1] // 4)
        self._add_blocks(
            stem=stem,
            tokens=_halve(_halve(time)) if stem == "plain" else places,
            positions=positions,
            width=width,
            layers=layers,
            heads=heads,
            attention=attention,
            bound=bound,
            hidden=hidden,
            dropout=dropout,
            scale=scale,
        )

    def _local(self, x: Tensor) -> Tensor:
        if isinstance(self.stem, LightCoOccurrence):
            return self.stem.read(x)[0].transpose(1, 2)
        streams = torch.cat([x, 10 * motion(x)], dim=1)
        local: Tensor = self.stem(streams.transpose(2, 3).flatten(1, 2))
        return local


def _build_plain_stem(channels: int, width: int, dropout: float) -> nn.Sequential:
    """Return three convolutions from ``(B, C, T)`` to ``(B, width, N)``, N a quarter of T."""
    layers: list[nn.Module] = []
    for before, kernel, stride in ((channels, 5, 2), (width, 5, 2), (width, 3, 1)):
        layers += [
            nn.Conv1d(before, width, kernel, stride, padding=kernel // 2, bias=False),
            nn.BatchNorm1d(width),
            nn.GELU(),
            nn.Dropout(dropout),
        ]
    return nn.Sequential(*layers)


def _halve(steps: int, stride: int = 2) -> int:
    return -(-steps // stride)
