"""The ways to train a classifier on labels: end to end, on frozen encoders, or as CLMM does."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from kinefuse.data import BatchLoader, MotionStore
from kinefuse.errors import ConfigError, SplitError
from kinefuse.evaluate.clusterability import modality_quality
from kinefuse.evaluate.probes import prototypes
from kinefuse.methods import frozen, models
from kinefuse.methods.collaborative import CollaborativeMethod
from kinefuse.methods.frozen_train_mode import FrozenTrainMode
from kinefuse.methods.history import of_classifier
from kinefuse.methods.run import Run
from kinefuse.methods.soft_labels import are_few, embed_windows, soft_labels
from kinefuse.methods.supervised import SupervisedMethod
from kinefuse.methods.training import Fitted, Progress, fit
from kinefuse.methods.windows import Fold, fold, loader, takes_partial
from kinefuse.nn import (
    CollaborativeClassifier,
    ContrastiveModel,
    Encoder,
    MultimodalClassifier,
    MultimodalEncoder,
    heads,
)
from kinefuse.recipe import Collaborative, Finetune, Recipe, Supervised

__all__ = ["SecondStage"]

Trained = tuple[MultimodalClassifier, Fitted]


@dataclass(frozen=True, kw_only=True, eq=False)
class SecondStage:
    """What all ways to train on labels have in common.

    Attributes
    ----------
    store : MotionStore
    recipe : Recipe
    windows : Fold
        Of the training subjects.
    labelled : polars.DataFrame
        Those whose labels may be used.
    prepared : mapping
        How the modalities are prepared.
    pretrained : ContrastiveModel or None
        What a first stage made.
    seed : int
    run : Run
    history : int
        Epochs between two measurements on validation windows; 0 for none.
    progress : callable or None
    """

    store: MotionStore
    recipe: Recipe
    windows: Fold
    labelled: pl.DataFrame
    prepared: Mapping[str, Any]
    pretrained: ContrastiveModel | None
    seed: int
    run: Run
    history: int = 0
    progress: Progress | None = None

    def train(self) -> tuple[MultimodalClassifier, Fitted, dict[str, Any]]:
        """Train as the recipe says.

        Returns
        -------
        MultimodalClassifier, Fitted
        dict
            What else is worth keeping.

        Raises
        ------
        ConfigError
            The recipe lacks the section that is needed.
        """
        settings = self.recipe.finetune
        if self.recipe.collaborative:
            return self._collaborative(self.recipe.collaborative)
        if self.pretrained is None:
            return *self._end_to_end(None), {}
        if settings is None:
            raise ConfigError(f"recipe {self.recipe.name!r} has no section [finetune]")
        ways = {
            "train": lambda: self._end_to_end(self.pretrained),
            "frozen_train_mode": lambda: self._frozen_train_mode(settings, self.pretrained),
            "frozen": lambda: self._frozen(settings, self.pretrained),
        }
        return *ways[settings.encoders](), {}

    def _end_to_end(self, pretrained: ContrastiveModel | None) -> Trained:
        settings = self.recipe.supervised
        if settings is None:
            raise ConfigError(f"recipe {self.recipe.name!r} has no section [supervised]")

        def build(steps: int) -> SupervisedMethod:
            model = models.classifier(self.store, self.recipe, self.prepared, settings)
            if pretrained is not None:
                model.encoders.load_state_dict(pretrained.encoders.state_dict())
            return SupervisedMethod(model, settings, steps, seed=self.seed)

        trained, fitted = fit(
            build, self._batches(settings, self.labelled), settings,
            stage="finetune" if pretrained else "supervised", keep=self.run.keep,
            validation=self._validation(settings), **self._options(),
        )  # fmt: skip
        return cast(SupervisedMethod, trained).model, fitted

    def _frozen_train_mode(self, settings: Finetune, pretrained: ContrastiveModel) -> Trained:
        def build(steps: int) -> FrozenTrainMode:
            model = MultimodalClassifier(
                {m: cast(Encoder, encoder) for m, encoder in pretrained.encoders.items()},
                self._head(settings, pretrained),
                inputs=dict(pretrained.inputs),
                frozen=True,
                frozen_train_mode=True,
            )
            return FrozenTrainMode(model, settings, steps)

        trained, fitted = fit(
            build, self._batches(settings, self.labelled), settings,
            stage="finetune", keep=self.run.keep,
            validation=self._validation(settings), **self._options(),
        )  # fmt: skip
        return cast(FrozenTrainMode, trained).model, fitted

    def _frozen(self, settings: Finetune, pretrained: ContrastiveModel) -> Trained:
        n_classes = len(self.store.classes)
        few = are_few(self.labelled, self.windows.index, settings.propagate)
        used = self.windows.index if few else self.labelled
        clean = embed_windows(self.store, pretrained, used, self.prepared)[0] if few else {}
        soft = soft_labels(pretrained, clean, used, self.labelled, n_classes, settings.propagate)
        copies = loader(
            self.store, used, self.prepared,
            augment=settings.augment, batch_size=256, n_views=settings.copies, seed=self.seed,
        )  # fmt: skip
        batches = frozen.EmbeddingLoader(
            frozen.embed(pretrained, copies).views, torch.from_numpy(soft).float(),
            batch_size=settings.batch_size, seed=self.seed, drop_last=settings.drop_last,
        )  # fmt: skip

        def build(steps: int) -> frozen.HeadMethod:
            return frozen.HeadMethod(self._head(settings, pretrained), settings, steps)

        held_out = self._validation(settings)
        trained, fitted = fit(
            build, batches, settings, stage="finetune",
            validation=held_out and frozen.embedded_batches(pretrained, held_out, n_classes),
            **self._options(embedded_by=pretrained),
        )  # fmt: skip
        head = cast(frozen.HeadMethod, trained).head
        encoders = {m: cast(Encoder, encoder) for m, encoder in pretrained.encoders.items()}
        model = MultimodalClassifier(encoders, head, inputs=dict(pretrained.inputs), frozen=True)
        return model.eval(), fitted

    def _collaborative(
        self, settings: Collaborative
    ) -> tuple[MultimodalClassifier, Fitted, dict[str, Any]]:
        """Train CLMM's second stage; without a first one, from untrained encoders."""
        start = self._start(self.pretrained or self._untrained(), settings)
        soft = self._spread(start, settings)
        kept: dict[str, Any] = {}
        before: Fitted | None = None
        if settings.relabel and are_few(self.labelled, self.windows.index, settings.propagate):
            first = settings.model_copy(update={"epochs": settings.relabel, "min_steps": 0})
            # Done again where a run is interrupted after it: it is short, and ends the same.
            teacher, before = self._collaborate(start, soft, first, "relabel", keep=None)
            anew = self._spread(self._start(teacher, settings), settings)
            kept["relabelled"] = int((anew.argmax(1) != soft.argmax(1)).sum())
            soft = anew
        model, fitted = self._collaborate(
            start, soft, settings, "collaborative", keep=self.run.keep
        )
        if before is not None:
            fitted = fitted.after(before)
        return model, fitted, {
            "prior": start.prior, "trained_windows": int((soft.sum(1) > 0).sum()), **kept
        }  # fmt: skip

    def _start(self, encoders: MultimodalEncoder, settings: Collaborative) -> "_Start":
        embeddings, present = embed_windows(self.store, encoders, self.windows.index, self.prepared)
        there = {m: x[present[m]] for m, x in embeddings.items()}
        k = len(self.store.classes)
        prior = modality_quality(there, settings.prior, k=k, seed=self.seed)
        return _Start(encoders, embeddings, present, there, prior)

    def _spread(self, start: "_Start", settings: Collaborative) -> NDArray[np.float64]:
        """Return what is known of the training windows' classes, ``(N, K)``."""
        return soft_labels(
            start.encoders, start.embeddings, self.windows.index, self.labelled,
            len(self.store.classes), settings.propagate, start.present,
        )  # fmt: skip

    def _collaborate(
        self,
        start: "_Start",
        soft: NDArray[np.float64],
        settings: Collaborative,
        stage: str,
        *,
        keep: Path | None,
    ) -> tuple[CollaborativeClassifier, Fitted]:
        known = soft.sum(1) > 0
        used = self.windows.index.filter(pl.Series(known))
        centers = {m: x.mean(0) for m, x in start.there.items()}

        def build(steps: int) -> CollaborativeMethod:
            model = models.collaborative(
                start.encoders, settings, len(self.store.classes), start.prior
            )
            if settings.head == "anchored":
                weights = {m: soft[start.present[m].numpy()] for m in start.there}
                model.head.anchor(centers, _prototypes(start.there, centers, weights))
            return CollaborativeMethod(
                model, settings, steps,
                windows=used["window"].to_numpy(), targets=soft[known], seed=self.seed,
            )  # fmt: skip

        trained, fitted = fit(
            build, self._batches(settings, used), settings,
            stage=stage, keep=keep,
            validation=self._validation(settings), **self._options(),
        )  # fmt: skip
        return cast(CollaborativeMethod, trained).model, fitted

    def _untrained(self) -> ContrastiveModel:
        with torch.random.fork_rng():
            torch.manual_seed(self.seed)
            return models.contrastive(self.store, self.recipe, self.prepared).eval()

    def _batches(
        self, settings: Supervised | Finetune | Collaborative, windows: pl.DataFrame
    ) -> BatchLoader:
        return loader(
            self.store, windows, self.prepared,
            augment=settings.augment, batch_size=settings.batch_size, seed=self.seed,
            training=True, drop_last=settings.drop_last,
        )  # fmt: skip

    def _validation(self, settings: Supervised | Finetune | Collaborative) -> BatchLoader | None:
        """Return all labelled validation windows, where the settings want them."""
        if settings.validation is None:
            return None
        partial = takes_partial(self.recipe)
        labelled = fold(self.store, self.recipe, "validation", partial=partial).labelled()
        if labelled.is_empty():
            raise SplitError("split.validation: no window has a label")
        return loader(self.store, labelled, self.prepared, batch_size=256)

    def _options(self, embedded_by: ContrastiveModel | None = None) -> dict[str, Any]:
        history = of_classifier(
            self.history, self.store, self.recipe, self.prepared, embedded_by=embedded_by
        )
        return {"seed": self.seed, "progress": self.progress, "history": history}

    def _head(self, settings: Finetune, pretrained: ContrastiveModel) -> heads.Head:
        options: dict[str, Any] = {}
        if settings.head == "mlp":
            options = {"hidden": settings.hidden, "dropout": settings.dropout}
        return heads.build(
            settings.head, pretrained.out_features, len(self.store.classes), **options
        )


@dataclass(frozen=True, eq=False)
class _Start:
    """What collaborative training begins with.

    ``embeddings`` (N, F) and ``present`` (N,) are by modality, of all training windows; ``there``
    are the embeddings of those that have the modality; ``prior`` is each modality's quality.
    """

    encoders: MultimodalEncoder
    embeddings: dict[str, Tensor]
    present: dict[str, Tensor]
    there: dict[str, Tensor]
    prior: dict[str, float]


def _prototypes(
    embeddings: Mapping[str, Tensor],
    centers: Mapping[str, Tensor],
    weights: Mapping[str, NDArray[np.float64]],
) -> dict[str, Tensor]:
    """Return each modality's class directions around its center, zero for an unknown class."""
    return {
        m: torch.from_numpy(
            np.nan_to_num(prototypes(x - centers[m], weights[m], weights[m].shape[1]))
        )
        for m, x in embeddings.items()
    }
