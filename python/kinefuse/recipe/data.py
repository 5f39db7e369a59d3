"""Sections of a recipe about data: windows, splits, and what a modality's windows are made into."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from kinefuse.recipe.settings import Named, Settings

__all__ = ["Modality", "Part", "Preparation", "Projector", "Split", "Windows"]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Name = Annotated[str, BeforeValidator(_as_text)]
_Names = Annotated[tuple[Name, ...] | None, Field(min_length=1)]


class Windows(Settings):
    """How recordings are cut. Without a length, a recording is one window."""

    length_s: float | None = Field(default=None, gt=0)
    stride_s: float | None = Field(default=None, gt=0)
    label_rule: Literal["majority", "any", "last", "center"] = "majority"
    min_share: float = Field(default=0.0, ge=0, le=1)


class Part(Settings):
    """Which windows a fold has, where subjects alone do not say it. What is left out may be any.

    A subject may be in two folds if they are in different scenes, sessions or views; whoever uses
    such a split gets a :class:`kinefuse.errors.LeakageWarning`.
    """

    subjects: _Names = None
    scenes: _Names = None
    sessions: _Names = None
    views: _Names = None

    @property
    def conditions(self) -> dict[str, tuple[str, ...]]:
        """What :func:`kinefuse.data.parts.select` takes."""
        return {name.removesuffix("s"): values for name, values in self if values is not None}

    def __str__(self) -> str:
        return ", ".join(f"{name} {', '.join(values)}" for name, values in self if values)


def _kind_of_part(value: Any) -> str:
    return "_table" if isinstance(value, Mapping | Part) else "_list"


_Part = Annotated[
    Annotated[tuple[Name, ...], Tag("_list")] | Annotated[Part, Tag("_table")],
    Discriminator(_kind_of_part),
]


class Split(Settings):
    """The folds: each a list of subjects, or a table that also names scenes, sessions or views.

    No window is in two of them.
    """

    train: _Part
    validation: _Part = ()
    test: _Part = ()

    def part(self, name: str) -> Part | None:
        """Return what a fold is, or None if it is empty."""
        value: tuple[str, ...] | Part = getattr(self, name)
        if isinstance(value, Part):
            return value
        return Part(subjects=value) if value else None

    @property
    def parts(self) -> dict[str, Part]:
        """The folds that are not empty, by name."""
        found = {name: self.part(name) for name in ("train", "validation", "test")}
        return {name: part for name, part in found.items() if part is not None}

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        from kinefuse.data.parts import are_apart

        for name, part in self.parts.items():
            if not part.conditions:
                raise ValueError(f"{name}: expected subjects, scenes, sessions or views")
        if "train" not in self.parts:
            raise ValueError("train: expected at least one subject")
        for (one, a), (other, b) in itertools.combinations(self.parts.items(), 2):
            if are_apart(a.conditions, b.conditions):
                continue
            if shared := [s for s in a.subjects or () if s in (b.subjects or ())]:
                raise ValueError(f"subject {shared[0]!r} is in {one!r} and in {other!r}")
            raise ValueError(f"a window can be in {one!r} and in {other!r}")
        return self


class Preparation(Settings):
    """What every window is made into before it is augmented.

    ``standardize`` subtracts a mean and divides by a standard deviation of the training windows:
    ``"channel"`` has both per channel, ``"joint"`` a mean per joint and axis and one common
    deviation. It happens before augmentation, in units of which augmentations are then; or after
    it, in the network, so that a rotation turns the body and not its difference from the mean.

    ``units`` turns channels of a unit of the store into another, ``{ "rad/s" = "deg/s" }``. That
    is for inputs that are not standardized.
    """

    length: int = Field(gt=0)
    resize: Literal["linear", "fourier", "none"] = "linear"
    normalize: dict[str, Any] | None = None
    units: dict[str, str] = Field(default_factory=dict)
    standardize: Literal["channel", "joint", "none"] = "channel"
    standardize_after: Literal["prepare", "augment"] = "prepare"

    @model_validator(mode="after")
    def _units_are_not_standardized_away(self) -> Self:
        if self.units and self.standardize != "none":
            raise ValueError("units have no effect on standardized inputs: standardize = 'none'")
        return self


class Projector(Settings):
    """What contrastive losses look at during pretraining: two layers on an embedding."""

    hidden: int = Field(default=128, gt=0)
    out: int = Field(default=64, gt=0)


class Modality(Settings):
    """One modality: how its windows are prepared and what encodes them.

    ``kind`` says which augmentations there are; unless told, ``"skeleton"`` for modalities with
    that word in their name and ``"inertial"`` for all others.
    """

    kind: Literal["inertial", "skeleton"] = "inertial"
    prepare: Preparation
    encoder: Named
    projector: Projector = Projector()
