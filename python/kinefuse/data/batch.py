"""One batch of views, and what belongs to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from kinefuse.errors import MissingExtraError

if TYPE_CHECKING:
    import torch

__all__ = ["Batch", "TorchBatch"]


@dataclass(frozen=True, eq=False)
class Batch(Mapping[str, NDArray[np.float32]]):
    """Views of B windows: a mapping from modality to its array.

    Attributes
    ----------
    views : dict of str to float32 array
        Inertial ``(V, B, C, T)``, skeleton ``(V, B, D, T, J)``. All NaN where a window has no such
        data. ``batch["inertial"]`` is ``batch.views["inertial"]``.
    window : (B,) int64
        Ids of the windows, from the index's column ``window``.
    label : (B,) int64
        Class numbers, -1 where there is none.
    present : dict of str to (B,) bool
        Whether each window has data of that modality.

    Notes
    -----
    The arrays are the caller's: they may be kept and written to. Their memory goes into a later
    batch once nothing refers to it any more.
    """

    views: dict[str, NDArray[np.float32]]
    window: NDArray[np.int64]
    label: NDArray[np.int64]
    present: dict[str, NDArray[np.bool_]]

    def __getitem__(self, modality: str) -> NDArray[np.float32]:
        return self.views[modality]

    def __iter__(self) -> Iterator[str]:
        return iter(self.views)

    def __len__(self) -> int:
        return len(self.views)

    @property
    def size(self) -> int:
        """Number of windows, B."""
        return len(self.window)

    def torch(self) -> "TorchBatch":
        """Return the batch as tensors that share its memory.

        Raises
        ------
        MissingExtraError
            torch is not installed.
        """
        try:
            from torch import from_numpy
        except ImportError as error:
            raise MissingExtraError(
                "Batch.torch needs torch, which is not installed: pip install 'kinefuse[train]'"
            ) from error
        return TorchBatch(
            views={name: from_numpy(x) for name, x in self.views.items()},
            window=from_numpy(self.window),
            label=from_numpy(self.label),
            present={name: from_numpy(x) for name, x in self.present.items()},
        )


@dataclass(frozen=True, eq=False)
class TorchBatch(Mapping[str, "torch.Tensor"]):
    """A :class:`Batch` of tensors."""

    views: "dict[str, torch.Tensor]"
    window: "torch.Tensor"
    label: "torch.Tensor"
    present: "dict[str, torch.Tensor]"

    def __getitem__(self, modality: str) -> "torch.Tensor":
        return self.views[modality]

    def __iter__(self) -> Iterator[str]:
        return iter(self.views)

    def __len__(self) -> int:
        return len(self.views)

    @property
    def size(self) -> int:
        """Number of windows, B."""
        return len(self.window)

    def to(self, device: Any, *, non_blocking: bool = False) -> "TorchBatch":
        """Return the batch on another device; Lightning calls this."""

        def move(x: "torch.Tensor") -> "torch.Tensor":
            return x.to(device, non_blocking=non_blocking)

        return TorchBatch(
            views={name: move(x) for name, x in self.views.items()},
            window=move(self.window),
            label=move(self.label),
            present={name: move(x) for name, x in self.present.items()},
        )
