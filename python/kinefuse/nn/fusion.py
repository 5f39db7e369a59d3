"""Whole models: several encoders, and what joins them."""

from collections.abc import Mapping
from typing import Self, cast

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError
from kinefuse.nn.encoders.registry import Encoder
from kinefuse.nn.heads import Head
from kinefuse.nn.projector import Projector
from kinefuse.ranks import sum_over_ranks

__all__ = ["ContrastiveModel", "MultimodalClassifier", "MultimodalEncoder"]


class MultimodalEncoder(nn.Module):
    """One encoder a modality.

    Parameters
    ----------
    encoders : mapping of modality to Encoder
    inputs : mapping of modality to Module, optional
        What a modality's batch goes through first, :class:`~kinefuse.nn.Standardize`.

    Raises
    ------
    InputError
        No encoder, or an input step for a modality without one.
    """

    def __init__(
        self, encoders: Mapping[str, Encoder], inputs: Mapping[str, nn.Module] | None = None
    ) -> None:
        super().__init__()
        inputs = inputs or {}
        if not encoders or not set(inputs) <= set(encoders):
            raise InputError(
                f"{type(self).__name__}: expected encoders, and inputs for some of them, got "
                f"encoders for {list(encoders)} and inputs for {list(inputs)}"
            )
        self.inputs = nn.ModuleDict(dict(inputs))
        self.encoders = nn.ModuleDict(dict(encoders))
        # Set by train_over_ranks: whether a batch is spread over several processes.
        self.over_ranks = False

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities, in the order in which embeddings are put side by side."""
        return tuple(self.encoders)

    @property
    def out_features(self) -> dict[str, int]:
        """The length of each modality's embedding."""
        return {m: int(encoder.out_features) for m, encoder in self._encoders()}

    def encode(
        self, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Return the embeddings of a batch.

        Parameters
        ----------
        batch : mapping of modality to tensor
            Inertial ``(B, C, T)``, skeleton ``(B, D, T, J)``. More modalities than encoders do no
            harm.
        present : mapping of modality to (B,) bool tensor, optional
            Where a window has the modality. What is missing is not encoded; its embedding is zero,
            which adds nothing to a score.

        Returns
        -------
        dict of modality to (B, out_features) tensor

        Raises
        ------
        InputError
            A modality of the model is not in the batch.
        ShapeError
            A modality's windows are not of the shape its encoder was built for.
        """
        embeddings = {}
        for modality, encoder in self._encoders():
            x, rows = self._rows(modality, batch, present)
            anywhere = present is None or self._count(rows) > 0
            if bool(rows.all()):
                embeddings[modality] = encoder(self._standardized(modality, x))
                continue
            embeddings[modality] = x.new_zeros(len(x), encoder.out_features)
            if anywhere:
                embeddings[modality][rows] = encoder(self._standardized(modality, x[rows]))
        return embeddings

    def _count(self, rows: Tensor) -> int:
        """Return how many rows are there; in training on several ranks, on all of them.

        What is computed of the rows of all ranks has to be begun on all, also where there is none.
        """
        here = rows.sum()
        return int(sum_over_ranks(here) if self.over_ranks and self.training else here)

    def _rows(
        self, modality: str, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None
    ) -> tuple[Tensor, Tensor]:
        """Return a modality's batch, and where it is there."""
        if modality not in batch:
            raise InputError(
                f"the model needs the modality {modality!r}, the batch has {sorted(batch)}"
            )
        x = batch[modality]
        rows = None if present is None else present.get(modality)
        if rows is None:
            rows = torch.ones(len(x), dtype=torch.bool, device=x.device)
        return x, rows

    def _standardized(self, modality: str, x: Tensor) -> Tensor:
        if modality in self.inputs:
            x = self.inputs[modality](x)
        return x

    def _encoders(self) -> list[tuple[str, Encoder]]:
        return [(m, e) for m, e in self.encoders.items() if isinstance(e, Encoder)]


class ContrastiveModel(MultimodalEncoder):
    """Encoders with a projector each: what contrastive pretraining trains.

    Parameters
    ----------
    encoders, inputs
        As for :class:`MultimodalEncoder`.
    projectors : mapping of modality to Projector
        One for each encoder.

    Raises
    ------
    InputError
        A projector is missing, or one too many.
    """

    def __init__(
        self,
        encoders: Mapping[str, Encoder],
        projectors: Mapping[str, Projector],
        inputs: Mapping[str, nn.Module] | None = None,
    ) -> None:
        super().__init__(encoders, inputs)
        if set(projectors) != set(encoders):
            raise InputError(
                f"ContrastiveModel: expected a projector for each of {sorted(encoders)}, "
                f"got {sorted(projectors)}"
            )
        self.projectors = nn.ModuleDict({m: projectors[m] for m in encoders})

    def project(
        self, embeddings: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Return the projections ``(B, out)`` of each modality's embeddings.

        Where ``present`` says that a window lacks a modality, its projection is zero, and the batch
        norm of the projector does not see it. While the model trains, one window alone is no batch,
        and counts as missing too.
        """
        projections = {}
        for m, module in self.projectors.items():
            projector, rows = cast(Projector, module), embeddings[m]
            here = None if present is None else present.get(m)
            count = 0 if here is None else self._count(here)
            if here is None or bool(here.all()):
                projections[m] = projector(rows)
                continue
            projections[m] = rows.new_zeros(len(rows), projector.out_features)
            if count > int(self.training):
                projections[m][here] = projector(rows[here])
        return projections

    def forward(
        self, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Return the projections ``(B, out)`` of each modality's batch."""
        return self.project(self.encode(batch, present), present)


class MultimodalClassifier(MultimodalEncoder):
    """Encoders under one head.

    Parameters
    ----------
    encoders, inputs
        As for :class:`MultimodalEncoder`.
    head : Head
    frozen : bool
        Keep the encoders as they are: no gradients, and evaluation mode whatever mode the model is
        put in, so that neither dropout nor moving batch statistics touch their embeddings.
    frozen_train_mode : bool
        Let frozen encoders follow the model's mode all the same. While it trains, their dropout is
        on and batch norm uses and moves its statistics, as happens in the published code of
        CMC-CMKM (arXiv:2205.10071). For reproduction.

    Attributes
    ----------
    partial : bool
        Whether windows may lack modalities: not of this class, whose heads take all of them.

    Raises
    ------
    InputError
        The head was built for other embeddings than the encoders give.

    Examples
    --------
    >>> from kinefuse.nn import encoders, heads
    >>> encoder = encoders.build("resnet1d", channels=6, time=100)
    >>> head = heads.build("linear", {"inertial": encoder.out_features}, n_classes=27)
    >>> model = MultimodalClassifier({"inertial": encoder}, head, frozen=True)
    >>> model({"inertial": torch.zeros(8, 6, 100)}).shape
    torch.Size([8, 27])
    """

    partial = False

    def __init__(
        self,
        encoders: Mapping[str, Encoder],
        head: Head,
        *,
        inputs: Mapping[str, nn.Module] | None = None,
        frozen: bool = False,
        frozen_train_mode: bool = False,
    ) -> None:
        super().__init__(encoders, inputs)
        if head.in_features != self.out_features:
            raise InputError(
                f"MultimodalClassifier: the head takes embeddings {head.in_features}, "
                f"the encoders give {self.out_features}"
            )
        self.head = head
        self.frozen = False
        self.frozen_train_mode = frozen_train_mode
        self.freeze(frozen=frozen)

    def freeze(self, *, frozen: bool = True) -> None:
        """Freeze the encoders, or let them train again."""
        self.frozen = frozen
        self.encoders.requires_grad_(not frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Put the model in training or evaluation mode; frozen encoders stay in the latter.

        Unless the model was made with ``frozen_train_mode``.
        """
        super().train(mode)
        if self.frozen and not self.frozen_train_mode:
            self.encoders.eval()
        return self

    def encode(
        self, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Return the embeddings of a batch, without gradients where the encoders are frozen."""
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            return super().encode(batch, present)

    def branches(
        self, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> dict[str, Tensor]:
        """Return all scores that training gives a loss to (:meth:`Head.branches`)."""
        return self.head.branches(self.encode(batch, present))

    def forward(
        self, batch: Mapping[str, Tensor], present: Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """Return the scores, ``(B, n_classes)``."""
        scores: Tensor = self.head(self.encode(batch, present))
        return scores
