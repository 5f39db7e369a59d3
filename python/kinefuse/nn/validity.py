"""How much of a window can be used: a window's own part in the quality of a modality."""

import torch
from torch import Tensor

from kinefuse.errors import InputError, ShapeError

__all__ = ["measure_validity"]

_STILL = 1e-5
"""Changes smaller than this, against a channel's largest value, are of rounding."""


def measure_validity(x: Tensor, *, present: Tensor | None = None, flat_run: int = 5) -> Tensor:
    """Return the share of a window's samples that are there and not flat.

    An instant counts with the share of its values that are finite; with nothing where no channel
    changes over ``flat_run`` instants or more, which is what a sensor that hangs or clips in all
    its channels gives. A person at rest does not: sensors have noise.

    Parameters
    ----------
    x : (B, C, T) or (B, D, T, J) tensor
        Windows as they come from the loader, before missing values are filled.
    present : (B,) bool tensor, optional
        Where a window has the modality; elsewhere the share is 0.
    flat_run : int
        At least 2.

    Returns
    -------
    (B,) tensor of float32
        0 to 1: the ``validity`` of :class:`~kinefuse.nn.QualityAttention`.

    Raises
    ------
    ShapeError
        Windows of another shape, or a mask that is not ``(B,)``.
    InputError
        ``flat_run`` is under 2.

    Examples
    --------
    >>> x = torch.arange(20.0).repeat(2, 6, 1)
    >>> x[1, :, 5:] = 0.0
    >>> measure_validity(x)
    tensor([1.0000, 0.2500])
    """
    if x.ndim not in (3, 4):
        raise ShapeError(f"measure_validity: expected (B, C, T) or (B, D, T, J), got {(*x.shape,)}")
    if present is not None and present.shape != x.shape[:1]:
        raise ShapeError(
            f"measure_validity: expected a mask of ({len(x)},), got {(*present.shape,)}"
        )
    if flat_run < 2:
        raise InputError(f"measure_validity: expected a flat_run from 2, got {flat_run}")
    # Instants are the third dimension, what is measured at each of them all others but the first.
    beside = tuple(d for d in range(1, x.ndim) if d != 2)
    finite = torch.isfinite(x)
    if bool(finite.all()):
        usable, known = x.new_ones(len(x), x.shape[2], dtype=torch.float32), x
    else:
        usable, known = finite.float().mean(beside), x.where(finite, torch.nan)
    validity = torch.where(_flat(known, beside, flat_run), 0.0, usable).mean(1)
    return validity if present is None else torch.where(present, validity, 0.0)


def _flat(x: Tensor, beside: tuple[int, ...], run: int) -> Tensor:
    """Return which instants ``(B, T)`` are in a run without any change."""
    flat = torch.zeros(len(x), x.shape[2], dtype=torch.bool, device=x.device)
    if x.shape[2] < run:
        return flat
    size = x.abs().nan_to_num(0.0).amax(2, keepdim=True)
    # A step from or to a missing value is NaN, and no change.
    moved = (x.diff(dim=2).abs() > _STILL * size).any(beside)
    starts = ~moved.unfold(1, run - 1, 1).any(2)
    for shift in range(run):
        flat[:, shift : shift + starts.shape[1]] |= starts
    return flat
