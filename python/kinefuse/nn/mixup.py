"""Mixup, over all modalities of a batch at once."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from kinefuse.errors import InputError

__all__ = ["Mixup"]


class Mixup:
    """Blend each window of a batch with another one, and their labels likewise.

    One share for the whole batch, drawn from Beta(alpha, alpha), and the same partners in all
    modalities (Zhang et al., arXiv:1710.09412).

    Parameters
    ----------
    alpha : float
        Of the beta distribution.
    p : float
        The probability that a batch is blended at all.
    seed : int
        What is drawn follows from it and from how many batches came before.

    Raises
    ------
    InputError
        ``alpha`` is not positive or ``p`` not a probability.

    Examples
    --------
    >>> mixup = Mixup(alpha=0.5, p=1.0, seed=0)
    >>> batch = {"inertial": torch.randn(8, 6, 50)}
    >>> blended, targets = mixup(batch, torch.arange(8), n_classes=8)
    >>> targets.shape
    torch.Size([8, 8])
    """

    def __init__(self, alpha: float = 0.5, p: float = 0.5, seed: int = 0) -> None:
        if not 0 < alpha < float("inf") or not 0 <= p <= 1:
            raise InputError(
                f"Mixup: expected alpha above 0 and p from 0 to 1, got alpha={alpha} and p={p}"
            )
        self.alpha, self.p = alpha, p
        self.random = np.random.default_rng(seed)

    def __call__(
        self,
        batch: Mapping[str, Tensor],
        labels: Tensor,
        n_classes: int,
        present: Mapping[str, Tensor] | None = None,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Return a blended batch and its soft targets.

        Parameters
        ----------
        batch : mapping of modality to (B, ...) tensor
        labels : (B,) tensor of int64, or (B, n_classes) tensor of probabilities
        n_classes : int
        present : mapping of modality to (B,) bool tensor, optional
            Where a window has the modality; all windows have all of them, unless told. Windows
            that lack different ones are not blended.

        Returns
        -------
        dict of modality to (B, ...) tensor
            The batch itself where it was not blended.
        (B, n_classes) tensor of float32
            For :func:`torch.nn.functional.cross_entropy`.
        """
        targets = labels
        if labels.ndim == 1:
            targets = functional.one_hot(labels, n_classes).to(torch.float32)
        if self.random.random() >= self.p:
            return dict(batch), targets
        share = float(self.random.beta(self.alpha, self.alpha))
        partners = torch.from_numpy(self.random.permutation(len(labels))).to(labels.device)
        if present is not None:
            here = torch.stack([present[m] for m in batch], 1)
            alike = (here == here[partners]).all(1)
            partners = torch.where(alike, partners, torch.arange(len(partners)))
        blended = {m: torch.lerp(x[partners], x, share) for m, x in batch.items()}
        return blended, torch.lerp(targets[partners], targets, share)
