"""Attention over modalities, guided by how good each of them is."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError, ShapeError

__all__ = ["QualityAttention"]

KINDS = ("guided", "learned", "prior", "uniform")


class QualityAttention(nn.Module):
    r"""Weigh a window's modalities by what was learned and by their quality.

    .. math::
        \hat\alpha = \mathrm{softmax}_m(w_m \cdot \tanh(W_m u_m + b_m)), \quad
        \alpha_m = (1 - \lambda)\, \hat\alpha_m + \lambda \frac{q_m v_m}{\sum_k q_k v_k}

    over the modalities that a window has; the others weigh zero. The idea is Cosmo's (Ouyang et
    al., MobiCom 2022), which has a fixed q and all modalities.

    Parameters
    ----------
    width : int
        Length d of a modality's vector.
    modalities : sequence of str
    prior : mapping of modality to float, optional
        Quality q, positive; all alike unless told. It is scaled to sum 1.
    guidance : float
        :math:`\lambda`, 0 to 1.
    kind : {"guided", "learned", "prior", "uniform"}
        ``"learned"`` is :math:`\lambda` 0, ``"prior"`` 1, ``"uniform"`` the mean.

    Raises
    ------
    InputError
        An unknown kind, no modality, or a prior or guidance out of range.

    Examples
    --------
    >>> attention = QualityAttention(16, ("inertial", "skeleton"))
    >>> u = {"inertial": torch.randn(4, 16), "skeleton": torch.randn(4, 16)}
    >>> fused, weights = attention(u)
    >>> fused.shape, weights.shape
    (torch.Size([4, 16]), torch.Size([4, 2]))
    >>> torch.allclose(weights.sum(1), torch.ones(4))
    True
    """

    prior: Tensor

    def __init__(
        self,
        width: int,
        modalities: tuple[str, ...] | list[str],
        *,
        prior: Mapping[str, float] | None = None,
        guidance: float = 0.5,
        kind: str = "guided",
    ) -> None:
        super().__init__()
        names = list(modalities)
        if kind not in KINDS:
            raise InputError(f"QualityAttention: expected one of {', '.join(KINDS)}, got {kind!r}")
        if not names or not 0 <= guidance <= 1:
            raise InputError(
                "QualityAttention: expected modalities and a guidance from 0 to 1, got "
                f"{names} and {guidance}"
            )
        quality = {m: 1.0 for m in names} if prior is None else dict(prior)
        if set(quality) != set(names) or not all(0 < q < float("inf") for q in quality.values()):
            raise InputError(
                f"QualityAttention: expected a positive quality for each of {names}, got {prior}"
            )
        self.modalities = tuple(names)
        self.kind = kind
        self.guidance = {"learned": 0.0, "prior": 1.0}.get(kind, float(guidance))
        values = torch.tensor([quality[m] for m in names], dtype=torch.float32)
        self.register_buffer("prior", values / values.sum())
        self.scores = nn.ModuleDict(
            {
                m: nn.Sequential(
                    nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 1, bias=False)
                )
                for m in names
            }
        )

    def forward(
        self,
        vectors: Mapping[str, Tensor],
        present: Mapping[str, Tensor] | None = None,
        validity: Mapping[str, Tensor] | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return the weighted sum, and the weights.

        Parameters
        ----------
        vectors : mapping of modality to (B, d) tensor
        present : mapping of modality to (B,) bool tensor, optional
            Where a window has the modality; elsewhere its vector may hold anything, NaN too.
        validity : mapping of modality to (B,) tensor, optional
            The share of a window's samples that are usable, 0 to 1: the v of the prior.

        Returns
        -------
        (B, d) tensor
        (B, M) tensor
            Rows sum to 1, in the order of ``modalities``.

        Raises
        ------
        InputError
            A modality is not there, or a window has none at all.
        ShapeError
            A mask that is not ``(B,)``.
        """
        if lacking := [m for m in self.modalities if m not in vectors]:
            raise InputError(f"QualityAttention: no vectors of {', '.join(lacking)}")
        first = vectors[self.modalities[0]]
        every = torch.ones(len(first), dtype=torch.bool, device=first.device)
        columns = [every if present is None else present[m] for m in self.modalities]
        if any(c.shape != every.shape for c in columns):
            raise ShapeError(f"QualityAttention: expected masks of ({len(first)},)")
        here = torch.stack(columns, 1)
        if not bool(here.any(1).all()):
            empty = int((~here.any(1)).sum())
            raise InputError(f"QualityAttention: {empty} of {len(first)} windows have no modality")
        rows = [
            torch.where(here[:, i, None], vectors[m], 0.0) for i, m in enumerate(self.modalities)
        ]
        weights = self._weights(rows, here, validity)
        fused = (weights[:, :, None] * torch.stack(rows, 1)).sum(1)
        return fused, weights

    def _weights(
        self, rows: list[Tensor], here: Tensor, validity: Mapping[str, Tensor] | None
    ) -> Tensor:
        if self.kind == "uniform":
            return _shares(here.to(rows[0].dtype))
        quality = self.prior.to(rows[0].dtype) * here
        if validity is not None:
            usable = torch.stack([validity[m] for m in self.modalities], 1)
            # A window of which nothing is usable is judged by the prior alone.
            quality = torch.where(
                (quality * usable).sum(1, keepdim=True) > 0, quality * usable, quality
            )
        scores = torch.cat(
            [self.scores[m](x) for m, x in zip(self.modalities, rows, strict=True)], 1
        )
        learned = scores.masked_fill(~here, -torch.inf).softmax(1)
        return (1 - self.guidance) * learned + self.guidance * _shares(quality)


def _shares(values: Tensor) -> Tensor:
    return values / values.sum(1, keepdim=True)
