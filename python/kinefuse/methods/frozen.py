"""A head on frozen encoders, from many labels or few."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from kinefuse.methods.training import Method
from kinefuse.nn import MultimodalEncoder
from kinefuse.nn.heads import Head
from kinefuse.recipe import Finetune

__all__ = [
    "EmbeddingLoader",
    "Embeddings",
    "HeadMethod",
    "centred_units",
    "embed",
    "embedded_batches",
]


@dataclass(frozen=True, eq=False)
class Embeddings:
    """What encoders made of windows.

    Attributes
    ----------
    views : dict of modality to (V, N, F) tensor
        Zero where a window lacks the modality.
    window, label : (N,) tensors of int64
    present : dict of modality to (N,) tensor of bool
        Where a window has the modality.
    """

    views: dict[str, Tensor]
    window: Tensor
    label: Tensor
    present: dict[str, Tensor]


@torch.no_grad()
def embed(model: MultimodalEncoder, loader: Any) -> Embeddings:
    """Encode all batches of a loader, every view, in evaluation mode.

    Parameters
    ----------
    model : MultimodalEncoder
    loader : BatchLoader
        Not shuffled, so that windows come in the order of its index.
    """
    model.eval()
    parts: dict[str, list[Tensor]] = {m: [] for m in model.modalities}
    here: dict[str, list[Tensor]] = {m: [] for m in model.modalities}
    window, label = [], []
    for numpy_batch in loader:
        batch = numpy_batch.torch()
        n_views = next(iter(batch.values())).shape[0]
        present = {m: batch.present[m].repeat(n_views) for m in model.modalities}
        encoded = model.encode({m: batch[m].flatten(0, 1) for m in model.modalities}, present)
        for m, embeddings in encoded.items():
            parts[m].append(embeddings.reshape(n_views, -1, embeddings.shape[1]))
            here[m].append(batch.present[m])
        window.append(batch.window)
        label.append(batch.label)
    views = {m: torch.cat(tensors, dim=1) for m, tensors in parts.items()}
    present = {m: torch.cat(masks) for m, masks in here.items()}
    return Embeddings(views, torch.cat(window), torch.cat(label), present)


def embedded_batches(model: MultimodalEncoder, loader: Any, n_classes: int) -> list[dict[str, Any]]:
    """Encode all labelled windows of a loader, as one batch like those of EmbeddingLoader."""
    found = embed(model, loader)
    targets = functional.one_hot(found.label, n_classes).float()
    return [{"embeddings": {m: x[0] for m, x in found.views.items()}, "targets": targets}]


def centred_units(
    projections: Mapping[str, Tensor],
    *,
    around: Mapping[str, Tensor] | None = None,
    present: Mapping[str, Tensor] | None = None,
) -> Tensor:
    """Return each modality's ``(N, D)`` centred and at unit length, side by side.

    The center is the mean direction of these windows, or of those ``around``. Where ``present``
    says that a window lacks a modality, it has no part in the center, and its place is zero, which
    adds nothing to a cosine.
    """
    units = []
    for m, z in projections.items():
        unit = functional.normalize(z, dim=1)
        middle = unit if around is None else functional.normalize(around[m], dim=1)
        if present is None or bool(present[m].all()):
            units.append(functional.normalize(unit - middle.mean(0), dim=1))
            continue
        middle = unit[present[m]] if around is None else middle
        apart = torch.where(present[m][:, None], unit - middle.mean(0), 0.0)
        units.append(functional.normalize(apart, dim=1))
    scale: float = len(units) ** -0.5
    return torch.cat(units, dim=1) * scale


class EmbeddingLoader:
    """Shuffled batches of embeddings, all copies of all windows once an epoch.

    Parameters
    ----------
    views : mapping of modality to (V, N, F) tensor
    targets : (N, K) tensor
        Probabilities of the classes.
    batch_size, seed : int
    drop_last : bool
        Leave out a last batch that is not full. One of a single embedding, which batch norm cannot
        do with, is left out in any case.
    """

    def __init__(
        self,
        views: Mapping[str, Tensor],
        targets: Tensor,
        *,
        batch_size: int,
        seed: int,
        drop_last: bool = True,
    ) -> None:
        self.views = {m: x.flatten(0, 1) for m, x in views.items()}
        n = len(next(iter(self.views.values())))
        self.targets = targets.repeat(n // len(targets), 1)
        self.batch_size = min(batch_size, n)
        self.seed, self.epoch = seed, 0
        full, rest = divmod(n, self.batch_size)
        self._batches = full + (not drop_last and rest > 1)

    def __len__(self) -> int:
        return self._batches

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch's order comes next."""
        self.epoch = epoch

    def __iter__(self) -> Iterator[dict[str, Any]]:
        generator = torch.Generator().manual_seed((self.seed << 20) + self.epoch)
        order = torch.randperm(len(self.targets), generator=generator)
        # Put in order once an epoch: a batch is then a slice, without a copy.
        views, targets = {m: x[order] for m, x in self.views.items()}, self.targets[order]
        for at in range(0, len(self) * self.batch_size, self.batch_size):
            rows = slice(at, at + self.batch_size)
            yield {"embeddings": {m: x[rows] for m, x in views.items()}, "targets": targets[rows]}


class HeadMethod(Method):
    """Train a head on embeddings by cross-entropy with soft targets.

    Parameters
    ----------
    head : Head
    settings : Finetune
    steps : int
    """

    settings: Finetune

    def __init__(self, head: Head, settings: Finetune, steps: int) -> None:
        super().__init__(settings, steps)
        self.head = head

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch of an :class:`EmbeddingLoader`."""
        return functional.cross_entropy(
            self.head(batch["embeddings"]),
            batch["targets"],
            label_smoothing=self.settings.label_smoothing,
        )

    def scores(self, batch: Any) -> tuple[Tensor, Tensor]:
        """Return the scores of one batch and the classes that its targets favor."""
        return self.head(batch["embeddings"]), batch["targets"].argmax(1)
