"""The first stage of training: without labels."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import polars as pl

from kinefuse import ranks
from kinefuse.checkpoint import load
from kinefuse.data import MotionStore
from kinefuse.errors import CheckpointError, ConfigError, SplitError
from kinefuse.methods import models
from kinefuse.methods.clmm import CLMM
from kinefuse.methods.cmc import CMC
from kinefuse.methods.cmkm import CMKM
from kinefuse.methods.cross_subject import CrossSubjectMethod, MatesLoader
from kinefuse.methods.history import of_encoders
from kinefuse.methods.run import Run
from kinefuse.methods.simclr import SimCLR
from kinefuse.methods.threads import with_threads_of_recipe
from kinefuse.methods.training import Fitted, Progress, fit
from kinefuse.methods.windows import Fold, complete, fold, loader, preparations, takes_partial
from kinefuse.nn import ContrastiveModel
from kinefuse.recipe import CrossSubject, Pretrain, Recipe

__all__ = ["pretrain"]

_CONTRASTIVE: dict[str, type[CLMM] | type[CMC] | type[CMKM] | type[SimCLR]] = {
    "clmm": CLMM,
    "cmc": CMC,
    "cmc_cmkm": CMKM,
    "simclr": SimCLR,
}

Prepared = Mapping[str, Mapping[str, Any]]


@with_threads_of_recipe
def pretrain(
    store: MotionStore,
    recipe: Recipe,
    *,
    out: str | Path,
    seed: int = 0,
    teachers: str | Path | Sequence[str | Path] | None = None,
    start: str | Path | None = None,
    history: int = 0,
    resume: bool = True,
    progress: Progress | None = None,
) -> Path:
    """Train the recipe's encoders on its training subjects, without labels.

    In an initialised process group of ``torch.distributed`` all ranks train one model, with the
    recipe's batch shared equally among them: call it on each with the same arguments
    (:mod:`kinefuse.ranks`). The first rank alone writes files and calls ``progress``.

    Parameters
    ----------
    store : MotionStore
    recipe : Recipe
        With a section ``[pretrain]``.
    out : str or Path
        The run's folder: the checkpoint, the resolved recipe, what was asked and what it cost.
    seed : int
        Of the weights, the batches and the views. The same seed gives the same checkpoint on the
        same machine with as many ranks, interrupted or not.
    teachers : str or Path, or a sequence of them, optional
        For ``cmc_cmkm``: a SimCLR pretraining of the same modalities on the same windows, or
        several that have them apart. Unless given, one is made first by ``[teachers]``, in the
        folder ``teachers`` under ``out``.
    start : str or Path, optional
        For ``cross_subject``, and for ``clmm`` with a section ``[cross_subject]``: the contrastive
        pretraining to go on from. Unless given, one is made first by ``[pretrain]``, in the folder
        ``start`` under ``out``.
    history : int
        Note every epoch's loss and seconds in ``run.json``, under ``result.fitted.history``, and
        measure every so many epochs how well neighbors among the training windows tell the
        validation windows apart (:func:`kinefuse.methods.history.nearest_neighbor_accuracy`),
        which needs their labels and decides nothing. 0 keeps no history.
    resume : bool
        Go on with an interrupted run in ``out``; return at once when it is over already.
    progress : callable, optional
        Called after every epoch with the stage, epochs done, epochs in all, and the mean loss.

    Returns
    -------
    Path
        ``out``, which is the checkpoint.

    Raises
    ------
    CheckpointError
        ``teachers`` or ``start`` is no pretrained model, or one for other data or networks.
    ConfigError
        The recipe has no pretraining, or does not fit the store, or ``out`` holds another run, or
        ``teachers`` or ``start`` is given for a method that has no use for it, or the batch cannot
        be shared equally among the ranks.
    ConnectionError
        Another rank has ended.
    SplitError
        The store lacks subjects of the split.
    """
    settings = recipe.pretrain
    if settings is None:
        raise ConfigError(f"recipe {recipe.name!r} has no section [pretrain]")
    first = "teachers" if recipe.teachers else "start" if recipe.cross_subject else None
    for name, given in (("teachers", teachers), ("start", start)):
        if given is not None and name != first:
            raise ConfigError(f"pretrain: method {recipe.method!r} has no use for {name}")
    before = teachers if teachers is not None else start
    if first and before is None:
        before = pretrain(
            store,
            _first_stage(recipe),
            out=Path(out) / first,
            seed=seed,
            history=history,
            resume=resume,
            progress=progress,
        )
    windows = everything = fold(store, recipe, "train", partial=takes_partial(recipe))
    if recipe.cross_subject:
        # Mates are compared in all modalities.
        whole = complete(everything.index, tuple(recipe.modalities))
        windows = Fold(whole.index, everything.incomplete + whole.incomplete)
    asked = {"stage": "pretrain", "seed": seed, "windows": len(windows.index)}
    if first and before is not None:
        asked[first] = _digests(before)
    if history:
        asked["history"] = history
    if ranks.world_size() > 1:
        asked["ranks"] = ranks.world_size()
    run = Run(out, recipe, asked, resume=resume)
    if run.finished:
        return run.path
    # Measured once: all ranks prepare by the same numbers, to the last bit.
    prepared: Prepared = ranks.on_first(lambda: preparations(store, everything.index, recipe))
    earlier: ContrastiveModel | None = None
    if before is not None:
        earlier, theirs = models.load_pretrained(before, store, recipe)
        if theirs != prepared:
            raise CheckpointError(
                f"{before}: its windows were prepared otherwise than the recipe asks; "
                f"train {first} by the same recipe and split"
            )
    stage = _Stage(store, recipe, windows, prepared, seed, run, progress)
    stage.options["history"] = of_encoders(history, store, recipe, prepared)
    if recipe.cross_subject:
        assert earlier is not None
        model, fitted, extra = stage.mine(recipe.cross_subject, earlier, str(before))
    else:
        model, fitted = stage.contrast(settings, earlier)
        extra = {}
    counted = {"incomplete": windows.incomplete, "partial": windows.partial}

    def write() -> Path:
        models.save(run.path, model, store, recipe, dict(prepared), run.asked)
        return run.finish({"fitted": fitted.to_dict(), **counted, **extra})

    return ranks.on_first(write)


def _digests(paths: str | Path | Sequence[str | Path]) -> str | list[str]:
    if isinstance(paths, str | Path):
        return load(paths).info.weights_sha256
    return [load(path).info.weights_sha256 for path in paths]


def _first_stage(recipe: Recipe) -> Recipe:
    """Return the recipe of the pretraining that comes before this one."""
    values = recipe.to_dict()
    if recipe.method == "cmc_cmkm":
        values |= {"method": "simclr", "pretrain": values.pop("teachers")}
    else:
        del values["cross_subject"]
        if recipe.method == "cross_subject":
            values["method"] = "cmc" if len(recipe.modalities) > 1 else "simclr"
    return Recipe.from_dict(values, source=recipe.name)


class _Stage:
    """What all ways to pretrain have in common."""

    def __init__(
        self,
        store: MotionStore,
        recipe: Recipe,
        windows: Fold,
        prepared: Prepared,
        seed: int,
        run: Run,
        progress: Progress | None,
    ) -> None:
        self.store, self.recipe, self.windows, self.prepared = store, recipe, windows, prepared
        self.options: dict[str, Any] = {
            "stage": "pretrain", "seed": seed, "keep": run.keep, "progress": progress,
        }  # fmt: skip
        self.seed = seed

    def contrast(
        self, settings: Pretrain, teachers: ContrastiveModel | None
    ) -> tuple[ContrastiveModel, Fitted]:
        """Train by SimCLR, CMC, CMC-CMKM or CLMM's first stage."""
        method = _CONTRASTIVE[self.recipe.method]

        def build(steps: int) -> CLMM | CMC | CMKM | SimCLR:
            model = models.contrastive(self.store, self.recipe, self.prepared)
            if teachers is not None:
                return CMKM(model, settings, steps, teachers=teachers)
            return cast(type[CLMM] | type[CMC] | type[SimCLR], method)(model, settings, steps)

        batches = loader(
            self.store,
            self.windows.index,
            self.prepared,
            augment=settings.augment,
            batch_size=settings.batch_size,
            n_views=2 if settings.contrast and settings.contrast.specific else method.n_views,
            seed=self.seed,
            training=True,
            drop_last=settings.drop_last,
        )
        trained, fitted = fit(build, batches, settings, **self.options)
        return cast(CLMM | CMC | CMKM | SimCLR, trained).model, fitted

    def mine(
        self, settings: CrossSubject, start: ContrastiveModel, path: str
    ) -> tuple[ContrastiveModel, Fitted, dict[str, Any]]:
        """Go on from ``start`` with pairs mined across subjects."""
        index = self.windows.index
        people = _column(index, settings.by)
        views = loader(
            self.store,
            index,
            self.prepared,
            augment=settings.augment,
            batch_size=settings.batch_size,
            n_views=1 if len(self.recipe.modalities) > 1 else 2,
            seed=self.seed,
            training=True,
        )
        batches = MatesLoader(
            views,
            batch_size=views.batch_size * ranks.world_size(),
            seed=self.seed,
            every=settings.every,
        )
        plain = loader(self.store, index, self.prepared, batch_size=256)

        def build(steps: int) -> CrossSubjectMethod:
            model = models.contrastive(self.store, self.recipe, self.prepared)
            try:
                model.load_state_dict(start.state_dict())
            except RuntimeError as error:
                raise CheckpointError(
                    f"{path}: other networks than the recipe's: {error}"
                ) from None
            return CrossSubjectMethod(
                model,
                settings,
                steps,
                batches=batches,
                plain=plain,
                people=people,
                labels=index["label"].fill_null(-1).to_numpy(),
            )

        trained, fitted = fit(build, batches, settings, **self.options)
        method = cast(CrossSubjectMethod, trained)
        return method.model, fitted, {"mined": method.mined}


def _column(index: pl.DataFrame, name: str) -> Any:
    """Return who or what each window is of; without gaps, because a gap would be one person."""
    if name not in index.columns:
        raise ConfigError(f"cross_subject.by: the store's windows have no {name!r}")
    values = index[name].cast(pl.String)
    if missing := values.null_count():
        raise SplitError(
            f"cross_subject.by: {missing} of {len(values)} training windows have no {name}; "
            "leave them out, or mine by recording or session"
        )
    return values.to_numpy()
