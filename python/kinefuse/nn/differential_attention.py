"""Self-attention as the difference of two attention maps."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from kinefuse.errors import InputError, ShapeError

__all__ = ["DifferentialAttention"]

KINDS = ("diff", "diff2", "softmax")
SHORT = 64
"""Tokens up to which two matrix products are faster on a CPU than the fused kernel."""


class DifferentialAttention(nn.Module):
    r"""Attend by the difference of two softmax maps, which cancels what both have in common.

    Differential Transformer (Ye et al., arXiv:2410.05258). Each of :math:`h` heads has two groups
    of queries and keys of size :math:`d_h = d / 2h` and values of size :math:`2 d_h`:

    .. math::
        \mathrm{head} = (1 - \lambda_0)\, \mathrm{RMSNorm}\big(
            (\mathrm{softmax}(Q_1 K_1^\top / \sqrt{d_h})
            - \lambda\, \mathrm{softmax}(Q_2 K_2^\top / \sqrt{d_h})) V \big)

    with :math:`\lambda = e^{q_1 \cdot k_1} - e^{q_2 \cdot k_2} + \lambda_0` learned by four vectors
    that the heads share, and :math:`\lambda_0 = 0.8 - 0.6 e^{-0.3 (l - 1)}` in layer :math:`l`.

    Parameters
    ----------
    width : int
        Length d of a token, a multiple of ``2 * heads``.
    heads : int
    layer : int
        l, from 1.
    kind : {"diff", "diff2", "softmax"}
        ``"diff2"``: the authors' second version: twice as many query heads of size ``d / h`` on
        shared keys and values, :math:`\lambda` the sigmoid of a linear function of each token, no
        norm and no factor. ``"softmax"``: the same matrices as ``2 h`` ordinary heads.
    bound : bool
        Keep :math:`\lambda` of ``"diff"`` between 0 and 1; it may otherwise turn negative in
        training, and the maps are then added.

    Raises
    ------
    InputError
        An unknown kind, or sizes that do not fit.

    Examples
    --------
    >>> attention = DifferentialAttention(64, heads=2)
    >>> attention(torch.randn(8, 30, 64)).shape
    torch.Size([8, 30, 64])
    """

    def __init__(
        self, width: int, *, heads: int = 2, layer: int = 1, kind: str = "diff", bound: bool = False
    ) -> None:
        super().__init__()
        if kind not in KINDS:
            raise InputError(
                f"DifferentialAttention: kind: expected one of {', '.join(KINDS)}, got {kind!r}"
            )
        if min(width, heads, layer) < 1 or width % (2 * heads):
            raise InputError(
                "DifferentialAttention: expected a width that is a multiple of twice the heads and "
                f"a layer from 1, got width {width}, {heads} heads, layer {layer}"
            )
        self.heads, self.kind, self.bound = heads, kind, bound
        self.queries = nn.Linear(width, 2 * width if kind == "diff2" else width, bias=False)
        self.keys = nn.Linear(width, width, bias=False)
        self.values = nn.Linear(width, width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.lambda_init = 0.8 - 0.6 * math.exp(-0.3 * (layer - 1))
        if kind == "diff":
            size = width // (2 * heads)
            self.lambdas = nn.Parameter(0.1 * torch.randn(4, size))
            self.norm = nn.RMSNorm(2 * size, eps=1e-5)
        elif kind == "diff2":
            self.subtract = nn.Linear(width, heads, bias=False)

    def factor(self) -> Tensor:
        r"""Return :math:`\lambda` of ``"diff"``, a scalar."""
        q1, k1, q2, k2 = self.lambdas
        value: Tensor = (q1 @ k1).exp() - (q2 @ k2).exp() + self.lambda_init
        return value.clamp(0, 1) if self.bound else value

    def forward(self, x: Tensor, valid: Tensor | None = None) -> Tensor:
        """Return what each token attends to.

        Parameters
        ----------
        x : (B, N, d) tensor
        valid : (B, N) tensor of bool, optional
            Tokens that may be attended to. A row without any attends to nothing: zeros before
            the last layer.

        Returns
        -------
        (B, N, d) tensor

        Raises
        ------
        ShapeError
            ``x`` or ``valid`` is of another shape.
        """
        width = self.keys.in_features
        if x.ndim != 3 or x.shape[2] != width or (valid is not None and valid.shape != x.shape[:2]):
            raise ShapeError(
                f"DifferentialAttention: expected (B, N, {width}) and a mask (B, N), got "
                f"{tuple(x.shape)} and {None if valid is None else tuple(valid.shape)}"
            )
        if self.kind == "diff":
            q, k = (self._groups(p(x)) for p in (self.queries, self.keys))
            v = self._split(self.values(x), self.heads)
            heads = attend_difference(q, k, v, self.factor(), valid)
            # The factor on the gains is that on the heads, with a pass less over them.
            gains = (1 - self.lambda_init) * self.norm.weight
            heads = functional.rms_norm(heads, self.norm.normalized_shape, gains, self.norm.eps)
        elif self.kind == "diff2":
            q = self._groups(self.queries(x))
            k, v = (self._split(p(x), self.heads) for p in (self.keys, self.values))
            share = self.subtract(x).sigmoid().transpose(1, 2).unsqueeze(3)
            heads = attend_difference(q, k.unsqueeze(2), v, share, valid)
        else:
            q, k, v = (
                self._split(p(x), 2 * self.heads) for p in (self.queries, self.keys, self.values)
            )
            heads = attend(q, k, v, valid)
        result: Tensor = self.out(heads.transpose(1, 2).flatten(2))
        return result

    def _split(self, x: Tensor, heads: int) -> Tensor:
        """``(B, N, heads * size)`` to ``(B, heads, N, size)``."""
        return x.reshape(*x.shape[:2], heads, -1).transpose(1, 2)

    def _groups(self, x: Tensor) -> Tensor:
        """``(B, N, heads * 2 * size)`` to the groups, ``(B, heads, 2, N, size)``."""
        return x.reshape(*x.shape[:2], self.heads, 2, -1).permute(0, 2, 3, 1, 4)


def attend(q: Tensor, k: Tensor, v: Tensor, valid: Tensor | None = None) -> Tensor:
    """Return softmax attention, zero where nothing may be attended to.

    By two matrix products for few tokens on a CPU, by the fused kernel otherwise; both give the
    same up to rounding.

    Parameters
    ----------
    q, k : (B, H, N, S) tensors
    v : (B, H, N, W) tensor
    valid : (B, N) tensor of bool, optional
    """
    if _is_long(q):
        mask = None if valid is None else valid[:, None, None, :]
        found = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    else:
        found = _attention_map(q, k, valid) @ v
    if valid is None:
        return found
    return torch.where(valid.any(1)[:, None, None, None], found, 0.0)


def attend_difference(
    q: Tensor, k: Tensor, v: Tensor, share: Tensor, valid: Tensor | None = None
) -> Tensor:
    """Return what the first group attends to, less a share of what the second does.

    For few tokens on a CPU the maps are subtracted before the values are summed, which is one
    product less.

    Parameters
    ----------
    q : (B, H, 2, N, S) tensor
    k : (B, H, 2, N, S) or (B, H, 1, N, S) tensor
        The groups' own keys, or those that both share.
    v : (B, H, N, W) tensor
    share : tensor that broadcasts to (B, H, N, 1)
    valid : (B, N) tensor of bool, optional
    """
    if _is_long(q):
        (q1, q2), (k1, k2) = q.unbind(2), k.expand_as(q).unbind(2)
        return attend(q1, k1, v, valid) - share * attend(q2, k2, v, valid)
    first, second = _attention_map(q, k, valid).unbind(2)
    found = (first - share * second) @ v
    if valid is None:
        return found
    return torch.where(valid.any(1)[:, None, None, None], found, 0.0)


def _is_long(q: Tensor) -> bool:
    return q.shape[-2] > SHORT or q.device.type != "cpu"


def _attention_map(q: Tensor, k: Tensor, valid: Tensor | None) -> Tensor:
    scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
    if valid is not None:
        mask = valid.reshape(valid.shape[0], *(1,) * (q.ndim - 2), -1)
        # The smallest number and not minus infinity: a row of those has a NaN gradient.
        scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    result: Tensor = scores.softmax(-1)
    return result
