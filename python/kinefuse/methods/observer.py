"""What looks at training between epochs: lowers the rate, keeps the best epoch, stops early."""

import math
from collections.abc import Iterable
from typing import Any

import lightning.pytorch as pl
import torch
from torch import Tensor
from torch.nn import functional

from kinefuse.data import Batch
from kinefuse.evaluate import metrics
from kinefuse.ranks import average
from kinefuse.recipe import Training, Validation

__all__ = ["Observer", "measure_scores"]


class Observer(pl.Callback):
    """Measures after each epoch, and acts on it as the settings of a stage say.

    Parameters
    ----------
    settings : Training
    validation : iterable, optional
        Batches of validation windows, the same each time, for ``Method.scores``. Needed where the
        settings have ``validation``.

    Attributes
    ----------
    chosen : dict or None
        Of the best epoch: ``epoch`` from 1, and the validation windows' ``loss`` (mean
        cross-entropy), ``accuracy`` and ``macro_f1``.
    """

    def __init__(self, settings: Training, validation: Iterable[Any] | None = None) -> None:
        self.settings = settings
        self.rule: Validation | None = getattr(settings, "validation", None)
        self.windows = validation
        self.chosen: dict[str, Any] | None = None
        self._weights: dict[str, Tensor] = {}
        self._losses: list[Tensor] = []
        self._stop_at, self._waited = math.nan, 0
        self._plateau: torch.optim.lr_scheduler.ReduceLROnPlateau | None = None
        self._restored: dict[str, Any] = {}

    def on_train_start(self, trainer: pl.Trainer, _: pl.LightningModule) -> None:
        """Take up the schedule of the optimizer, which there is only now."""
        if self.settings.plateau:
            self._plateau = torch.optim.lr_scheduler.ReduceLROnPlateau(
                trainer.optimizers[0],
                "min" if self.settings.plateau.watch.endswith("loss") else "max",
                factor=self.settings.plateau.factor,
                patience=self.settings.plateau.patience,
            )
            if self._restored:
                self._plateau.load_state_dict(self._restored)

    def on_train_epoch_start(self, *_: Any) -> None:
        """Forget the losses of the epoch before."""
        self._losses.clear()

    def on_train_batch_end(self, trainer: Any, module: Any, outputs: Any, *_: Any) -> None:
        """Note the loss of a step."""
        self._losses.append(outputs["loss"].detach())

    def on_train_epoch_end(self, trainer: pl.Trainer, module: pl.LightningModule) -> None:
        """Measure, and act on it."""
        losses = average(torch.stack(self._losses))
        found = {"loss": float(losses.mean()), "last_loss": float(losses[-1])}
        if self.rule:
            assert self.windows is not None
            module.eval()
            measured = measure_scores(module, self.windows)
            module.train()
            found |= {f"validation_{name}": value for name, value in measured.items()}
            self._choose(self.rule, measured, trainer, module)
        if self._plateau and self.settings.plateau:
            self._plateau.step(found[self.settings.plateau.watch])

    def _choose(
        self, rule: Validation, measured: dict[str, float], trainer: Any, module: Any
    ) -> None:
        if self.chosen is None or _better(rule.best, measured[rule.best], self.chosen[rule.best]):
            self.chosen = {"epoch": trainer.current_epoch + 1, **measured}
            self._weights = {k: v.clone() for k, v in module.state_dict().items()}
        if rule.patience is None:
            return
        if math.isnan(self._stop_at) or _better(rule.stop, measured[rule.stop], self._stop_at):
            self._stop_at, self._waited = measured[rule.stop], 0
        else:
            self._waited += 1
            trainer.should_stop = self._waited >= rule.patience

    def finish(self, module: pl.LightningModule) -> None:
        """Give the method the weights of the best epoch, if one was to be chosen."""
        if self._weights:
            module.load_state_dict(self._weights)

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs to know."""
        return {
            "chosen": self.chosen,
            "weights": self._weights,
            "stop_at": self._stop_at,
            "waited": self._waited,
            "plateau": self._plateau.state_dict() if self._plateau else {},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the state of an interrupted run."""
        self.chosen, self._weights = state["chosen"], state["weights"]
        self._stop_at, self._waited = state["stop_at"], state["waited"]
        self._restored = state["plateau"]


@torch.no_grad()
def measure_scores(method: Any, windows: Iterable[Any]) -> dict[str, float]:
    """Return mean cross-entropy, accuracy and macro F1 of labelled windows, all at once.

    Parameters
    ----------
    method : Method
        In evaluation mode.
    windows : iterable
        Batches for its ``scores``.

    Returns
    -------
    dict
        ``loss``, ``accuracy``, ``macro_f1``.
    """
    parts = [method.scores(b.torch() if isinstance(b, Batch) else b) for b in windows]
    scores, label = (torch.cat(tensors) for tensors in zip(*parts, strict=True))
    predicted, true = scores.argmax(1).numpy(), label.numpy()
    return {
        "loss": float(functional.cross_entropy(scores, label)),
        "accuracy": metrics.accuracy(true, predicted),
        "macro_f1": metrics.macro_f1(true, predicted, n_classes=scores.shape[1]),
    }


def _better(measure: str, value: float, before: float) -> bool:
    return value < before if measure == "loss" else value > before
