"""The loss of cross-subject mining: a window's positives are itself and its mates."""

from collections.abc import Mapping
from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional

from kinefuse.errors import InputError, ShapeError
from kinefuse.losses.gather import gather
from kinefuse.losses.multiview import check
from kinefuse.losses.ntxent import positive

__all__ = ["MatesLoss"]


class MatesLoss(nn.Module):
    r"""Contrast each modality with each other, with more than one right answer.

    As :class:`MultiviewLoss`, but the target of window :math:`i` is shared between its own other
    modality and those of its mates: with :math:`W_{ij}` one for mates and zero for all others,

    .. math:: t_{ij} = \frac{\delta_{ij} + \lambda W_{ij}}{1 + \lambda \sum_k W_{ik}}

    and the loss is the cross-entropy of the softmax of cosines over the temperature with these
    targets, the mean over windows, directions and pairs of modalities. Without mates it is
    :class:`MultiviewLoss`. After the supervised contrastive loss (Khosla et al., arXiv:2004.11362,
    their outer sum), with mined mates in the place of labels and modalities in that of views.

    Parameters
    ----------
    temperature : float
    weight : float
        :math:`\lambda`: what a mate counts for, against the window itself.

    Raises
    ------
    InputError
        A temperature that is not positive, or a negative weight.

    Examples
    --------
    >>> z = {"inertial": torch.eye(4), "skeleton": torch.eye(4)}
    >>> nobody = torch.zeros(4, 4, dtype=torch.bool)
    >>> round(MatesLoss(temperature=0.1)(z, nobody).item(), 5)
    0.00014
    """

    def __init__(self, temperature: float = 0.1, *, weight: float = 1.0) -> None:
        super().__init__()
        self.temperature = positive(temperature, "MatesLoss")
        if not 0 <= weight < float("inf"):
            raise InputError(f"MatesLoss: expected a weight of at least 0, got {weight}")
        self.weight = float(weight)

    def forward(
        self,
        z: Mapping[str, Tensor],
        mates: Tensor,
        present: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """Return the loss, a scalar.

        Under an initialised process group all ranks' windows are contrasted with each other, and
        the gradient reaches every rank.

        Parameters
        ----------
        z : mapping of modality to (B, D) tensor
            Projections; the same windows in the same order in every modality.
        mates : (B, B) tensor of bool
            Which windows are mates, symmetric; the diagonal does not matter. With ranks
            ``(world B, world B)``, in the order of :func:`gather`.
        present : mapping of modality to (B,) bool tensor, optional
            As in :class:`MultiviewLoss`.

        Raises
        ------
        InputError
            Fewer than two modalities.
        ShapeError
            Rows, mates or masks that do not belong together.
        """
        check(z, present, "MatesLoss")
        rows = {m: gather(z[m]) for m in z}
        masks = None if present is None else {m: gather(present[m]) for m in z}
        n = len(next(iter(rows.values())))
        if mates.shape != (n, n):
            raise ShapeError(f"MatesLoss: expected mates ({n}, {n}), got {tuple(mates.shape)}")
        terms = []
        for a, b in combinations(z, 2):
            use: Tensor | slice = slice(None) if masks is None else masks[a] & masks[b]
            units_a, units_b = (functional.normalize(rows[m][use], dim=1) for m in (a, b))
            if len(units_a) < 2:
                continue
            target = self.weight * mates[use][:, use].to(units_a.dtype)
            target.fill_diagonal_(1.0)
            target = target / target.sum(1, keepdim=True)
            logits = units_a @ units_b.T / self.temperature
            terms.append(functional.cross_entropy(logits, target))
            terms.append(functional.cross_entropy(logits.T, target))
        if not terms:
            return torch.stack([r[:0].sum() for r in rows.values()]).sum()
        return torch.stack(terms).mean()

    def extra_repr(self) -> str:
        """Return what ``repr`` shows."""
        return f"temperature={self.temperature}, weight={self.weight}"
