"""From a store and a recipe to the windows of a fold and their batches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from kinefuse import ranks
from kinefuse.augment import Plan
from kinefuse.data import BatchLoader, Prepare, channel_statistics
from kinefuse.data.parts import select, warn_of_leakage
from kinefuse.errors import ConfigError, InputError, SplitError
from kinefuse.recipe import Preparation, Recipe, Windows
from kinefuse.units import convert

__all__ = [
    "Fold",
    "complete",
    "fold",
    "loader",
    "preparations",
    "takes_partial",
    "window_index",
    "windows_of",
]


@dataclass(frozen=True)
class Fold:
    """The windows of a part of a split.

    Attributes
    ----------
    index : polars.DataFrame
        Windows that have every modality of the recipe; for models that can do without some, at
        least one.
    incomplete : int
        How many windows have not, and were left out.
    partial : int
        How many of those in the index lack a modality.
    """

    index: pl.DataFrame
    incomplete: int
    partial: int = 0

    def labelled(self) -> pl.DataFrame:
        """Return the windows with a label."""
        return self.index.filter(pl.col("label").fill_null(-1) >= 0)


def takes_partial(recipe: Recipe) -> bool:
    """Whether a recipe's method learns from windows that lack some of its modalities."""
    return recipe.method == "clmm"


def window_index(store: Any, windows: Windows) -> pl.DataFrame:
    """Return all windows of a store, cut as the recipe says."""
    index: pl.DataFrame = store.window_index(**windows.model_dump(exclude_defaults=True))
    return index


def complete(index: pl.DataFrame, modalities: tuple[str, ...], *, partial: bool = False) -> Fold:
    """Leave out the windows that lack a modality, and count them.

    Parameters
    ----------
    index : polars.DataFrame
        Of :meth:`MotionStore.window_index`.
    modalities : tuple of str
    partial : bool
        Keep windows that lack some, but not all of them.

    Raises
    ------
    ConfigError
        The store has no such modality.
    """
    for modality in modalities:
        if f"{modality}_rows" not in index.columns:
            there = [c.removesuffix("_rows") for c in index.columns if c.endswith("_rows")]
            raise ConfigError(
                f"the recipe needs the modality {modality!r}, the store has {', '.join(there)}"
            )
    here = [pl.col(f"{m}_rows").fill_null(0) > 0 for m in modalities]
    whole = index.filter(pl.all_horizontal(here))
    kept = index.filter(pl.any_horizontal(here)) if partial else whole
    return Fold(kept, len(index) - len(kept), len(kept) - len(whole))


def windows_of(store: Any, recipe: Recipe, name: str) -> pl.DataFrame:
    """Return all windows of one fold of the recipe's split, whatever modalities they have.

    Parameters
    ----------
    store : MotionStore
    recipe : Recipe
    name : {"train", "validation", "test"}

    Warns
    -----
    LeakageWarning
        The fold shares subjects with another, in different scenes, sessions or views.

    Raises
    ------
    SplitError
        The store has no such subject, scene, session or view, or no window has all of these.
    """
    index = window_index(store, recipe.windows)
    folds = {one: part.conditions for one, part in recipe.split.parts.items()}
    if name not in folds:
        return index.clear()
    mine = select(index, folds[name], part=f"split.{name}")
    for other in folds:
        if other != name:
            pair = {one: folds[one] for one in folds if one in (name, other)}
            warn_of_leakage(index, pair, stacklevel=3)
    return mine


def fold(store: Any, recipe: Recipe, name: str, *, partial: bool = False) -> Fold:
    """Return the windows of one fold of the recipe's split that have all of its modalities.

    With ``partial``, also those that have some of them.

    Raises
    ------
    SplitError
        As :func:`windows_of`, or none of the windows has every modality (with ``partial``: any).
    """
    mine = windows_of(store, recipe, name)
    found = complete(mine, tuple(recipe.modalities), partial=partial)
    if found.index.is_empty() and len(mine):
        has = "any" if partial else "all"
        raise SplitError(f"split.{name}: no window has {has} of {', '.join(recipe.modalities)}")
    return found


def preparations(store: Any, index: pl.DataFrame, recipe: Recipe) -> dict[str, dict[str, Any]]:
    """Return how each modality is prepared, with the statistics of these (training) windows.

    A window that lacks a modality has no part in the statistics of that one.

    Returns
    -------
    dict of dict
        By modality ``length, resize, normalize, mean, std, standardize_after``: JSON-able. Mean
        and deviation have the shape of a sample, ``(C,)`` or ``(J, D)``.
    """
    described = {}
    for name, modality in recipe.modalities.items():
        settings = modality.prepare
        values: dict[str, Any] = {
            "length": settings.length,
            "resize": settings.resize,
            "normalize": _normalize(store, name, settings),
            "mean": None,
            "std": None,
            "standardize_after": settings.standardize_after,
        }
        if settings.standardize != "none":
            plain = prepare(values, standardized=False)
            measured = channel_statistics(store, index, name, plain, per=settings.standardize)
            sample = store.schema[name].shape
            for what, numbers in (("mean", measured.mean), ("std", measured.std)):
                values[what] = np.broadcast_to(numbers, sample).tolist()
        elif settings.units:
            values |= _conversion(store.schema[name], settings.units, name)
        described[name] = values
    return described


def _normalize(store: Any, name: str, settings: Preparation) -> dict[str, Any] | None:
    if settings.normalize is None:
        return None
    layout = settings.normalize.get("layout") or store.schema[name].layout
    if layout is None:
        raise ConfigError(
            f"modalities.{name}.prepare.normalize: the store names no skeleton layout; "
            "set layout to a registered one"
        )
    return {**settings.normalize, "layout": layout}


def _conversion(schema: Any, units: Mapping[str, str], modality: str) -> dict[str, Any]:
    """Return zero and one of the asked units in those of the store, as mean and deviation."""
    if unused := sorted(set(units) - set(schema.units)):
        raise ConfigError(
            f"modalities.{modality}.prepare.units: no channel is in {', '.join(unused)}; "
            f"there are {', '.join(dict.fromkeys(schema.units))}"
        )
    ends = [convert([0.0, 1.0], units.get(unit, unit), unit) for unit in schema.units]
    zeros, ones = np.stack(ends, axis=1)
    return {
        "mean": np.broadcast_to(zeros, schema.shape).tolist(),
        "std": np.broadcast_to(ones - zeros, schema.shape).tolist(),
        "standardize_after": "prepare",
    }


def prepare(described: Mapping[str, Any], *, standardized: bool) -> Prepare:
    """Make the loader's preparation of what :func:`preparations` described."""
    return Prepare(
        length=described["length"],
        resize=described["resize"],
        normalize=described["normalize"],
        mean=described["mean"] if standardized else None,
        std=described["std"] if standardized else None,
    )


def loader(
    store: Any,
    index: pl.DataFrame,
    prepared: Mapping[str, Mapping[str, Any]],
    *,
    augment: Mapping[str, list[dict[str, Any]]] | None = None,
    batch_size: int,
    n_views: int = 1,
    seed: int = 0,
    training: bool = False,
    drop_last: bool = True,
) -> BatchLoader:
    """Make a loader: shuffled batches for training, else every window in order.

    What is standardised after augmentation leaves the loader as it is; the network does it.
    Training batches are shared equally among the ranks of a process group, if there is one.

    Raises
    ------
    InputError
        There is no window, or, for training, only one.
    ConfigError
        Without ``drop_last``, the last batch for training would be a single window, which batch
        norm cannot do with; or ``batch_size`` cannot be shared equally among the ranks.
    """
    n_ranks = ranks.world_size() if training else 1
    if batch_size % n_ranks or len(index) < n_ranks:
        raise ConfigError(
            f"batches of {batch_size} out of {len(index)} windows cannot be shared equally among "
            f"{n_ranks} ranks; choose a batch_size that is a multiple"
        )
    if len(index) < 1 + training:
        raise InputError(f"expected {1 + training} or more windows, got {len(index)}")
    if training and not drop_last and len(index) % batch_size == 1:
        raise ConfigError(
            f"batch_size {batch_size} leaves one of {len(index)} windows for the last batch: "
            "choose another, or drop_last = true"
        )
    return BatchLoader(
        store,
        index,
        prepare={
            name: prepare(values, standardized=values["standardize_after"] == "prepare")
            for name, values in prepared.items()
        },
        plans={
            name: Plan.from_list(
                "inertial" if len(store.schema[name].shape) == 1 else "skeleton", steps
            )
            for name, steps in (augment or {}).items()
        },
        n_views=n_views,
        batch_size=min(batch_size, len(index)) // n_ranks if training else batch_size,
        seed=seed,
        shuffle=training,
        drop_last=training and drop_last,
        rank=ranks.rank() if training else 0,
        world_size=n_ranks,
    )
