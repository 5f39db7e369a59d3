"""Sections of a recipe about training, one a stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from kinefuse.errors import ConfigError, InputError
from kinefuse.recipe.data import Modality
from kinefuse.recipe.settings import Settings, unknown_key

__all__ = [
    "Collaborative",
    "Contrast",
    "CrossSubject",
    "Finetune",
    "KnowledgeMining",
    "Plateau",
    "Pretrain",
    "Propagate",
    "Supervised",
    "Training",
    "Validation",
    "check_plans",
]

Step = dict[str, Any]


class Plateau(Settings):
    """When the learning rate falls: once what is watched has not improved for some epochs.

    ``"loss"`` is an epoch's mean, ``"last_loss"`` that of its last step.
    """

    watch: Literal[
        "loss", "last_loss", "validation_loss", "validation_accuracy", "validation_macro_f1"
    ] = "loss"
    factor: float = Field(default=0.5, gt=0, lt=1)
    patience: int = Field(default=10, ge=0, description="epochs without improvement")


class Validation(Settings):
    """A look at the validation subjects after each epoch, which decides on the weights.

    Kept are those of the epoch that was the ``best`` first. With a ``patience``, training ends
    when ``stop`` has not improved for so many epochs.
    """

    best: Literal["accuracy", "macro_f1", "loss"] = "accuracy"
    stop: Literal["accuracy", "macro_f1", "loss"] = "loss"
    patience: int | None = Field(default=None, gt=0, description="epochs without improvement")


class Training(Settings):
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


class KnowledgeMining(Settings):
    """Positives and negatives by frozen unimodal teachers (:class:`kinefuse.losses.CMKMLoss`)."""

    k: int = Field(default=1, ge=0, description="mined positives a window and modality")
    intra: bool = True
    intra_weight: float = Field(default=1.0, ge=0)
    intra_temperature: float | None = Field(default=None, gt=0)
    symmetric: bool = False
    prune_above: float | None = None
    weight_scale: float | None = None


class Contrast(Settings):
    """What CLMM contrasts, and with what weight (:class:`kinefuse.losses.HardPositiveLoss`).

    ``specific`` is what the contrast of each modality with its own other view counts for, against
    that across modalities (:class:`kinefuse.methods.clmm.CLMM`).
    """

    views: Literal["mix", "pairwise", "fusion"] = "mix"
    hard: Literal["auto", "exp", "focal", "linear", "inverse", "none"] = "auto"
    beta: float = Field(default=0.3, ge=0)
    gamma: float = Field(default=1.0, ge=0)
    max_weight: float = Field(default=5.0, ge=1)
    specific: float = Field(default=0.0, ge=0)


class Pretrain(Training):
    """Contrastive pretraining, without labels."""

    temperature: float = Field(default=0.1, gt=0)
    temperatures: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="by modality, where SimCLR's differ"
    )
    mining: KnowledgeMining | None = None
    contrast: Contrast | None = None


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


class Propagate(Settings):
    """Labels for the unlabelled training windows by class-balanced prototypes.

    With ``balance`` it assumes that the classes are about equally frequent among them, or, where it
    is ``"estimated"``, as frequent as among the labels; ``balance_strength`` is how closely that is
    held to (:func:`kinefuse.evaluate.probes.propagate`). ``space`` is what is compared: the
    encoders' embeddings, which carry labels further where pretraining did not gather the classes,
    or the projections. With ``components`` only so many of their principal directions are, each
    scaled to the same spread (:func:`kinefuse.evaluate.directions.whiten`); a third more of them
    than there are classes is a fair choice.
    """

    rounds: int = Field(default=15, gt=0)
    temperature: float = Field(default=0.07, gt=0)
    labelled_weight: float = Field(default=3.0, gt=0)
    balance: bool | Literal["estimated"] = True
    balance_strength: float = Field(default=1.0, gt=0, le=1)
    space: Literal["embeddings", "projections"] = "embeddings"
    components: int | None = Field(default=None, gt=0)
    up_to: float | None = Field(
        default=None, gt=0, description="labels a class on average; with more none are spread"
    )


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


class Collaborative(Training):
    """The second stage of CLMM: both branches under one head, and losses beside the head's own.

    ``encoder_lr`` is the rate of the pretrained encoders, 0 to keep them as they are; ``lr`` is
    that of everything else. ``auxiliary`` is what the losses of the branches count for against the
    head's own; it falls to zero over the run unless ``auxiliary_decay`` is off. ``guard`` says what
    the head's own gradient and theirs do to each other where they meet, at the encoders' outputs:
    ``"cosine"`` and ``"project"`` keep the auxiliary one from working against it, ``"detach"``
    leaves the encoders to the auxiliary losses alone. ``"alternate"`` trains heads and encoders in
    turn, so many epochs each; 0 is both at once. ``modality_dropout`` is how often a window loses
    one of its modalities before the head. ``vote`` predicts by the mean of the head's and all
    branches' log-probabilities instead of the head alone. ``relabel`` is for few labels: a first
    training of so many epochs only serves to spread the labels anew, over what its encoders have
    learnt, before the training that counts begins at the pretrained ones.
    """

    encoder_lr: float = Field(default=5e-4, ge=0)
    quality: Literal["guided", "learned", "prior", "uniform"] = "guided"
    guidance: float = Field(default=0.5, ge=0, le=1)
    prior: (
        Literal["hopkins", "silhouette", "uniform"] | dict[str, Annotated[float, Field(gt=0)]]
    ) = "hopkins"
    gate: Literal["bigru", "gru", "none"] = "bigru"
    dual: Literal["serial", "parallel"] = "serial"
    head: Literal["anchored", "mlp"] = "anchored"
    hidden: int = Field(default=256, gt=0)
    dropout: float = Field(default=0.3, ge=0, lt=1)
    use_shared: bool = True
    use_specific: bool = True
    vote: bool = False
    auxiliary: float = Field(default=0.5, ge=0)
    auxiliary_decay: bool = True
    weighting: Literal["uniform", "uncertainty"] = "uniform"
    guard: Literal["none", "cosine", "project", "detach"] = "none"
    distill: float = Field(default=0.0, ge=0, description="kappa: the head teaches the branches")
    distill_temperature: float = Field(default=2.0, gt=0)
    alternate: int = Field(default=0, ge=0, description="epochs between two swaps")
    modality_dropout: float = Field(default=0.2, ge=0, lt=1)
    mixup: float = Field(default=0.0, ge=0, description="alpha of the beta distribution; 0 is off")
    mixup_share: float = Field(default=0.5, ge=0, le=1, description="share of the steps with mixup")
    label_smoothing: float = Field(default=0.1, ge=0, lt=1)
    propagate: Propagate | None = None
    relabel: int = Field(default=0, ge=0, description="epochs before labels are spread anew")
    validation: Validation | None = None

    @model_validator(mode="after")
    def _has_a_branch(self) -> Self:
        if self.relabel and (self.propagate is None or self.propagate.space != "embeddings"):
            raise ValueError("relabel needs the section propagate, with space = 'embeddings'")
        if not (self.use_shared or self.use_specific):
            raise ValueError("use_shared or use_specific: at least one of the branches is needed")
        if self.head == "anchored" and not self.use_shared:
            raise ValueError("head 'anchored' stands on the shared branch: use_shared = true")
        if self.guard == "detach" and not self.auxiliary:
            raise ValueError("guard 'detach' leaves nothing to train the encoders: set auxiliary")
        return self


def check_plans(
    stage: str, augment: Mapping[str, list[Step]], modalities: Mapping[str, Modality]
) -> None:
    """Raise ValueError unless every modality's steps can be built and shared ones agree."""
    from kinefuse.augment import Plan, check_shared

    for name in augment:
        if name not in modalities:
            raise ValueError(f"{stage}.augment: {unknown_key(name, modalities)}")
    try:
        check_shared(
            {
                name: Plan.from_list(modality.kind, augment.get(name, []))
                for name, modality in modalities.items()
            }
        )
    except (ConfigError, InputError) as error:
        raise ValueError(f"{stage}.augment: {error}") from None
