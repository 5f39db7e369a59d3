"""Views of a window made of its modalities' projections: each by itself, and mixtures."""

from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise

import torch
from torch import Tensor
from torch.nn import functional

from kinefuse.errors import InputError

__all__ = ["KINDS", "stack_views"]

KINDS = ("mix", "pairwise", "fusion")


def stack_views(
    z: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None, *, kind: str = "mix"
) -> tuple[Tensor, Tensor]:
    """Return views of unit length, and where they are there.

    Parameters
    ----------
    z : mapping of modality to (B, D) tensor
        Projections, of any length.
    present : mapping of modality to (B,) bool tensor, optional
        Where a window has the modality; rows that are missing may hold anything, NaN too.
    kind : {"mix", "pairwise", "fusion"}
        ``"pairwise"``: the modalities themselves. ``"fusion"``: only mixtures of all, as in Cosmo
        (Ouyang et al., MobiCom 2022): of two modalities ``a z1 + (1 - a) z2`` with ``a`` in tenths;
        of more, weights on a regular grid inside the simplex. ``"mix"``: the modalities and three
        mixtures of two of them; of more, the midpoint of each pair and the center of all.

    Returns
    -------
    views : (V, B, D) tensor
        Zero where a view is not there.
    there : (V, B) tensor of bool
        A mixture of all is one of those that a window has, if those are at least two; a mixture of
        two needs both.

    Raises
    ------
    InputError
        An unknown kind.

    Examples
    --------
    >>> z = {"inertial": torch.eye(4), "skeleton": torch.eye(4)}
    >>> [stack_views(z, kind=kind)[0].shape[0] for kind in KINDS]
    [5, 2, 9]
    """
    if kind not in KINDS:
        raise InputError(f"views: expected one of {', '.join(KINDS)}, got {kind!r}")
    first = next(iter(z.values()))
    here = [
        torch.ones(len(rows), dtype=torch.bool, device=rows.device) if present is None
        else present[m]
        for m, rows in z.items()
    ]  # fmt: skip
    units = [
        functional.normalize(torch.where(mask[:, None], rows, 0.0), dim=1)
        for mask, rows in zip(here, z.values(), strict=True)
    ]
    mask = torch.stack(here)
    views, there = ([], []) if kind == "fusion" else (list(units), list(here))
    if kind != "pairwise":
        for weights, all_of_them in _mixtures(len(units), kind):
            used = [i for i, weight in enumerate(weights) if weight > 0]
            mixed = sum((weights[i] * units[i] for i in used), torch.zeros_like(first))
            views.append(functional.normalize(mixed, dim=1))
            there.append(mask.sum(0) >= 2 if all_of_them else mask[used].all(0))
    return torch.stack(views), torch.stack(there)


def _mixtures(n: int, kind: str) -> Iterator[tuple[list[float], bool]]:
    """Yield weights of the modalities, and whether a window may lack some of them."""
    if kind == "fusion":
        steps = 10 if n == 2 else n + 2
        for cuts in combinations(range(1, steps), n - 1):
            edges = (0, *cuts, steps)
            yield [(b - a) / steps for a, b in pairwise(edges)], n > 2
    elif n == 2:
        yield from (([a, 1 - a], False) for a in (0.25, 0.5, 0.75))
    else:
        for pair in combinations(range(n), 2):
            yield [0.5 if i in pair else 0.0 for i in range(n)], False
        yield [1 / n] * n, True
