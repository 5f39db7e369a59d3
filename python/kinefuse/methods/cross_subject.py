"""Cross-subject mining: windows of different people that the network itself finds alike."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from kinefuse.data import Batch, BatchLoader
from kinefuse.data.batch import TorchBatch
from kinefuse.losses import MatesLoss
from kinefuse.methods import frozen
from kinefuse.methods.mining import CenteredCosines, MinedPairs, mine_across_subjects
from kinefuse.methods.training import Method
from kinefuse.nn import ContrastiveModel
from kinefuse.ranks import on_first, world_size
from kinefuse.recipe import CrossSubject

__all__ = ["CrossSubjectMethod", "MatesLoader"]


class MatesLoader:
    """Batches in which half of the windows are anchors and each brings one of its mates.

    A random half of a batch are anchors; a mate is drawn for each; what is still free is filled
    with other windows. No window is twice in a batch. The order of an epoch follows from the seed,
    the epoch and the pairs.

    Parameters
    ----------
    loader : BatchLoader
        Of the training windows.
    batch_size : int
        At least 2, and no more than there are windows; that of all ranks together.
    seed : int
    every : int
        Epochs between two minings.

    Attributes
    ----------
    pairs : MinedPairs or None
        Set it before the first epoch, and whenever pairs are mined anew.
    """

    def __init__(self, loader: BatchLoader, *, batch_size: int, seed: int, every: int = 1) -> None:
        self.loader, self.batch_size, self.seed, self.every = loader, batch_size, seed, every
        self.pairs: MinedPairs | None = None
        self._rows: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def __len__(self) -> int:
        return self.loader.n_windows // self.batch_size

    def ready(self, epoch: int) -> bool:
        """Whether an epoch may begin before the last is over: not where pairs are mined."""
        return epoch % self.every != 0

    def set_epoch(self, epoch: int) -> None:
        """Draw an epoch's order."""
        assert self.pairs is not None
        self._rows = self._draw(self.pairs, np.random.default_rng([self.seed, epoch]))
        self.loader.set_order(self._rows)
        self.loader.set_epoch(epoch)

    def __iter__(self) -> Iterator[tuple[TorchBatch, Tensor]]:
        assert self.pairs is not None
        return self._with_mates(iter(self.loader), self._rows, self.pairs)

    def _with_mates(
        self, batches: Iterator[Batch], rows: NDArray[np.int64], pairs: MinedPairs
    ) -> Iterator[tuple[TorchBatch, Tensor]]:
        n = pairs.n_windows
        # Sorted, because pairs are; a pair is found by one number.
        known = pairs.pairs[:, 0] * n + pairs.pairs[:, 1]
        for number, batch in enumerate(batches):
            mine = rows[number * self.batch_size : (number + 1) * self.batch_size]
            # The loss has the windows rank by rank, and each rank takes every n-th.
            mine = mine.reshape(-1, world_size()).T.ravel()
            first, second = np.minimum.outer(mine, mine), np.maximum.outer(mine, mine)
            mates = np.isin(first * n + second, known)
            yield batch.torch(), torch.from_numpy(mates)

    def _draw(self, pairs: MinedPairs, random: np.random.Generator) -> NDArray[np.int64]:
        start, mate = pairs.mates()
        order = random.permutation(self.loader.n_windows)
        half, batches = self.batch_size // 2, []
        for number in range(len(self)):
            anchors = order[number * half : (number + 1) * half]
            counts = start[anchors + 1] - start[anchors]
            drawn = start[anchors] + (random.random(half) * counts).astype(np.int64)
            rest = np.roll(order, -(number + 1) * half)
            chosen = np.concatenate([anchors, mate[drawn[counts > 0]], rest])
            _, first = np.unique(chosen, return_index=True)
            batches.append(chosen[np.sort(first)[: self.batch_size]])
        return np.concatenate(batches)


class CrossSubjectMethod(Method):
    r"""Go on from contrastive pretraining with positives from other people.

    Every few epochs the network embeds the training windows as they are, without augmentation. For
    each window and each *other* subject it takes the nearest windows by the cosine of centered
    projections, mean over modalities, and keeps the pairs that take each other
    (:func:`~kinefuse.methods.mining.mine_across_subjects`). Those are positives beside the
    window itself (:class:`~kinefuse.losses.MatesLoss`). It needs to know which windows are of one
    person; it needs no activity labels.

    With one modality, two views of a window take the place of two modalities.

    Parameters
    ----------
    model : ContrastiveModel
        Pretrained.
    settings : CrossSubject
    steps : int
    batches : MatesLoader
        What the epochs go through; gets the pairs.
    plain : BatchLoader
        The same windows in the same order, without augmentation, not shuffled.
    people : (N,) array of str or int
        Whose each window is.
    labels : (N,) array of int
        -1 for none. Only to report how many mined pairs are of one class.

    Attributes
    ----------
    mined : list of dict
        By mining: the epoch, pairs, mates a window, share of windows with a mate, and purity.
    """

    settings: CrossSubject

    def __init__(
        self,
        model: ContrastiveModel,
        settings: CrossSubject,
        steps: int,
        *,
        batches: MatesLoader,
        plain: BatchLoader,
        people: ArrayLike,
        labels: ArrayLike,
    ) -> None:
        super().__init__(settings, steps)
        self.model = model
        self.contrast = MatesLoss(settings.temperature, weight=settings.weight)
        self.batches, self.plain = batches, plain
        self.people, self.labels = np.asarray(people), np.asarray(labels)
        self.mined: list[dict[str, Any]] = []

    def mine(self) -> MinedPairs:
        """Return the pairs that the network finds now."""
        embedded = frozen.embed(self.model, self.plain).views
        with torch.no_grad():
            z = self.model.project({m: views[0] for m, views in embedded.items()})
        alike = CenteredCosines(*(projections.numpy() for projections in z.values()))
        return mine_across_subjects(alike, self.people, k=self.settings.k)

    def on_train_epoch_start(self) -> None:
        """Mine, where it is time to."""
        if self.current_epoch % self.settings.every:
            return
        pairs = on_first(self.mine)
        self.model.train()
        self.batches.pairs = pairs
        self.mined.append(
            {
                "epoch": self.current_epoch,
                "pairs": len(pairs.pairs),
                "per_window": pairs.per_window,
                "covered": pairs.covered,
                "purity": pairs.purity(self.labels),
            }
        )

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of a batch and its mates."""
        views, mates = batch
        modalities = self.model.modalities
        if len(modalities) > 1:
            z = self.model({m: views[m][0] for m in modalities})
        else:
            (only,) = modalities
            first, second = self.model({only: views[only].flatten(0, 1)})[only].chunk(2)
            z = {"first": first, "second": second}
        loss: Tensor = self.contrast(z, mates)
        return loss

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the pairs, which a resumed run cannot mine again."""
        assert self.batches.pairs is not None
        checkpoint["pairs"] = torch.from_numpy(self.batches.pairs.pairs)
        checkpoint["mined"] = self.mined

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the pairs of an interrupted run."""
        pairs = checkpoint["pairs"].numpy()
        self.batches.pairs = MinedPairs(pairs, self.plain.n_windows)
        self.mined = list(checkpoint["mined"])
