"""How a run came along: loss, seconds and what held-out windows say, epoch by epoch.

What is measured here decides nothing, and a run ends with the same weights without it.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import lightning.pytorch as pl
import numpy as np
import torch
from torch import nn

from kinefuse.data import MotionStore
from kinefuse.errors import InputError
from kinefuse.evaluate import metrics, probes
from kinefuse.methods import frozen
from kinefuse.methods.observer import measure_scores
from kinefuse.methods.windows import fold, loader, takes_partial
from kinefuse.nn import MultimodalEncoder
from kinefuse.ranks import average, on_first
from kinefuse.recipe import Recipe

__all__ = ["History", "nearest_neighbor_accuracy", "of_classifier", "of_encoders"]

Measure = Callable[[Any], Mapping[str, float]]


class History(pl.Callback):
    """Notes each epoch's mean loss, steps and seconds, and measures every few epochs.

    Parameters
    ----------
    every : int
        Epochs between two measurements. The start and the last epoch are always measured.
    measure : callable, optional
        Given the method in evaluation mode, returns numbers by name.

    Attributes
    ----------
    rows : list of dict
        By epoch: ``epoch`` (0 is before training, and only there if it is measured), ``steps`` and
        ``seconds`` since the start, ``loss``, and what was measured. The seconds of an interrupted
        run go on from the last epoch that was kept; those spent measuring are left out.
    measuring_s : float
        Seconds that this process spent measuring.

    Raises
    ------
    InputError
        ``every`` is not positive.
    """

    def __init__(self, every: int = 1, measure: Measure | None = None) -> None:
        if every < 1:
            raise InputError(f"history: expected epochs between measurements, got {every}")
        self.every, self.measure = every, measure
        self.rows: list[dict[str, float]] = []
        self.measuring_s = 0.0
        self._before_s, self._started, self._measured_s = 0.0, 0.0, 0.0
        self._losses: list[torch.Tensor] = []

    def on_train_start(self, _: pl.Trainer, module: pl.LightningModule) -> None:
        """Start the clock, and measure what training starts from."""
        if not self.rows and self.measure:
            self.rows.append({"epoch": 0, "steps": 0, "seconds": 0.0, **self._look(module)})
        self._started, self._measured_s = time.perf_counter(), 0.0

    def on_train_epoch_start(self, *_: Any) -> None:
        """Forget the losses of the epoch before."""
        self._losses.clear()

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, *_: Any) -> None:
        """Note the loss of a step."""
        self._losses.append(outputs["loss"].detach())

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Note the epoch, and measure where it is time to."""
        epoch = trainer.current_epoch + 1
        last = epoch == trainer.max_epochs or trainer.should_stop
        row = {
            "epoch": epoch,
            "steps": trainer.global_step,
            "seconds": self._seconds(),
            "loss": float(average(torch.stack(self._losses)).mean()),
        }
        if last or epoch % self.every == 0:
            row |= self._look(module)
        self.rows.append(row)

    def _seconds(self) -> float:
        return self._before_s + time.perf_counter() - self._started - self._measured_s

    def _look(self, module: nn.Module) -> dict[str, float]:
        measure = self.measure
        if measure is None:
            return {}
        start = time.perf_counter()
        modes = [(part, part.training) for part in module.modules()]
        with torch.no_grad(), torch.random.fork_rng():
            module.eval()
            found = on_first(lambda: dict(measure(module)))
        for part, training in modes:
            # One by one: a frozen encoder rests in evaluation mode while its head trains.
            part.training = training
        spent = time.perf_counter() - start
        self._measured_s += spent
        self.measuring_s += spent
        return found

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs to know."""
        return {"rows": self.rows, "seconds": self._seconds()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the history of an interrupted run."""
        self.rows, self._before_s = list(state["rows"]), float(state["seconds"])


def of_classifier(
    every: int,
    store: MotionStore,
    recipe: Recipe,
    prepared: Mapping[str, Any],
    *,
    embedded_by: MultimodalEncoder | None = None,
) -> History | None:
    """Return the history of a classifier's training, or None if ``every`` is 0.

    It measures ``accuracy``, ``macro_f1`` and mean cross-entropy (``validation_loss``) on the
    labelled windows of the recipe's validation subjects, if it has any.

    Parameters
    ----------
    every : int
        Epochs between two measurements.
    store, recipe, prepared
        As for training.
    embedded_by : MultimodalEncoder, optional
        Frozen encoders, where the method takes embeddings.
    """
    if not every:
        return None
    held_out = fold(store, recipe, "validation", partial=takes_partial(recipe)).labelled()
    if held_out.is_empty():
        return History(every)
    batches: Iterable[Any] = loader(store, held_out, prepared, batch_size=256)
    if embedded_by is not None:
        batches = frozen.embedded_batches(embedded_by, batches, len(store.classes))

    def measure(method: Any) -> dict[str, float]:
        found = measure_scores(method, batches)
        return {
            "accuracy": found["accuracy"],
            "macro_f1": found["macro_f1"],
            "validation_loss": found["loss"],
        }

    return History(every, measure)


def of_encoders(
    every: int, store: MotionStore, recipe: Recipe, prepared: Mapping[str, Any]
) -> History | None:
    """Return the history of a pretraining, or None if ``every`` is 0.

    It measures the ``accuracy`` of :func:`nearest_neighbor_accuracy` on the validation windows
    against the training windows. Labels are used for this alone.
    """
    if not every:
        return None
    known, held_out = (fold(store, recipe, name).labelled() for name in ("train", "validation"))
    if known.is_empty() or held_out.is_empty():
        return History(every)
    train, validation = (
        loader(store, index, prepared, batch_size=256) for index in (known, held_out)
    )

    def measure(method: Any) -> dict[str, float]:
        model: MultimodalEncoder = method.model
        return {"accuracy": nearest_neighbor_accuracy(model, train, validation)}

    return History(every, measure)


def nearest_neighbor_accuracy(model: MultimodalEncoder, known: Any, asked: Any) -> float:
    """Return how often the nearest known window is of the same class, by the cosine of embeddings.

    Embeddings of all modalities are put side by side, each of unit length around the mean of the
    known windows.

    Parameters
    ----------
    model : MultimodalEncoder
    known, asked : BatchLoader
        Of labelled windows, not shuffled.

    Returns
    -------
    float
        0 to 1.
    """
    near, far = frozen.embed(model, known), frozen.embed(model, asked)
    around = {m: views[0] for m, views in near.views.items()}
    z, queries = (
        frozen.centred_units({m: views[0] for m, views in found.views.items()}, around=around)
        for found in (near, far)
    )
    said = probes.knn(z.numpy(), near.label.numpy(), queries.numpy(), k=1)
    return metrics.accuracy(np.asarray(far.label), said)
