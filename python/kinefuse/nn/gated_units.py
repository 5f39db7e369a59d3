"""Bidirectional gated units over time, summed up with learned weights."""

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError, ShapeError

__all__ = ["GatedUnits"]

KINDS = ("bigru", "gru", "none")


class GatedUnits(nn.Module):
    r"""Read tokens in both directions, and sum up what was read.

    .. math:: s = \sum_n t_n H_n, \quad t = \mathrm{softmax}_n(w \cdot H_n)

    with :math:`H` the states of a bidirectional gated recurrent unit (Cho et al.,
    arXiv:1406.1078), half of the width in each direction.

    Parameters
    ----------
    width : int
        Length d of a token; even.
    kind : {"bigru", "gru", "none"}
        ``"gru"`` reads forward only, ``"none"`` puts a linear layer and ReLU in its place.

    Raises
    ------
    InputError
        An unknown kind, or a width that is not even.

    Examples
    --------
    >>> GatedUnits(64)(torch.randn(8, 30, 64)).shape
    torch.Size([8, 64])
    """

    def __init__(self, width: int, *, kind: str = "bigru") -> None:
        super().__init__()
        if kind not in KINDS:
            raise InputError(f"GatedUnits: expected one of {', '.join(KINDS)}, got {kind!r}")
        if width < 2 or width % 2:
            raise InputError(f"GatedUnits: expected an even width, got {width}")
        self.width, self.kind = width, kind
        self.read: nn.Module
        if kind == "none":
            self.read = nn.Sequential(nn.Linear(width, width), nn.ReLU())
        else:
            both = kind == "bigru"
            hidden = width // 2 if both else width
            self.read = nn.GRU(width, hidden, batch_first=True, bidirectional=both)
        self.weigh = nn.Linear(width, 1, bias=False)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Return the sum ``(B, d)`` of what was read.

        Parameters
        ----------
        tokens : (B, N, d) tensor
        lengths : (B,) tensor of int64, optional
            How many tokens of each row count, from 1; what comes after them does not.

        Raises
        ------
        ShapeError
            Tokens of another width, or lengths that are not from 1 to N.
        """
        if tokens.ndim != 3 or tokens.shape[2] != self.width:
            raise ShapeError(
                f"GatedUnits: expected (B, N, {self.width}), got {tuple(tokens.shape)}"
            )
        n = tokens.shape[1]
        if lengths is None:
            states = self._states(tokens)
            return self._sum(states, self.weigh(states))
        if lengths.shape != tokens.shape[:1] or bool(((lengths < 1) | (lengths > n)).any()):
            raise ShapeError(f"GatedUnits: expected (B,) lengths from 1 to {n}, got {lengths}")
        after = torch.arange(n, device=tokens.device) >= lengths[:, None]
        # Zeroed first: what is there may be NaN, and zero times NaN would reach the gradient.
        tokens = tokens.masked_fill(after[:, :, None], 0.0)
        states = self._states(tokens, lengths)
        scores = self.weigh(states).masked_fill(after[:, :, None], -torch.inf)
        return self._sum(states, scores)

    def _sum(self, states: Tensor, scores: Tensor) -> Tensor:
        return (scores.softmax(1) * states).sum(1)

    def _states(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        if self.kind == "none" or lengths is None:
            states = self.read(tokens)
        else:
            packed = nn.utils.rnn.pack_padded_sequence(
                tokens, lengths.cpu(), batch_first=True, enforce_sorted=False
            )
            states, _ = nn.utils.rnn.pad_packed_sequence(
                self.read(packed)[0], batch_first=True, total_length=tokens.shape[1]
            )
            return states
        result: Tensor = states[0] if isinstance(states, tuple) else states
        return result
