"""Contrast across modalities with weight on the pairs that are hard."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError
from kinefuse.losses.gather import gather
from kinefuse.losses.multiview import check
from kinefuse.losses.ntxent import positive
from kinefuse.losses.views import KINDS, stack_views

__all__ = ["HardPositiveLoss", "hardness_weights"]

HARD = ("auto", "exp", "focal", "linear", "inverse", "none")


class HardPositiveLoss(nn.Module):
    r"""Contrast a window's views, with more weight on positives that are far apart.

    Views are a window's modalities and mixtures of them (:func:`~kinefuse.losses.stack_views`);
    the positives :math:`P(a)` of a view :math:`a` are the other views of its window, all other
    windows' views are negatives. With :math:`p_{ap}` the softmax of cosines over the temperature,
    over all views but :math:`a` itself,

    .. math:: \frac{1}{A} \sum_a u_a \sum_{p \in P(a)} w_{ap} (-\log p_{ap})

    Equal weights are the supervised contrastive loss (Khosla et al., arXiv:2004.11362, their outer
    sum) with windows as classes. Of several positives the hard ones get more by
    :math:`w_{ap} = \mathrm{softmax}_p(-\beta s_{ap} / \tau)`: the gradient is then that of
    :math:`\frac{1}{\beta} \log \mathrm{mean}_p\, p_{ap}^{-\beta}`, between the mean (:math:`\beta`
    to 0) and the hardest one. Anchors get weights :math:`u_a` by :func:`hardness_weights`. No
    weight carries a gradient.

    With ``views="pairwise"`` each modality is contrasted with each other by itself, as in
    :class:`MultiviewLoss`: one positive an anchor, negatives from the other modality only, and
    one set of weights over all windows and ordered pairs of modalities, so that a pair of
    modalities that is badly aligned weighs more.

    Parameters
    ----------
    temperature : float
    views : {"mix", "pairwise", "fusion"}
    hard : {"auto", "exp", "focal", "linear", "inverse", "none"}
        ``"auto"``: ``"exp"`` among several positives, ``"focal"`` where there is one. Among several
        positives ``"exp"`` weights them within their anchor; all others weight anchors.
    beta : float
        Of ``"exp"``.
    gamma : float
        Of ``"focal"``.
    max_weight : float
        No anchor counts more than this times the mean.

    Raises
    ------
    InputError
        A temperature that is not positive, an unknown kind, or a setting out of range.

    Examples
    --------
    >>> z = {"inertial": torch.eye(4), "skeleton": torch.eye(4)}
    >>> plain = HardPositiveLoss(0.1, views="pairwise", hard="none")
    >>> round(plain(z).item(), 5)
    0.00014
    """

    def __init__(
        self,
        temperature: float = 0.1,
        *,
        views: str = "mix",
        hard: str = "auto",
        beta: float = 0.3,
        gamma: float = 1.0,
        max_weight: float = 5.0,
    ) -> None:
        super().__init__()
        self.temperature = positive(temperature, "HardPositiveLoss")
        for what, value, known in (("views", views, KINDS), ("hard", hard, HARD)):
            if value not in known:
                raise InputError(
                    f"HardPositiveLoss: {what}: expected one of {', '.join(known)}, got {value!r}"
                )
        if beta < 0 or gamma < 0 or max_weight < 1:
            raise InputError(
                "HardPositiveLoss: expected beta and gamma of at least 0 and max_weight of at "
                f"least 1, got {beta}, {gamma} and {max_weight}"
            )
        if hard == "auto":
            hard = "focal" if views == "pairwise" else "exp"
        self.views, self.hard = views, hard
        self.beta, self.gamma, self.max_weight = float(beta), float(gamma), float(max_weight)

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
            Where a window has the modality; rows that are missing may hold anything, NaN too. What
            leaves an anchor without a positive, or without another window, leaves the anchor out;
            if none is left, the loss is zero with zero gradients.

        Raises
        ------
        InputError
            Fewer than two modalities.
        ShapeError
            Projections that are not all ``(B, D)`` of one shape, or a mask that is not ``(B,)``.
        """
        check(z, present, "HardPositiveLoss")
        rows = {m: gather(z[m]) for m in z}
        masks = None if present is None else {m: gather(present[m]) for m in z}
        views, there = stack_views(rows, masks, kind=self.views)
        if self.views == "pairwise":
            terms, chances = self._pairwise(views, there)
        else:
            terms, chances = self._among_all(views, there)
        if not len(terms):
            return views.sum() * 0.0
        weights = hardness_weights(
            terms.detach(),
            chances.detach(),
            "none" if self.hard == "exp" and self.views != "pairwise" else self.hard,
            beta=self.beta,
            gamma=self.gamma,
            max_weight=self.max_weight,
        )
        return (weights * terms).mean()

    def _pairwise(self, views: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        terms = []
        for a, first in enumerate(views):
            for b, second in enumerate(views):
                anchors = there[a] & there[b]
                if a == b or there[b].sum() < 2 or not bool(anchors.any()):
                    continue
                logits = first @ second.T / self.temperature
                logits = logits.masked_fill(~there[b], -torch.inf)
                terms.append((logits.logsumexp(1) - logits.diagonal())[anchors])
        every = torch.cat(terms) if terms else views.new_zeros(0)
        return every, (-every).exp()

    def _among_all(self, views: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        n_views, n = there.shape
        flat = views.flatten(0, 1)
        window = torch.arange(n, device=views.device).repeat(n_views)
        here = there.flatten()
        itself = torch.eye(len(flat), dtype=torch.bool, device=views.device)
        same = (window[:, None] == window) & ~itself & here
        used = here & same.any(1) & (here & (window[:, None] != window)).any(1)
        logits = flat @ flat.T / self.temperature
        logits = logits.masked_fill(itself | ~here, -torch.inf)[used]
        same = same[used]
        logs = logits - logits.logsumexp(1, keepdim=True)
        beta = self.beta if self.hard == "exp" else 0.0
        weights = (-beta * logits.detach()).masked_fill(~same, -torch.inf).softmax(1)
        # Not where there is no positive: zero times the infinite would be NaN.
        terms = -(weights * logs.masked_fill(~same, 0.0)).sum(1)
        return terms, logs.exp().masked_fill(~same, 0.0).sum(1)


def hardness_weights(
    losses: Tensor,
    chances: Tensor,
    kind: str = "focal",
    *,
    beta: float = 0.3,
    gamma: float = 1.0,
    max_weight: float = 5.0,
    eps: float = 1e-3,
) -> Tensor:
    r"""Return weights of mean 1 for anchors, by how hard they are.

    With :math:`l` an anchor's loss and :math:`p` the chance of its positives:

    ===============  ===========================================================================
    ``"focal"``      :math:`\max(1 - p, \epsilon)^\gamma` (after Lin et al., arXiv:1708.02002)
    ``"exp"``        :math:`e^{\beta l}`
    ``"linear"``     :math:`1 + \beta (l - \min l) / (\max l - \min l)`
    ``"inverse"``    :math:`1 / \max(1 - p, \epsilon)`: takes the vanishing factor out of the
                     gradient of easy anchors, and so favors those
    ``"none"``       1
    ===============  ===========================================================================

    each divided by its mean, cut at ``max_weight``, and divided by the mean again. An anchor's pull
    on its positive, :math:`w (1 - p)`, grows where :math:`1 - p` is above the power mean of all and
    shrinks elsewhere; its sum never falls under ``"focal"`` (before the cut).

    Parameters
    ----------
    losses, chances : (N,) tensors
    kind : str
    beta, gamma, max_weight, eps : float

    Returns
    -------
    (N,) tensor

    Examples
    --------
    >>> p = torch.tensor([0.9, 0.5])
    >>> hardness_weights(-p.log(), p)
    tensor([0.3333, 1.6667])
    """
    hardness = (1 - chances).clamp(min=eps)
    if kind == "none":
        return torch.ones_like(losses)
    if kind == "focal":
        weights = hardness**gamma
    elif kind == "exp":
        weights = (beta * (losses - losses.max())).exp()
    elif kind == "linear":
        span = (losses.max() - losses.min()).clamp(min=torch.finfo(losses.dtype).tiny)
        weights = 1 + beta * (losses - losses.min()) / span
    elif kind == "inverse":
        weights = 1 / hardness
    else:
        raise InputError(f"hardness_weights: expected one of {', '.join(HARD[1:])}, got {kind!r}")
    weights = (weights / weights.mean()).clamp(max=max_weight)
    return weights / weights.mean()
