"""Heads: from the embeddings of all modalities to one score a class."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from kinefuse.errors import InputError
from kinefuse.nn.registry import Registry

__all__ = ["Head", "JointHead", "LinearHead", "MLPHead", "build", "names", "register"]

H = TypeVar("H", bound="type[Head]")

_heads: Registry["Head"] = Registry("head")


class Head(nn.Module):
    """What turns ``{modality: (B, F)}`` into scores ``(B, n_classes)``, before any softmax.

    Parameters
    ----------
    in_features : mapping of modality to int
        The length of each modality's embedding.
    n_classes : int

    Raises
    ------
    InputError
        No modality, or no class.
    """

    name: str = ""
    settings: Mapping[str, Any] = {}

    def __init__(self, in_features: Mapping[str, int], n_classes: int) -> None:
        super().__init__()
        if not in_features or min(in_features.values()) < 1 or n_classes < 1:
            raise InputError(
                f"{type(self).__name__}: expected embeddings and classes, got "
                f"{dict(in_features)} and {n_classes} classes"
            )
        self.in_features = dict(in_features)
        self.n_classes = n_classes

    def joined(self, embeddings: Mapping[str, Tensor]) -> Tensor:
        """Return the embeddings side by side, in the order the head was built for."""
        return torch.cat([embeddings[m] for m in self.in_features], dim=1)

    def branches(self, embeddings: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return all scores that training gives a loss to; ``"joint"`` are those that count."""
        return {"joint": self(embeddings)}


@_heads.register("linear")
class LinearHead(Head):
    """One linear layer over the embeddings side by side: linear evaluation.

    Parameters
    ----------
    in_features, n_classes
        As for every :class:`Head`.
    dropout : float
        On the embeddings.
    """

    def __init__(
        self, in_features: Mapping[str, int], n_classes: int, *, dropout: float = 0.0
    ) -> None:
        super().__init__(in_features, n_classes)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(sum(in_features.values()), n_classes)

    def forward(self, embeddings: Mapping[str, Tensor]) -> Tensor:
        """Return the scores, ``(B, n_classes)``."""
        scores: Tensor = self.linear(self.dropout(self.joined(embeddings)))
        return scores


@_heads.register("mlp")
class MLPHead(Head):
    """A hidden layer a modality, side by side under a linear layer.

    The multimodal classifier of CMC-CMKM (arXiv:2205.10071) with its defaults.

    Parameters
    ----------
    in_features, n_classes
        As for every :class:`Head`.
    hidden : int
        Length of each modality's hidden layer (linear, batch norm, ReLU).
    dropout : pair of float
        On the embeddings, and on the hidden layers.
    """

    def __init__(
        self,
        in_features: Mapping[str, int],
        n_classes: int,
        *,
        hidden: int = 256,
        dropout: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        super().__init__(in_features, n_classes)
        self.hidden = nn.ModuleDict(
            {
                modality: nn.Sequential(
                    nn.Dropout(dropout[0]),
                    nn.Linear(length, hidden),
                    nn.BatchNorm1d(hidden),
                    nn.ReLU(inplace=True),
                    nn.Dropout(dropout[1]),
                )
                for modality, length in in_features.items()
            }
        )
        self.linear = nn.Linear(hidden * len(in_features), n_classes)

    def forward(self, embeddings: Mapping[str, Tensor]) -> Tensor:
        """Return the scores, ``(B, n_classes)``."""
        hidden = {m: layers(embeddings[m]) for m, layers in self.hidden.items()}
        scores: Tensor = self.linear(self.joined(hidden))
        return scores


@_heads.register("joint")
class JointHead(Head):
    """A linear layer for each modality, and one over all of them that trains no encoder.

    Each encoder learns from its own modality's loss only; the joint layer sits on the embeddings
    side by side, detached from them, so that the stronger modality cannot keep the weaker one from
    learning. The joint scores are the prediction.

    Parameters
    ----------
    in_features, n_classes
        As for every :class:`Head`.
    dropout : float
        On the embeddings, drawn anew for the joint layer.
    """

    def __init__(
        self, in_features: Mapping[str, int], n_classes: int, *, dropout: float = 0.0
    ) -> None:
        super().__init__(in_features, n_classes)
        self.dropout = nn.Dropout(dropout)
        self.own = nn.ModuleDict({m: nn.Linear(n, n_classes) for m, n in in_features.items()})
        self.linear = nn.Linear(sum(in_features.values()), n_classes)

    def forward(self, embeddings: Mapping[str, Tensor]) -> Tensor:
        """Return the joint scores, ``(B, n_classes)``."""
        scores: Tensor = self.linear(self.dropout(self.joined(embeddings).detach()))
        return scores

    def branches(self, embeddings: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return each modality's own scores by its name, and ``"joint"``."""
        own = {m: layer(self.dropout(embeddings[m])) for m, layer in self.own.items()}
        return {**own, "joint": self(embeddings)}


def register(name: str) -> Callable[[H], H]:
    """Register a class of heads under a name, as a decorator.

    Raises
    ------
    ConfigError
        The name is taken by another class.
    """
    return _heads.register(name)


def names() -> list[str]:
    """Return the registered names.

    >>> names()
    ['collaborative', 'joint', 'linear', 'mlp']
    """
    return sorted(_heads.classes)


def build(name: str, in_features: Mapping[str, int], n_classes: int, **options: Any) -> Head:
    """Build a head by its registered name.

    Parameters
    ----------
    name : str
        One of :func:`names`.
    in_features : mapping of modality to int
        The length of each modality's embedding.
    n_classes : int
    **options
        The head's own.

    Raises
    ------
    ConfigError
        An unknown name or option; the nearest known one is given.
    InputError
        No modality, or no class.
    """
    head = _heads.build(name, {"in_features": in_features, "n_classes": n_classes, **options})
    head.name = name
    head.settings = dict(options)
    return head
