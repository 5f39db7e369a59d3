"""Recipes: what a run does, in a TOML file that is checked before anything is trained.

A recipe names the method, the split by subjects, what each modality's windows are made into, its
encoder, and the settings of each stage. ``Recipe.load("utd-mhad-cmc")`` loads one that ships with
kinefuse, ``Recipe.load("my.toml")`` a file. A key that is not known is refused with the nearest
one that is.

A recipe may build on another: with ``extends = "utd-mhad-cmc"``, a name or a path beside it, its
tables are laid over that recipe's. ``finetune = { remove = true }`` leaves a section out.
"""

from __future__ import annotations

import difflib
import itertools
import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from kinefuse.errors import ConfigError, InputError, MissingExtraError

try:
    from pydantic import (
        BaseModel,
        BeforeValidator,
        ConfigDict,
        Discriminator,
        Field,
        Tag,
        ValidationError,
        field_validator,
        model_validator,
    )
except ImportError as error:  # pragma: no cover - depends on the environment
    raise MissingExtraError(
        "recipes need pydantic, which is not installed: pip install 'kinefuse[cli]'"
    ) from error

__all__ = [
    "CrossSubject",
    "Finetune",
    "KnowledgeMining",
    "Modality",
    "Named",
    "Part",
    "Plateau",
    "Preparation",
    "Pretrain",
    "Projector",
    "Propagate",
    "Recipe",
    "Split",
    "Supervised",
    "Training",
    "Validation",
    "Windows",
    "names",
]

_FOLDER = Path(__file__).parent / "recipes"


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _name_the_nearest_key(cls, values: Any) -> Any:
        if isinstance(values, Mapping) and cls.model_config.get("extra") == "forbid":
            for key in values:
                if key not in cls.model_fields:
                    raise ValueError(_unknown(str(key), cls.model_fields))
        return values


def _check_plans(
    stage: str, augment: Mapping[str, list[Step]], modalities: Mapping[str, Modality]
) -> None:
    from kinefuse.augment import Plan, check_shared

    for name in augment:
        if name not in modalities:
            raise ValueError(f"{stage}.augment: {_unknown(name, modalities)}")
    try:
        check_shared(
            {
                name: Plan.from_list(modality.kind, augment.get(name, []))
                for name, modality in modalities.items()
            }
        )
    except (ConfigError, InputError) as error:
        raise ValueError(f"{stage}.augment: {error}") from None


def _merge(base: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay one recipe's settings over another's; tables are merged, all else is replaced."""
    merged = dict(base)
    for key, value in changes.items():
        below = merged.get(key)
        if value == {"remove": True}:
            merged.pop(key, None)
        elif isinstance(below, dict) and isinstance(value, Mapping):
            # Another encoder's options are not this one's.
            same = value.get("name", below.get("name")) == below.get("name")
            merged[key] = _merge(below, value) if same else dict(value)
        else:
            merged[key] = value
    return merged


def _unknown(key: str, known: Iterable[str]) -> str:
    known = list(known)
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(known))}"
    return f"unknown key {key!r}: {hint}"


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Name = Annotated[str, BeforeValidator(_as_text)]
_Names = Annotated[tuple[Name, ...] | None, Field(min_length=1)]


class Named(BaseModel):
    """Something a registry builds: its name, and its own options beside it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str

    @property
    def options(self) -> dict[str, Any]:
        """Everything but the name."""
        return dict(self.model_extra or {})


class Windows(_Settings):
    """How recordings are cut. Without a length, a recording is one window."""

    length_s: float | None = Field(default=None, gt=0)
    stride_s: float | None = Field(default=None, gt=0)
    label_rule: Literal["majority", "any", "last", "center"] = "majority"
    min_share: float = Field(default=0.0, ge=0, le=1)


class Part(_Settings):
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


class Split(_Settings):
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


class Preparation(_Settings):
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


class Projector(_Settings):
    """What contrastive losses look at during pretraining: two layers on an embedding."""

    hidden: int = Field(default=128, gt=0)
    out: int = Field(default=64, gt=0)


class Modality(_Settings):
    """One modality: how its windows are prepared and what encodes them.

    ``kind`` says which augmentations there are; unless told, ``"skeleton"`` for modalities with
    that word in their name and ``"inertial"`` for all others.
    """

    kind: Literal["inertial", "skeleton"] = "inertial"
    prepare: Preparation
    encoder: Named
    projector: Projector = Projector()


Step = dict[str, Any]


class Plateau(_Settings):
    """When the learning rate falls: once what is watched has not improved for some epochs.

    ``"loss"`` is an epoch's mean, ``"last_loss"`` that of its last step.
    """

    watch: Literal[
        "loss", "last_loss", "validation_loss", "validation_accuracy", "validation_macro_f1"
    ] = "loss"
    factor: float = Field(default=0.5, gt=0, lt=1)
    patience: int = Field(default=10, ge=0, description="epochs without improvement")


class Validation(_Settings):
    """A look at the validation subjects after each epoch, which decides on the weights.

    Kept are those of the epoch that was the ``best`` first. With a ``patience``, training ends
    when ``stop`` has not improved for so many epochs.
    """

    best: Literal["accuracy", "macro_f1", "loss"] = "accuracy"
    stop: Literal["accuracy", "macro_f1", "loss"] = "loss"
    patience: int | None = Field(default=None, gt=0, description="epochs without improvement")


class Training(_Settings):
    """What all stages of training share.

    Unless told, AdamW with warm-up, then a cosine down to zero, and the weights of the last epoch.
    """

    epochs: int = Field(gt=0)
    min_steps: int = Field(
        default=0, ge=0, description="more epochs where labels are too few for this"
    )
    batch_size: int = Field(default=64, gt=1)
    drop_last: bool = Field(default=True, description="leave out a last batch that is not full")
    optimizer: Literal["adamw", "adam"] = "adamw"
    lr: float = Field(gt=0)
    weight_decay: float = Field(default=0.01, ge=0, description="of matrices only")
    schedule: Literal["cosine", "constant", "plateau"] = "cosine"
    warmup: float = Field(default=0.1, ge=0, lt=1, description="share of the steps")
    plateau: Plateau | None = Field(default=None, description="of schedule 'plateau'")
    clip: float = Field(default=2.0, ge=0, description="largest norm of the gradient; 0 is any")
    augment: dict[str, list[Step]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _schedule_has_what_it_needs(self) -> Self:
        if (self.schedule == "plateau") != (self.plateau is not None):
            raise ValueError("a section [plateau] and schedule = 'plateau' go together")
        if self.plateau and self.warmup:
            raise ValueError("schedule 'plateau' begins at the full rate: set warmup = 0")
        validated = getattr(self, "validation", None) is not None
        if self.plateau and self.plateau.watch.startswith("validation") and not validated:
            raise ValueError(f"plateau.watch = {self.plateau.watch!r} needs [validation]")
        return self


class KnowledgeMining(_Settings):
    """Positives and negatives by frozen unimodal teachers (:class:`kinefuse.losses.CMKMLoss`)."""

    k: int = Field(default=1, ge=0, description="mined positives a window and modality")
    intra: bool = True
    intra_weight: float = Field(default=1.0, ge=0)
    intra_temperature: float | None = Field(default=None, gt=0)
    symmetric: bool = False
    prune_above: float | None = None
    weight_scale: float | None = None


class Pretrain(Training):
    """Contrastive pretraining, without labels."""

    temperature: float = Field(default=0.1, gt=0)
    temperatures: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="by modality, where SimCLR's differ"
    )
    mining: KnowledgeMining | None = None


class CrossSubject(Training):
    """Training on pairs mined across subjects, after contrastive pretraining.

    Its augmentations are those of ``[pretrain]``, unless told.

    ``by`` is the column of the window index that tells people apart; ``"recording"`` or
    ``"session"`` may stand in for subjects that are not known.
    """

    temperature: float = Field(default=0.1, gt=0)
    k: int = Field(default=4, gt=0, description="nearest windows of each other subject")
    weight: float = Field(default=1.0, ge=0, description="of a mate, against the window itself")
    every: int = Field(default=5, gt=0, description="epochs between two minings")
    by: Literal["subject", "session", "recording"] = "subject"


class Supervised(Training):
    """End-to-end training with labels: a head on each encoder, and one on all of them."""

    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    mixup: float = Field(default=0.0, ge=0, description="alpha of the beta distribution; 0 is off")
    mixup_share: float = Field(default=0.5, ge=0, le=1, description="share of the steps with mixup")
    head: Literal["linear", "mlp", "joint"] | None = Field(
        default=None, description="linear for one modality, joint for several, unless told"
    )
    dropout: float = Field(default=0.3, ge=0, lt=1, description="before each head")
    validation: Validation | None = None


class Propagate(_Settings):
    """Labels for the unlabelled training windows by class-balanced prototypes.

    With ``balance`` it assumes that the classes are about equally frequent among them. ``space`` is
    what is compared: the encoders' embeddings, which carry labels further where pretraining did not
    gather the classes, or the projections.
    """

    rounds: int = Field(default=15, gt=0)
    temperature: float = Field(default=0.07, gt=0)
    labelled_weight: float = Field(default=3.0, gt=0)
    balance: bool = True
    space: Literal["embeddings", "projections"] = "embeddings"


class Finetune(Training):
    """Training a head on pretrained encoders.

    ``encoders = "frozen"`` trains a head on features of ``copies`` augmented copies of the
    training windows; ``"train"`` trains everything with the settings of ``[supervised]``.
    ``"frozen_train_mode"`` trains a head batch by batch on encoders whose weights rest while
    dropout is on and batch norm's statistics move, as the code of CMC-CMKM did; ``copies`` and
    ``propagate`` have no part in it.
    """

    encoders: Literal["frozen", "frozen_train_mode", "train"] = "frozen"
    head: Literal["mlp", "linear"] = "mlp"
    hidden: int = Field(default=256, gt=0)
    dropout: tuple[float, float] = (0.2, 0.4)
    copies: int = Field(default=8, gt=0)
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    propagate: Propagate | None = None
    validation: Validation | None = None


class Recipe(_Settings):
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
    method: Literal["supervised", "simclr", "cmc", "cmc_cmkm", "cross_subject"]
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
        elif self.pretrain is None or self.finetune is None:
            raise ValueError(f"method {self.method!r} needs sections [pretrain] and [finetune]")
        if self.method in ("cmc", "cmc_cmkm") and len(self.modalities) < 2:
            raise ValueError(f"method {self.method!r} needs at least two modalities")
        for section, method in (("teachers", "cmc_cmkm"), ("cross_subject", "cross_subject")):
            if (getattr(self, section) is not None) != (self.method == method):
                needs = "needs" if self.method == method else "has no use for"
                raise ValueError(f"method {self.method!r} {needs} a section [{section}]")
        if self.pretrain and (self.pretrain.mining is not None) != (self.method == "cmc_cmkm"):
            needs = "needs" if self.method == "cmc_cmkm" else "has no use for"
            raise ValueError(f"method {self.method!r} {needs} a section [pretrain.mining]")
        if self.pretrain and self.pretrain.temperatures and self.method != "simclr":
            raise ValueError("pretrain.temperatures: only SimCLR keeps modalities apart")
        for contrast in (self.pretrain, self.teachers):
            for name in contrast.temperatures if contrast else ():
                if name not in self.modalities:
                    raise ValueError(f"temperatures: {_unknown(name, self.modalities)}")
        if self.teachers and self.teachers.mining:
            raise ValueError("teachers are trained without mining: remove [teachers.mining]")
        if self.cross_subject and not self.cross_subject.drop_last:
            raise ValueError("cross_subject.drop_last: its batches are always full ones")
        if self.finetune and self.finetune.encoders == "train" and self.supervised is None:
            raise ValueError("finetune.encoders = 'train' needs a section [supervised]")
        for stage in ("pretrain", "teachers", "cross_subject", "finetune", "supervised"):
            settings: Training | None = getattr(self, stage)
            if settings is None:
                continue
            if getattr(settings, "validation", None) and not self.split.part("validation"):
                raise ValueError(f"{stage}.validation needs subjects in split.validation")
            _check_plans(stage, settings.augment, self.modalities)
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
            raise ConfigError(_explain(error, source)) from None

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
        values = _read(source)
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
                table[last] = _read_toml_value(value) if isinstance(value, str) else value
        return Recipe.from_dict(values, source="recipe with overrides")

    def to_dict(self) -> dict[str, Any]:
        """Return the resolved settings, defaults included, as JSON-able values."""
        values: dict[str, Any] = self.model_dump(mode="json", exclude_none=True)
        return values

    def to_toml(self) -> str:
        """Return the resolved settings as TOML that :meth:`load` reads."""
        return "\n".join(_dump_toml(self.to_dict())) + "\n"


def names() -> list[str]:
    """Return the names of the recipes that ship with kinefuse.

    Examples
    --------
    >>> "utd-mhad-cmc" in names()
    True
    """
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def _read(source: str | Path, below: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Read a recipe's settings, laid over those of the recipe that it extends."""
    path = Path(source)
    if path.suffix != ".toml":
        path = _FOLDER / f"{source}.toml"
        if not path.is_file():
            message = _unknown(str(source), names()).removeprefix("unknown key ")
            raise ConfigError(f"recipe {message} (a file's path ends in .toml)")
    elif below and not path.is_absolute():
        path = below[-1].parent / path
    if path in below:
        raise ConfigError(f"{path}: extends itself, by way of {below[-1]}")
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    base = values.pop("extends", None)
    if base is None:
        return values
    if not isinstance(base, str):
        raise ConfigError(f"{path}: extends: expected a recipe's name or path, got {base!r}")
    return _merge(_read(base, (*below, path)), values)


def _explain(error: ValidationError, source: str) -> str:
    lines = []
    for item in error.errors(include_url=False):
        # What begins with an underscore says which of two forms a value has.
        where = ".".join(str(part) for part in item["loc"] if not str(part).startswith("_"))
        text = item["msg"].removeprefix("Value error, ")
        if item["type"] not in ("value_error", "missing"):
            text = f"{text}, got {item['input']!r}"
        lines.append(f"{where}: {text}" if where else text)
    return f"{source}: " + "; ".join(lines)


def _read_toml_value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _dump_toml(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    lines = [f"{_key(k)} = {_value(v)}" for k, v in table.items() if not isinstance(v, dict)]
    for key, value in table.items():
        if isinstance(value, dict):
            path = f"{prefix}{_key(key)}"
            lines += ["", f"[{path}]", *_dump_toml(value, f"{path}.")]
    return lines


def _key(key: str) -> str:
    bare = key.replace("-", "").replace("_", "")
    return key if bare.isascii() and bare.isalnum() else json.dumps(key)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(k)} = {_value(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        if value and all(isinstance(item, dict) for item in value):
            return "[\n" + "".join(f"  {_value(item)},\n" for item in value) + "]"
        return "[" + ", ".join(_value(item) for item in value) + "]"
    # JSON's text, numbers and booleans are TOML's too.
    return json.dumps(value, ensure_ascii=False)
