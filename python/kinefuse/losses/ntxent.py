"""The loss of SimCLR."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from kinefuse.errors import InputError, ShapeError
from kinefuse.losses.gather import gather

__all__ = ["NTXentLoss"]


class NTXentLoss(nn.Module):
    r"""Normalised temperature-scaled cross-entropy between two views (Chen et al., 2002.05709).

    For each of the ``2 B`` projections, the cross-entropy of picking the other view of the same
    window among all others of the batch, by cosine over the temperature; the mean of all (their
    equation 1):

    .. math:: -\log \frac{\exp(s_{i,p(i)} / \tau)}{\sum_{k \ne i} \exp(s_{i,k} / \tau)}

    Parameters
    ----------
    temperature : float

    Raises
    ------
    InputError
        The temperature is not positive.

    Examples
    --------
    >>> z = torch.eye(4)
    >>> round(NTXentLoss(temperature=0.1)(z, z).item(), 5)
    0.00027
    """

    def __init__(self, temperature: float = 0.1) -> None:
        super().__init__()
        self.temperature = positive(temperature, "NTXentLoss")

    def forward(self, first: Tensor, second: Tensor, present: Tensor | None = None) -> Tensor:
        """Return the loss, a scalar.

        Under an initialised process group all ranks' windows are contrasted with each other, and
        the gradient reaches every rank.

        Parameters
        ----------
        first, second : (B, D) tensors
            Projections of two views of the same windows; at least two windows, over all ranks.
        present : (B,) bool tensor, optional
            Which windows take part; the rows of the others may hold anything.

        Raises
        ------
        ShapeError
            The shapes differ, are not ``(B, D)`` and ``(B,)``, or there is only one window.
        """
        shapes = [tuple(x.shape) for x in (first, second)]
        fit = first.ndim == 2 and first.shape == second.shape
        if present is not None:
            shapes.append(tuple(present.shape))
            fit = fit and present.shape == first.shape[:1]
        if fit:
            first, second = gather(first), gather(second)
            if present is not None:
                here = gather(present)
                first, second = first[here], second[here]
        if not fit or (n := len(first)) < 2:
            raise ShapeError(
                "NTXentLoss: expected two (B, D) of the same shape with B of at least 2, got "
                + " and ".join(map(str, shapes))
            )
        z = functional.normalize(torch.cat([first, second]), dim=1)
        logits = z @ z.T / self.temperature
        itself = torch.eye(2 * n, dtype=torch.bool, device=z.device)
        other_view = torch.arange(2 * n, device=z.device).roll(n)
        return functional.cross_entropy(logits.masked_fill(itself, -torch.inf), other_view)

    def extra_repr(self) -> str:
        """Return what ``repr`` shows."""
        return f"temperature={self.temperature}"


def positive(temperature: float, of: str) -> float:
    """Return a temperature that is a positive number, or raise :class:`InputError`."""
    if not 0 < temperature < float("inf"):
        raise InputError(f"{of}: the temperature must be positive, got {temperature}")
    return float(temperature)
