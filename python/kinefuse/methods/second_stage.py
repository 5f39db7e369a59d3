"""The ways to train a classifier on labels: end to end, on frozen encoders, or as CLMM does."""

from collections.abc import Mapping
from dataclasses import dataclass
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
from kinefuse.nn import ContrastiveModel, Encoder, MultimodalClassifier, heads
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
        index, n_classes = self.windows.index, len(self.store.classes)
        encoders = self.pretrained or self._untrained()
        embeddings, present = embed_windows(self.store, encoders, index, self.prepared)
        soft = soft_labels(
            encoders, embeddings, index, self.labelled, n_classes, settings.propagate, present
        )
        known = soft.sum(1) > 0
        used = index.filter(pl.Series(known))
        there = {m: x[present[m]] for m, x in embeddings.items()}
        prior = modality_quality(there, settings.prior, k=n_classes, seed=self.seed)
        centers = {m: x.mean(0) for m, x in there.items()}

        def build(steps: int) -> CollaborativeMethod:
            model = models.collaborative(encoders, settings, n_classes, prior)
            if settings.head == "anchored":
                weights = {m: soft[present[m].numpy()] for m in there}
                model.head.anchor(centers, _prototypes(there, centers, weights))
            return CollaborativeMethod(
                model, settings, steps,
                windows=used["window"].to_numpy(), targets=soft[known], seed=self.seed,
            )  # fmt: skip

        trained, fitted = fit(
            build, self._batches(settings, used), settings,
            stage="collaborative", keep=self.run.keep,
            validation=self._validation(settings), **self._options(),
        )  # fmt: skip
        kept = {"prior": prior, "trained_windows": len(used)}
        return cast(CollaborativeMethod, trained).model, fitted, kept

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
