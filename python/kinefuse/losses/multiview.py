"""The loss of contrastive multiview coding."""

from collections.abc import Mapping
from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional

from kinefuse.errors import InputError, ShapeError
from kinefuse.losses.gather import gather
from kinefuse.losses.ntxent import positive

__all__ = ["MultiviewLoss"]


class MultiviewLoss(nn.Module):
    """Contrast each modality with each other (CMC: Tian, Krishnan and Isola, arXiv:1906.05849).

    For a pair of modalities ``a``, ``b``: the cross-entropy of picking a window's own ``b`` among
    all windows' ``b`` by its ``a``, and the reverse, by cosine over the temperature; the mean of
    these terms. With more than two modalities the mean over the pairs (their "full graph"). There
    are no terms inside a modality.

    Parameters
    ----------
    temperature : float

    Raises
    ------
    InputError
        The temperature is not positive.

    Examples
    --------
    >>> z = {"inertial": torch.eye(4), "skeleton": torch.eye(4)}
    >>> round(MultiviewLoss(temperature=0.1)(z).item(), 5)
    0.00014
    """

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        self.temperature = positive(temperature, "MultiviewLoss")

    def forward(
        self, z: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """Return the loss, a scalar.

        Under an initialised process group all ranks' windows are contrasted with each other, and
        the gradient reaches every rank.

        Parameters
        ----------
        z : mapping of modality to (B, D) tensor
            Projections; the same windows in the same order in every modality.
        present : mapping of modality to (B,) bool tensor, optional
            Where a window has the modality. A pair of modalities is contrasted over the windows
            that have both; rows that are missing may hold anything, NaN too. A pair with fewer
            than two such windows has nothing to contrast and is left out; if that leaves none,
            the loss is zero with zero gradients.

        Raises
        ------
        InputError
            Fewer than two modalities.
        ShapeError
            Projections that are not all ``(B, D)`` of one shape, or a mask that is not ``(B,)``.
        """
        check(z, present, "MultiviewLoss")
        rows = {m: gather(z[m]) for m in z}
        masks = None if present is None else {m: gather(present[m]) for m in z}
        terms = []
        for a, b in combinations(z, 2):
            rows_a, rows_b = rows[a], rows[b]
            if masks is not None:
                # Before anything is computed: the gradient of a NaN row is NaN, even times zero.
                both = masks[a] & masks[b]
                rows_a, rows_b = rows_a[both], rows_b[both]
            if len(rows_a) >= 2:
                units_a = functional.normalize(rows_a, dim=1)
                units_b = functional.normalize(rows_b, dim=1)
                logits = units_a @ units_b.T / self.temperature
                own = torch.arange(len(logits), device=logits.device)
                terms.append(functional.cross_entropy(logits, own))
                terms.append(functional.cross_entropy(logits.T, own))
        if not terms:
            return torch.stack([r[:0].sum() for r in rows.values()]).sum()
        return torch.stack(terms).mean()

    def extra_repr(self) -> str:
        """Return what ``repr`` shows."""
        return f"temperature={self.temperature}"


def check(z: Mapping[str, Tensor], present: Mapping[str, Tensor] | None, of: str) -> None:
    """Refuse projections and masks that do not belong together."""
    if len(z) < 2:
        raise InputError(f"{of}: expected at least two modalities, got {sorted(z)}")
    shapes = {m: tuple(rows.shape) for m, rows in z.items()}
    shape = next(iter(shapes.values()))
    if len(shape) != 2 or any(other != shape for other in shapes.values()):
        raise ShapeError(f"{of}: expected (B, D) of one shape, got {shapes}")
    if present is not None:
        masks = {m: tuple(present[m].shape) for m in z if m in present}
        if len(masks) < len(z) or any(mask != shape[:1] for mask in masks.values()):
            raise ShapeError(
                f"{of}: expected a mask of ({shape[0]},) for each of {sorted(z)}, got {masks}"
            )
