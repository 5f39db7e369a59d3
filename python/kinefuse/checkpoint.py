"""Models on disk: weights in ``model.safetensors``, everything else they need in ``model.json``.

The JSON says what the model was trained on (channels, units, rate, layout), how its windows are
prepared, with the numbers that standardise them, which networks the weights belong to, and the
classes. Nothing in either file is code.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from kinefuse import __version__
from kinefuse._extras import needs_extra
from kinefuse.errors import CheckpointError, InputError, KinefuseError

with needs_extra("train", "kinefuse.checkpoint"):
    import safetensors.torch
    from pydantic import BaseModel, ConfigDict, ValidationError
    from safetensors import SafetensorError
    from torch import Tensor

    from kinefuse.nn import (
        CollaborativeClassifier,
        CollaborativeHead,
        ContrastiveModel,
        MultimodalClassifier,
        MultimodalEncoder,
        Projector,
        Standardize,
        encoders,
        heads,
    )

__all__ = ["Checkpoint", "Info", "Input", "Network", "load", "save"]

VERSION = 1
_JSON, _WEIGHTS = "model.json", "model.safetensors"


class Schema(Protocol):
    """What a store says of one modality (:class:`kinefuse.data.ModalitySchema`)."""

    @property
    def channels(self) -> Sequence[str]: ...
    @property
    def units(self) -> Sequence[str]: ...
    @property
    def shape(self) -> Sequence[int]: ...
    @property
    def rate_hz(self) -> float: ...
    @property
    def layout(self) -> str | None: ...


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Input(_Part):
    """What one modality's recordings must be, and how their windows are prepared.

    Attributes
    ----------
    channels, units : tuple of str
        Of the C channels, or of the D coordinates of a joint.
    shape : tuple of int
        Of one sample of a recording: ``(C,)`` or ``(J, D)``.
    rate_hz : float
    layout : str or None
        The skeleton layout.
    prepare : dict
        The settings of the preparation, numbers and all, as JSON takes them.
    """

    channels: tuple[str, ...]
    units: tuple[str, ...]
    shape: tuple[int, ...]
    rate_hz: float
    layout: str | None = None
    prepare: dict[str, Any] = {}

    @classmethod
    def of(cls, schema: Schema, prepare: Mapping[str, Any]) -> Self:
        """Return what a store's schema and the settings of a preparation say."""
        return cls(
            channels=tuple(schema.channels),
            units=tuple(schema.units),
            shape=tuple(schema.shape),
            rate_hz=schema.rate_hz,
            layout=schema.layout,
            prepare=dict(prepare),
        )


class Network(_Part):
    """A registered network and the settings it was built with."""

    name: str
    settings: dict[str, Any]


class Info(_Part):
    """What ``model.json`` says.

    Attributes
    ----------
    version : int
        Of the format.
    kinefuse : str
        The version of kinefuse that wrote it.
    weights_sha256 : str
        Of ``model.safetensors``.
    method : str
        What trained the model.
    classes : tuple of str
        In the order of the scores; empty for a model without a head.
    inputs : dict of modality to Input
    encoders : dict of modality to Network
    projectors : dict of modality to dict
        Settings of each projector; empty for a model without.
    head : Network or None
    training : dict
        Whatever else is worth keeping: recipe, seeds, subjects.
    """

    version: int
    kinefuse: str
    weights_sha256: str
    method: str
    classes: tuple[str, ...]
    inputs: dict[str, Input]
    encoders: dict[str, Network]
    projectors: dict[str, dict[str, Any]]
    head: Network | None
    training: dict[str, Any]


@dataclass(frozen=True)
class Checkpoint:
    """A model read from disk.

    Attributes
    ----------
    path : Path
    info : Info
    weights : dict of str to Tensor
    """

    path: Path
    info: Info
    weights: dict[str, Tensor]

    def model(self) -> MultimodalEncoder:
        """Build the model, in evaluation mode.

        Returns
        -------
        MultimodalClassifier
            If the checkpoint has a head.
        ContrastiveModel
            If it has projectors.
        MultimodalEncoder
            Otherwise.

        Raises
        ------
        CheckpointError
            An encoder or a head is not registered here, or the weights do not fit.
        """
        try:
            model = self._build()
        except KinefuseError as error:
            raise CheckpointError(
                f"{self.path}: {error} (a class of your own must be imported, and so registered, "
                "before its checkpoint is loaded)"
            ) from error
        self._fill(model)
        return model.eval()

    def classifier(self) -> MultimodalClassifier:
        """Build the model, which must have a head.

        Raises
        ------
        CheckpointError
            It has none, and as :meth:`model`.
        """
        model = self.model()
        if not isinstance(model, MultimodalClassifier):
            raise CheckpointError(
                f"{self.path}: expected a classifier, got encoders without a head "
                f"(method {self.info.method!r}); fine-tune it first"
            )
        return model

    def check(self, schema: Mapping[str, Schema]) -> None:
        """Raise unless recordings of this schema are what the model was trained on.

        Parameters
        ----------
        schema : mapping of modality to schema
            :attr:`kinefuse.data.MotionStore.schema`. More modalities than the model's do no harm.

        Raises
        ------
        CheckpointError
            A modality is missing, or its channels, units, shape, rate or layout differ; all
            differences are named, with both sides.
        """
        differences = []
        for modality, trained in self.info.inputs.items():
            if modality not in schema:
                there = ", ".join(sorted(schema)) or "none"
                differences.append(f"modality {modality!r} is missing, there is {there}")
                continue
            given = Input.of(schema[modality], trained.prepare)
            for what in ("shape", "channels", "units", "layout", "rate_hz"):
                theirs, ours = getattr(trained, what), getattr(given, what)
                if theirs != ours:
                    differences.append(f"{modality} {what}: trained on {theirs}, got {ours}")
        if differences:
            raise CheckpointError(f"{self.path}: made for other data: {'; '.join(differences)}")

    def _build(self) -> MultimodalEncoder:
        info = self.info
        parts = {m: encoders.build(e.name, **e.settings) for m, e in info.encoders.items()}
        inputs = {
            m: Standardize(self.weights[f"inputs.{m}.mean"], self.weights[f"inputs.{m}.std"])
            for m in parts
            if f"inputs.{m}.mean" in self.weights and f"inputs.{m}.std" in self.weights
        }
        lengths = {m: encoder.out_features for m, encoder in parts.items()}
        if info.head is not None:
            head = heads.build(info.head.name, lengths, len(info.classes), **info.head.settings)
            if isinstance(head, CollaborativeHead):
                return CollaborativeClassifier(parts, head, inputs=inputs)
            return MultimodalClassifier(parts, head, inputs=inputs)
        if info.projectors:
            projectors = {m: Projector(lengths[m], **s) for m, s in info.projectors.items()}
            return ContrastiveModel(parts, projectors, inputs=inputs)
        return MultimodalEncoder(parts, inputs=inputs)

    def _fill(self, model: MultimodalEncoder) -> None:
        expected = {k: tuple(v.shape) for k, v in model.state_dict().items()}
        got = {k: tuple(v.shape) for k, v in self.weights.items()}
        for key in sorted(expected.keys() | got.keys()):
            if expected.get(key) != got.get(key):
                raise CheckpointError(
                    f"{self.path}: {_WEIGHTS} does not fit {_JSON}: {key}: "
                    f"expected {expected.get(key, 'nothing')}, got {got.get(key, 'nothing')}"
                )
        model.load_state_dict(self.weights)


def save(
    path: str | Path,
    model: MultimodalEncoder,
    inputs: Mapping[str, Input],
    *,
    method: str,
    classes: Sequence[str] = (),
    training: Mapping[str, Any] | None = None,
) -> Path:
    """Write a model to a folder, atomically.

    Killed at any moment, it leaves the checkpoint that was there before, or the new one. Other
    files of the folder are left alone.

    Parameters
    ----------
    path : str or Path
        The folder; made if need be.
    model : ContrastiveModel, MultimodalClassifier or MultimodalEncoder
        Its encoders and its head built by name (:func:`kinefuse.nn.encoders.build`,
        :func:`kinefuse.nn.heads.build`).
    inputs : mapping of modality to Input
        One for each encoder.
    method : str
        What trained it.
    classes : sequence of str
        As many as the head has scores, in their order.
    training : mapping, optional
        Whatever else is worth keeping, as JSON takes it.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        ``inputs`` or ``classes`` do not match the model, a network was not built by its registered
        name, or something cannot be written as JSON.
    """
    path = Path(path)
    weights = safetensors.torch.save({k: v.contiguous() for k, v in model.state_dict().items()})
    info = _describe(model, inputs, method, classes, training, hashlib.sha256(weights).hexdigest())
    try:
        text = json.dumps(info.model_dump(), indent=1, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InputError(f"save: cannot be written as JSON: {error}") from error
    path.mkdir(parents=True, exist_ok=True)
    # Both are whole before either takes its place; load() finishes what was killed in between.
    _write(path / f"{_WEIGHTS}.new", weights)
    _write(path / f"{_JSON}.new", text.encode())
    (path / f"{_WEIGHTS}.new").replace(path / _WEIGHTS)
    (path / f"{_JSON}.new").replace(path / _JSON)
    _sync(path)
    return path


def load(path: str | Path) -> Checkpoint:
    """Read a checkpoint.

    Parameters
    ----------
    path : str or Path
        The folder that :func:`save` wrote.

    Raises
    ------
    FileNotFoundError
        There is no such folder.
    CheckpointError
        It holds no whole checkpoint, or one of a later version.
    """
    path = Path(path)
    if not path.is_dir():
        raise FileNotFoundError(f"no checkpoint {path}: expected a folder with {_JSON}")
    if not (path / _WEIGHTS).is_file():
        raise CheckpointError(f"{path}: no checkpoint: {_WEIGHTS} is missing")
    weights = (path / _WEIGHTS).read_bytes()
    digest = hashlib.sha256(weights).hexdigest()
    info = None
    for name in (_JSON, f"{_JSON}.new"):
        if (path / name).is_file() and (info is None or info.weights_sha256 != digest):
            info = _read_info(path / name)
    if info is None:
        raise CheckpointError(f"{path}: no checkpoint: {_JSON} is missing")
    if info.weights_sha256 != digest:
        raise CheckpointError(
            f"{path}: {_WEIGHTS} is damaged or of another checkpoint: expected SHA-256 "
            f"{info.weights_sha256}, as {_JSON} says, got {digest}"
        )
    try:
        return Checkpoint(path, info, safetensors.torch.load(weights))
    except SafetensorError as error:
        raise CheckpointError(f"{path / _WEIGHTS}: not a safetensors file: {error}") from error


def _describe(
    model: MultimodalEncoder,
    inputs: Mapping[str, Input],
    method: str,
    classes: Sequence[str],
    training: Mapping[str, Any] | None,
    digest: str,
) -> Info:
    if set(inputs) != set(model.modalities):
        raise InputError(
            f"save: expected inputs for {sorted(model.modalities)}, got {sorted(inputs)}"
        )
    head = getattr(model, "head", None)
    if len(classes) != (head.n_classes if head else 0):
        raise InputError(
            f"save: expected {head.n_classes if head else 0} classes, as the model has scores, "
            f"got {len(classes)}"
        )
    networks = {m: _network(encoder, m) for m, encoder in model.encoders.items()}
    projectors = dict(getattr(model, "projectors", {}))
    return Info(
        version=VERSION,
        kinefuse=__version__,
        weights_sha256=digest,
        method=method,
        classes=tuple(classes),
        inputs={m: inputs[m] for m in model.modalities},
        encoders=networks,
        projectors={m: projector.settings for m, projector in projectors.items()},
        head=_network(head, "the head") if head else None,
        training=dict(training or {}),
    )


def _network(module: Any, where: str) -> Network:
    if not module.name:
        raise InputError(
            f"save: {where}: {type(module).__name__} was not built by its registered name, "
            "so that nobody could build it again"
        )
    return Network(name=module.name, settings=dict(module.settings))


def _read_info(path: Path) -> Info:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{path}: not JSON: {error}") from error
    version = values.get("version") if isinstance(values, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise CheckpointError(
            f"{path}: made by kinefuse {values.get('kinefuse')}, in format {version}; "
            f"kinefuse {__version__} reads formats up to {VERSION}: update it"
        )
    try:
        return Info.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole file"
        raise CheckpointError(f"{path}: {where}: {first['msg']}") from error


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
