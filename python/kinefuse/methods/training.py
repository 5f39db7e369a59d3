"""The loop that all methods share: Lightning's, with a schedule, a way to resume, and a clock.

A run can be killed at any time and started again: it goes on from the last epoch it kept and ends
with the same weights, because all that is random in an epoch (batches, views, dropout, mixup)
follows from the seed and the number of the epoch.
"""

import logging
import math
import pickle
import signal
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import lightning.pytorch as pl
import torch
from torch import Tensor

from kinefuse import ranks
from kinefuse.data import Batch
from kinefuse.errors import CheckpointError
from kinefuse.methods.observer import Observer
from kinefuse.methods.optimizers import build_optimizer, build_schedule
from kinefuse.nn.batch_norm import train_over_ranks
from kinefuse.recipe import Training

if TYPE_CHECKING:  # which imports what imports this
    from kinefuse.methods.history import History

__all__ = ["Batches", "Fitted", "Method", "Progress", "fit"]

KEEP_EVERY_S = 30.0
"""Seconds between two resumable checkpoints."""


Progress = Callable[[str, int, int, float], None]
"""Called after every epoch with the stage, epochs done, epochs in all, and their mean loss."""


@dataclass(frozen=True)
class Fitted:
    """What training cost and where its loss ended.

    Attributes
    ----------
    epochs, steps : int
        Of this process; a resumed run counts only what it did itself.
    loss : float
        Mean of the last epoch.
    seconds : float
        Wall time of the epochs.
    waiting_s : float
        Part of it in which a step waited for its batch.
    chosen : dict or None
        Of the epoch whose weights were kept, where validation windows chose it: ``epoch``,
        ``loss``, ``accuracy``, ``macro_f1``. None where they are those of the last epoch.
    history : list of dict or None
        A row an epoch (:class:`kinefuse.methods.history.History`), if it was asked for; those of
        an interrupted run's first part included.
    """

    epochs: int
    steps: int
    loss: float
    seconds: float
    waiting_s: float
    chosen: dict[str, Any] | None = None
    history: list[dict[str, float]] | None = None

    def after(self, first: Self) -> Self:
        """Return the two trainings as one: what both cost, and where this one ended."""
        rows = self.history
        if rows is not None and first.history:
            last = first.history[-1]
            # The second's epoch 0, before any of its steps, is the end of the first.
            later = [row for row in rows if row["epoch"] > 0]
            rows = first.history + [
                row | {key: row[key] + last[key] for key in ("epoch", "steps", "seconds")}
                for row in later
            ]
        return replace(
            self,
            epochs=first.epochs + self.epochs,
            steps=first.steps + self.steps,
            seconds=first.seconds + self.seconds,
            waiting_s=first.waiting_s + self.waiting_s,
            history=rows,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers, with the share of the time that went into waiting."""
        share = self.waiting_s / self.seconds if self.seconds else 0.0
        values = {**asdict(self), "waiting_share": share}
        if self.history is None:
            del values["history"]
        return values


class Batches:
    """Batches of one epoch after the other, as tensors; measures the wait for them.

    Parameters
    ----------
    loader
        Has ``set_epoch``, a length, and yields :class:`kinefuse.data.Batch`, or tensors. Its
        ``ready(epoch)``, if there is one, says whether an epoch may begin before the last step of
        the one before.
    """

    def __init__(self, loader: Any) -> None:
        self.loader = loader
        self.epoch = 0
        self.waiting_s = 0.0
        self._ahead: tuple[int, Iterator[Any]] | None = None

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        epoch, last = self.epoch, len(self) - 1
        batches = self._open(epoch)
        for number in range(len(self)):
            before = time.perf_counter()
            batch = next(batches)
            if number == last and self._may_begin(epoch + 1):
                # While this step computes, the next epoch's first batches are made.
                self._ahead = (epoch + 1, self._start(epoch + 1))
            self.waiting_s += time.perf_counter() - before
            yield batch.torch() if isinstance(batch, Batch) else batch

    def _may_begin(self, epoch: int) -> bool:
        ready = getattr(self.loader, "ready", None)
        return ready is None or bool(ready(epoch))

    def _open(self, epoch: int) -> Iterator[Any]:
        ahead, self._ahead = self._ahead, None
        return ahead[1] if ahead and ahead[0] == epoch else self._start(epoch)

    def _start(self, epoch: int) -> Iterator[Any]:
        self.loader.set_epoch(epoch)
        return iter(self.loader)

    def close(self) -> None:
        """Drop what was begun ahead, and its thread with it."""
        self._ahead = None


class Method(pl.LightningModule):
    """A network in training: subclasses say what a step's loss is.

    Parameters
    ----------
    settings : Training
        The stage of the recipe.
    steps : int
        All steps of the run, over which the learning rate goes its way.
    """

    def __init__(self, settings: Training, steps: int) -> None:
        super().__init__()
        self.settings = settings
        self.steps = steps

    def loss(self, batch: Any) -> Tensor:
        """Return the loss of one batch."""
        raise NotImplementedError

    def training_step(self, batch: Any, _: int) -> Tensor:
        """Return the loss of one step, for Lightning."""
        return self.loss(batch)

    def scores(self, batch: Any) -> tuple[Tensor, Tensor]:
        """Return scores ``(B, n_classes)`` and labels ``(B,)``, for validation."""
        raise NotImplementedError

    def configure_optimizers(self) -> Any:
        """Return the optimizer and the schedule that the settings ask for."""
        rates = [(self.parameters(), self.settings.lr)]
        return self.with_schedule(build_optimizer(rates, self.settings))

    def with_schedule(self, optimizer: torch.optim.Optimizer) -> Any:
        """Return an optimizer with the schedule that the settings ask for."""
        if self.settings.schedule == "plateau":
            # Its rate is lowered between epochs; see Observer.
            return optimizer
        schedule = build_schedule(optimizer, self.settings, self.steps)
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": schedule, "interval": "step"},
        }


class _Keeper(pl.Callback):
    """Feeds the clock, the progress and the resumable checkpoint; seeds every epoch."""

    def __init__(
        self,
        batches: Batches,
        *,
        stage: str,
        seed: int,
        keep: Path | None,
        progress: Progress | None,
    ) -> None:
        self.batches, self.stage, self.seed = batches, stage, seed
        self.keep, self.progress = keep, progress
        self.kept_at = time.monotonic()
        self.losses: list[Tensor] = []
        self.mean_loss = math.nan
        self.steps = self.epochs = 0

    def on_train_epoch_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        self.batches.epoch = trainer.current_epoch
        # Each rank draws its own: the same dropout on all would be that of a smaller batch.
        torch.manual_seed((ranks.rank() << 52) + (self.seed << 20) + trainer.current_epoch)
        self.losses.clear()

    def on_after_backward(self, _: pl.Trainer, module: pl.LightningModule) -> None:
        ranks.average_gradients(module.parameters())

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, *_: Any) -> None:
        self.losses.append(outputs["loss"].detach())
        self.steps += 1

    def on_train_epoch_end(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        self.epochs += 1
        self.mean_loss = float(ranks.average(torch.stack(self.losses)).mean())
        done, total = trainer.current_epoch + 1, trainer.max_epochs or 0
        if self.progress and ranks.is_first():
            self.progress(self.stage, done, total, self.mean_loss)
        due = time.monotonic() - self.kept_at >= KEEP_EVERY_S
        if self.keep and ranks.is_first() and done < total and due and not trainer.should_stop:
            partial = self.keep.with_suffix(".partial")
            trainer.save_checkpoint(partial)
            partial.replace(self.keep)
            self.kept_at = time.monotonic()


def fit(
    build: Callable[[int], Method],
    loader: Any,
    settings: Training,
    *,
    stage: str,
    seed: int = 0,
    keep: Path | None = None,
    progress: Progress | None = None,
    validation: Iterable[Any] | None = None,
    history: "History | None" = None,
) -> tuple[Method, Fitted]:
    """Build a method and train it to its last epoch, or as its validation says.

    On several ranks (:mod:`kinefuse.ranks`) each trains on the batches of its own loader, and all
    end with the same weights: those of one process whose batch is all of theirs together, as far
    as sums of floating-point numbers and the draws of dropout allow. The first one keeps the
    resumable checkpoint, for all, and calls ``progress``.

    Parameters
    ----------
    build : callable
        Makes the method, given the number of steps. Called with torch's generator seeded.
    loader : BatchLoader
        Of the training windows.
    settings : Training
        The stage of the recipe.
    stage : str
        Its name, for the progress.
    keep : Path, optional
        Where a resumable checkpoint is kept and looked for; it is removed in the end.
    validation : iterable, optional
        Batches of validation windows, where ``settings.validation`` wants them.
    history : History, optional
        What notes the epochs.

    Returns
    -------
    Method, Fitted
        In training mode no longer.

    Raises
    ------
    CheckpointError
        ``keep`` is there and cannot be read.
    ConnectionError
        Another rank has ended.
    """
    batches = Batches(loader)
    per_epoch = len(batches)
    epochs = max(settings.epochs, math.ceil(settings.min_steps / per_epoch))
    observer = Observer(settings, validation)
    keeper = _Keeper(batches, stage=stage, seed=seed, keep=keep, progress=progress)
    with torch.random.fork_rng(), _quiet():
        torch.manual_seed(seed)
        method = build(epochs * per_epoch)
        train_over_ranks(method)
        ranks.share_weights(method)
        trainer = pl.Trainer(
            accelerator="cpu",
            max_epochs=epochs,
            gradient_clip_val=settings.clip,
            # The history before the keeper, so that a resumable checkpoint holds its epoch.
            callbacks=[observer, *([history] if history else []), keeper],
            barebones=True,
        )
        resume = _kept(keep)
        start = time.perf_counter()
        interrupt = signal.getsignal(signal.SIGINT)
        try:
            trainer.fit(method, batches, ckpt_path=resume, weights_only=True)
        except SystemExit as error:
            # Lightning turns Ctrl-C into an exit and then ignores it; that is for us to decide.
            if not isinstance(error.__context__, KeyboardInterrupt):
                raise
            signal.signal(signal.SIGINT, interrupt)
            raise KeyboardInterrupt from error
        except (RuntimeError, KeyError, EOFError, pickle.UnpicklingError) as error:
            if ranks.lost(error):
                raise ConnectionError(
                    "another process of this training has ended; start all of them again, and "
                    "they go on from the last epoch that was kept"
                ) from error
            if resume is None or keeper.steps:
                raise
            raise CheckpointError(
                f"{resume}: cannot go on from it ({error}); remove it to start again"
            ) from error
        finally:
            batches.close()
        seconds = time.perf_counter() - start - (history.measuring_s if history else 0.0)
    if keep and ranks.is_first():
        keep.unlink(missing_ok=True)
    observer.finish(method)
    method.eval()
    return method, Fitted(
        keeper.epochs,
        keeper.steps,
        keeper.mean_loss,
        seconds,
        batches.waiting_s,
        observer.chosen,
        history.rows if history else None,
    )


def _kept(keep: Path | None) -> Path | None:
    """Return the checkpoint to go on from, if the first rank sees one."""
    if keep is None or not ranks.on_first(keep.is_file):
        return None
    if not keep.is_file():
        raise CheckpointError(f"{keep}: not here, but on the first rank; all need the same folder")
    return keep


class _quiet:
    """Keeps Lightning from announcing itself on every run of a small model."""

    def __enter__(self) -> Self:
        self.loggers = [logging.getLogger(n) for n in ("lightning.pytorch", "lightning.fabric")]
        self.levels = [logger.level for logger in self.loggers]
        for logger in self.loggers:
            logger.setLevel(logging.ERROR)
        self.warnings = warnings.catch_warnings()
        self.warnings.__enter__()
        warnings.filterwarnings("ignore", module=r"lightning\..*")
        return self

    def __exit__(self, *exception: Any) -> None:
        self.warnings.__exit__(*exception)
        for logger, level in zip(self.loggers, self.levels, strict=True):
            logger.setLevel(level)
