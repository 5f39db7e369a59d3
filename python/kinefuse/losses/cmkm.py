"""The loss of CMC-CMKM: positives and negatives mined with frozen unimodal encoders."""

import math
from collections.abc import Mapping
from itertools import combinations

import torch
from torch import Tensor, nn
from torch.nn import functional

from kinefuse.errors import InputError, ShapeError
from kinefuse.losses.gather import gather
from kinefuse.losses.multiview import check
from kinefuse.losses.ntxent import positive

__all__ = ["CMKMLoss"]


class CMKMLoss(nn.Module):
    r"""Contrast modalities with mined positives (CMC-CMKM: Brinzea et al., arXiv:2205.10071).

    A frozen encoder of each modality (a teacher) says which windows are alike: :math:`T^m(i)` are
    the ``k`` windows nearest to window :math:`i`, itself left out, by the cosine of the teacher's
    embeddings. For a pair of modalities :math:`a, b`, a window :math:`i` of :math:`a` has the
    positives :math:`P = \{i\} \cup T^b(i)` in :math:`b` (knowledge crosses over) and :math:`T^a(i)`
    in its own modality; all others are negatives. With :math:`s` for cosines of projections

    .. math::
        n_i &= \sum_{p \in P} e^{s^{ab}_{ip} / \tau}
             + \sum_{p \in T^a(i)} e^{s^{aa}_{ip} / \tau'} \\
        d_i &= \sum_{j \notin P} e^{s^{ab}_{ij} / \tau}
             + \lambda \sum_{j \ne i,\, j \notin T^a(i)} e^{s^{aa}_{ij} / \tau'}

    and the loss is the mean of :math:`-\log(n_i / (n_i + d_i))` over the windows of both
    directions of all pairs of modalities. With ``k=0`` and ``intra=False`` it is
    :class:`MultiviewLoss`.

    The connectivity of a window in a modality, :math:`c^m_j`, is the mean of its cosines to all
    windows by that modality's teacher; pruning and weighting use it.

    Parameters
    ----------
    temperature : float
        :math:`\tau`.
    k : int
        Mined positives a window and modality; 0 mines none.
    intra : bool
        Whether there are terms inside a modality.
    intra_weight : float
        :math:`\lambda`.
    intra_temperature : float, optional
        :math:`\tau'`; the same as ``temperature`` unless told. The authors' code has 1, next to
        0.1, which leaves its terms inside a modality almost without weight.
    symmetric : bool
        Whether both modalities of a pair use :math:`T^a \cup T^b`.
    prune_above : float, optional
        Leave out negatives whose connectivity is above this: in :math:`b` by the teacher of
        :math:`b`, in :math:`a` by that of :math:`a`.
    weight_scale : float, optional
        Multiply the term of a window of :math:`a` by :math:`\exp(\text{scale} \cdot c^a_i)`.

    Raises
    ------
    InputError
        A temperature that is not positive, a negative ``k`` or ``intra_weight``.

    Examples
    --------
    >>> z = {"inertial": torch.eye(4), "skeleton": torch.eye(4)}
    >>> loss = CMKMLoss(temperature=0.1, k=1)
    >>> teachers = {"inertial": torch.eye(4), "skeleton": torch.eye(4)}
    >>> round(loss(z, teachers).item(), 4)
    0.0002
    """

    def __init__(
        self,
        temperature: float = 0.1,
        *,
        k: int = 1,
        intra: bool = True,
        intra_weight: float = 1.0,
        intra_temperature: float | None = None,
        symmetric: bool = False,
        prune_above: float | None = None,
        weight_scale: float | None = None,
    ) -> None:
        super().__init__()
        self.temperature = positive(temperature, "CMKMLoss")
        self.intra_temperature = positive(
            temperature if intra_temperature is None else intra_temperature, "CMKMLoss"
        )
        if k < 0 or intra_weight < 0:
            raise InputError(
                f"CMKMLoss: expected k and intra_weight of at least 0, got {k} and {intra_weight}"
            )
        self.k, self.intra, self.intra_weight = k, intra, float(intra_weight)
        self.symmetric, self.prune_above, self.weight_scale = symmetric, prune_above, weight_scale

    def forward(
        self,
        z: Mapping[str, Tensor],
        teachers: Mapping[str, Tensor],
        present: Mapping[str, Tensor] | None = None,
    ) -> Tensor:
        """Return the loss, a scalar.

        Under an initialised process group all ranks' windows are contrasted with each other, and
        the gradient reaches every rank.

        Parameters
        ----------
        z : mapping of modality to (B, D) tensor
            Projections; the same windows in the same order in every modality.
        teachers : mapping of modality to (B, E) tensor
            Embeddings of the same windows by the frozen encoder of each modality. ``E`` may differ
            between modalities. No gradient goes there.
        present : mapping of modality to (B,) bool tensor, optional
            Where a window has the modality. A pair of modalities is contrasted over the windows
            that have both; rows that are missing may hold anything, NaN too.

        Raises
        ------
        InputError
            Fewer than two modalities, or one without a teacher.
        ShapeError
            Rows or masks that do not belong together.
        """
        check(z, present, "CMKMLoss")
        missing = [m for m in z if m not in teachers]
        if missing:
            raise InputError(f"CMKMLoss: no teacher's embeddings for {missing}")
        n = len(next(iter(z.values())))
        shapes = {m: tuple(teachers[m].shape) for m in z}
        if any(len(shape) != 2 or shape[0] != n for shape in shapes.values()):
            raise ShapeError(f"CMKMLoss: expected teachers' embeddings ({n}, E), got {shapes}")
        rows = {m: gather(z[m]) for m in z}
        known = {m: gather(teachers[m].detach()) for m in z}
        masks = None if present is None else {m: gather(present[m]) for m in z}

        terms = []
        for a, b in combinations(z, 2):
            use = slice(None) if masks is None else masks[a] & masks[b]
            sides = [
                (functional.normalize(rows[m][use], dim=1), _similarities(known[m][use]))
                for m in (a, b)
            ]
            if len(sides[0][0]) >= 2:
                terms += [self._anchored(*sides), self._anchored(*sides[::-1])]
        if not terms:
            return torch.stack([r[:0].sum() for r in rows.values()]).sum()
        return torch.stack(terms).mean()

    def _anchored(self, anchor: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> Tensor:
        """Return the mean term of the windows of one modality against another."""
        (units, alike), (other_units, other_alike) = anchor, other
        itself = torch.eye(len(units), dtype=torch.bool, device=units.device)
        mined, crossed = self._nearest(alike), self._nearest(other_alike)
        if self.symmetric:
            mined = crossed = mined | crossed
        logits = [units @ other_units.T / self.temperature]
        positives = [itself | crossed]
        counted = [positives[0] | self._kept(other_alike)]
        if self.intra:
            # lambda as a shift of the negatives' logits; of zero weight is not there at all.
            inside = units @ units.T / self.intra_temperature
            if self.intra_weight > 0:
                inside = torch.where(mined, inside, inside + math.log(self.intra_weight))
            kept = self._kept(alike) if self.intra_weight > 0 else torch.zeros_like(itself)
            logits.append(inside)
            positives.append(mined)
            counted.append((mined | kept) & ~itself)
        values, wanted, used = (torch.cat(parts, 1) for parts in (logits, positives, counted))
        chosen = values.masked_fill(~wanted, -torch.inf).logsumexp(1)
        every = values.masked_fill(~used, -torch.inf).logsumexp(1)
        terms = every - chosen
        if self.weight_scale is not None:
            terms = terms * (self.weight_scale * alike.mean(0)).exp().to(terms.dtype)
        return terms.mean()

    def _nearest(self, alike: Tensor) -> Tensor:
        """Whether a window is among the ``k`` nearest of another: (B, B), false on the diagonal."""
        found = torch.zeros_like(alike, dtype=torch.bool)
        k = min(self.k, len(alike) - 1)
        if k:
            others = alike.clone().fill_diagonal_(-torch.inf)
            found.scatter_(1, others.topk(k, dim=1).indices, True)
        return found

    def _kept(self, alike: Tensor) -> Tensor:
        """Which windows may be negatives: (B, B), the same in every row."""
        if self.prune_above is None:
            return torch.ones_like(alike, dtype=torch.bool)
        return (alike.mean(0) <= self.prune_above).expand_as(alike)

    def extra_repr(self) -> str:
        """Return what ``repr`` shows."""
        return (
            f"temperature={self.temperature}, k={self.k}, intra={self.intra}, "
            f"intra_weight={self.intra_weight}, intra_temperature={self.intra_temperature}, "
            f"symmetric={self.symmetric}, prune_above={self.prune_above}, "
            f"weight_scale={self.weight_scale}"
        )


def _similarities(embeddings: Tensor) -> Tensor:
    units = functional.normalize(embeddings, dim=1)
    return units @ units.T
