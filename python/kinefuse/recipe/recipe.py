"""A whole recipe."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from kinefuse.errors import ConfigError
from kinefuse.recipe.data import Modality, Split, Windows
from kinefuse.recipe.files import dump_toml, read, read_toml_value
from kinefuse.recipe.settings import Settings, unknown_key
from kinefuse.recipe.training import (
    Collaborative,
    CrossSubject,
    Finetune,
    Pretrain,
    Supervised,
    Training,
    check_plans,
)

__all__ = ["Recipe"]

_STAGES = ("pretrain", "teachers", "cross_subject", "finetune", "collaborative", "supervised")
_SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "teachers": ("cmc_cmkm", ("cmc_cmkm",)),
    "cross_subject": ("cross_subject", ("cross_subject", "clmm")),
    "collaborative": ("clmm", ("clmm",)),
    "pretrain.mining": ("cmc_cmkm", ("cmc_cmkm",)),
    "pretrain.contrast": ("clmm", ("clmm",)),
}
"""Sections of single methods: which one needs it, and which ones have a use for it."""


class Recipe(Settings):
    """Everything that a run needs to know besides the data and the seeds.

    Examples
    --------
    >>> recipe = Recipe.load("utd-mhad-cmc")
    >>> recipe.method
    'cmc'
    >>> recipe.override({"pretrain.epochs": 3}).pretrain.epochs
    3
    """

    name: str
    description: str = ""
    method: Literal["supervised", "simclr", "cmc", "cmc_cmkm", "cross_subject", "clmm"]
    split: Split
    threads: int = Field(default=1, gt=0, le=1024, description="of torch, in training")
    windows: Windows = Windows()
    modalities: dict[str, Modality] = Field(min_length=1)
    pretrain: Pretrain | None = None
    teachers: Pretrain | None = Field(
        default=None, description="augmented as in [pretrain], unless told"
    )
    cross_subject: CrossSubject | None = None
    finetune: Finetune | None = None
    collaborative: Collaborative | None = None
    supervised: Supervised | None = None

    @model_validator(mode="before")
    @classmethod
    def _augment_as_in_pretraining(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or not isinstance(values.get("pretrain"), Mapping):
            return values
        plans = {"augment": values["pretrain"].get("augment", {})}
        others = {name: values.get(name) for name in ("teachers", "cross_subject")}
        return {
            **values,
            **{k: {**plans, **v} for k, v in others.items() if isinstance(v, Mapping)},
        }

    @field_validator("modalities", mode="before")
    @classmethod
    def _name_kinds(cls, modalities: Any) -> Any:
        if not isinstance(modalities, Mapping):
            return modalities
        return {
            name: {"kind": "skeleton" if "skeleton" in str(name) else "inertial", **values}
            if isinstance(values, Mapping)
            else values
            for name, values in modalities.items()
        }

    @model_validator(mode="after")
    def _has_what_its_method_needs(self) -> Self:
        if self.method == "supervised":
            if self.supervised is None:
                raise ValueError("method 'supervised' needs a section [supervised]")
            if self.pretrain is not None:
                raise ValueError("method 'supervised' has no use for a section [pretrain]")
        else:
            second = "collaborative" if self.method == "clmm" else "finetune"
            if self.pretrain is None or getattr(self, second) is None:
                raise ValueError(f"method {self.method!r} needs sections [pretrain] and [{second}]")
        if self.method in ("cmc", "cmc_cmkm", "clmm") and len(self.modalities) < 2:
            raise ValueError(f"method {self.method!r} needs at least two modalities")
        given = {
            "teachers": self.teachers,
            "cross_subject": self.cross_subject,
            "collaborative": self.collaborative,
            "pretrain.mining": self.pretrain and self.pretrain.mining,
            "pretrain.contrast": self.pretrain and self.pretrain.contrast,
        }
        for section, settings in given.items():
            needed, allowed = _SECTIONS[section]
            if settings is None and self.method == needed:
                raise ValueError(f"method {self.method!r} needs a section [{section}]")
            if settings is not None and self.method not in allowed:
                raise ValueError(f"method {self.method!r} has no use for a section [{section}]")
        if self.pretrain and self.pretrain.temperatures and self.method != "simclr":
            raise ValueError("pretrain.temperatures: only SimCLR keeps modalities apart")
        for contrast in (self.pretrain, self.teachers):
            for name in contrast.temperatures if contrast else ():
                if name not in self.modalities:
                    raise ValueError(f"temperatures: {unknown_key(name, self.modalities)}")
        if self.teachers and self.teachers.mining:
            raise ValueError("teachers are trained without mining: remove [teachers.mining]")
        if self.cross_subject and not self.cross_subject.drop_last:
            raise ValueError("cross_subject.drop_last: its batches are always full ones")
        if self.finetune and self.finetune.encoders == "train" and self.supervised is None:
            raise ValueError("finetune.encoders = 'train' needs a section [supervised]")
        for stage in _STAGES:
            training: Training | None = getattr(self, stage)
            if training is None:
                continue
            if getattr(training, "validation", None) and not self.split.part("validation"):
                raise ValueError(f"{stage}.validation needs subjects in split.validation")
            check_plans(stage, training.augment, self.modalities)
        return self

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], *, source: str = "recipe") -> Recipe:
        """Check a mapping and make it a recipe.

        Raises
        ------
        ConfigError
            A key is unknown, missing, or has a wrong value. All mistakes are named.
        """
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise ConfigError(explain(error, source)) from None

    @classmethod
    def load(cls, source: str | Path, overrides: Mapping[str, Any] | None = None) -> Recipe:
        """Load a recipe that ships with kinefuse by its name, or any TOML file by its path.

        Parameters
        ----------
        source : str or Path
            A name of :func:`names`, or a path that ends in ``.toml``.
        overrides : mapping, optional
            See :meth:`override`.

        Raises
        ------
        ConfigError
            No such name, not TOML, or a wrong setting.
        FileNotFoundError
            No such file.
        """
        values = read(source)
        recipe = cls.from_dict(values, source=str(source))
        return recipe.override(overrides) if overrides else recipe

    def override(self, overrides: Mapping[str, Any]) -> Recipe:
        """Return a recipe with some settings changed.

        Parameters
        ----------
        overrides : mapping
            Dotted keys, ``{"pretrain.epochs": 5}``. A value of None removes the key. A value given
            as text is read as TOML where that is possible (``"5"``, ``"[1, 2]"``).
        """
        values = self.to_dict()
        for dotted, value in overrides.items():
            *parents, last = dotted.split(".")
            table: Any = values
            for parent in parents:
                table = table.setdefault(parent, {}) if isinstance(table, dict) else None
            if not isinstance(table, dict):
                raise ConfigError(f"recipe: cannot set {dotted!r}: {parents[-1]!r} is no table")
            if value is None:
                table.pop(last, None)
            else:
                table[last] = read_toml_value(value) if isinstance(value, str) else value
        return Recipe.from_dict(values, source="recipe with overrides")

    def to_dict(self) -> dict[str, Any]:
        """Return the resolved settings, defaults included, as JSON-able values."""
        values: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        return values

    def to_toml(self) -> str:
        """Return the resolved settings as TOML that :meth:`load` reads."""
        return "\n".join(dump_toml(self.to_dict())) + "\n"


def explain(error: ValidationError, source: str) -> str:
    lines = []
    for item in error.errors(include_url=False):
        # What begins with an underscore says which of two forms a value has.
        where = ".".join(str(part) for part in item["loc"] if not str(part).startswith("_"))
        text = item["msg"].removeprefix("Value error, ")
        if item["type"] not in ("value_error", "missing"):
            text = f"{text}, got {item['input']!r}"
        lines.append(f"{where}: {text}" if where else text)
    return f"{source}: " + "; ".join(lines)
