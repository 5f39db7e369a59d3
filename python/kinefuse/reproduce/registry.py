"""The tables that can be reproduced, by name."""

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from kinefuse.errors import ConfigError
from kinefuse.reproduce.table import Table

__all__ = ["Definition", "get", "names", "register"]

Definition = Callable[..., Table]
"""Called with the seeds and ``quick``; returns the table."""


class _Known(NamedTuple):
    define: Definition
    seeds: tuple[int, ...]
    quick_seeds: tuple[int, ...]


_DEFINITIONS: dict[str, _Known] = {}


def register(
    name: str,
    definition: Definition,
    *,
    seeds: Sequence[int] = range(5),
    quick_seeds: Sequence[int] = range(2),
) -> None:
    """Make a table known.

    Parameters
    ----------
    name : str
    definition : callable
    seeds, quick_seeds : sequence of int
        What it is made with unless told.

    Raises
    ------
    ConfigError
        The name is taken.
    """
    if name in _DEFINITIONS:
        raise ConfigError(f"there is a table {name!r} already")
    _DEFINITIONS[name] = _Known(definition, tuple(seeds), tuple(quick_seeds))


def names() -> list[str]:
    """Return the names of the tables.

    Examples
    --------
    >>> "cmc-cmkm" in names()
    True
    """
    _load()
    return sorted(_DEFINITIONS)


def get(name: str, seeds: Sequence[int] | None = None, *, quick: bool = False) -> Table:
    """Return a table with all its jobs.

    Parameters
    ----------
    name : str
        One of :func:`names`.
    seeds : sequence of int, optional
        Every method is trained with each; with the table's own, unless told.
    quick : bool
        A part of it, in minutes.

    Raises
    ------
    ConfigError
        No such table, or no seed, or a negative one.

    Examples
    --------
    >>> table = get("cmc-cmkm", [0])
    >>> [(dataset.name, dataset.protocol) for dataset in table.datasets]
    [('utd-mhad', '1,3,5/7/2,4,6,8')]
    """
    _load()
    if name not in _DEFINITIONS:
        near = difflib.get_close_matches(name, _DEFINITIONS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(names())}"
        raise ConfigError(f"no table {name!r}: {hint}")
    known = _DEFINITIONS[name]
    if seeds is None:
        seeds = known.quick_seeds if quick else known.seeds
    if not seeds or min(seeds) < 0 or len(set(seeds)) < len(seeds):
        raise ConfigError(f"seeds: expected one or more, each once, from 0 on, got {list(seeds)}")
    return known.define(tuple(seeds), quick=quick)


def _load() -> None:
    from kinefuse.reproduce import clmm, cmc_cmkm, reference

    few = {"seeds": range(3), "quick_seeds": range(1)}
    tables: tuple[tuple[Any, Mapping[str, Any]], ...] = (
        (clmm.methods, few),
        (clmm.ablation, few),
        (cmc_cmkm, {}),
        (reference, {}),
    )
    for table, seeds in tables:
        if table.NAME not in _DEFINITIONS:
            register(table.NAME, table.define, **seeds)
