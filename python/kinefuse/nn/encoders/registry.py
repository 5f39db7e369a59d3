"""The list of encoders, and the class they all are."""

import difflib
import inspect
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from torch import Tensor, nn

from kinefuse.errors import ConfigError, InputError, ShapeError

__all__ = ["SIZES", "Encoder", "build", "get", "names", "register"]

SIZES: dict[str, tuple[str, ...]] = {
    "inertial": ("channels", "time"),
    "skeleton": ("dims", "time", "joints"),
}
"""What says how large one sample of a modality is, in the order of a batch's axes."""


class Encoder(nn.Module):
    """What turns one modality's batch into embeddings.

    Attributes
    ----------
    modality : str
        ``"inertial"``: batches are ``(B, C, T)``; ``"skeleton"``: ``(B, D, T, J)``.
    sample_shape : tuple of int
        A batch's shape without the batch axis.
    out_features : int
        The length of an embedding.
    name, settings
        The registered name and every argument it was built with: enough to build it again.
    """

    modality: ClassVar[str]
    name: str = ""
    settings: dict[str, Any]
    sample_shape: tuple[int, ...]
    out_features: int

    def __init__(self, *sample_shape: int) -> None:
        super().__init__()
        for size, value in zip(SIZES[self.modality], sample_shape, strict=True):
            if value < 1:
                raise InputError(f"{type(self).__name__}: {size} must be at least 1, got {value}")
        self.sample_shape = sample_shape

    def check(self, x: Tensor) -> None:
        """Raise :class:`ShapeError` unless ``x`` is a batch of what the encoder was built for."""
        if tuple(x.shape[1:]) != self.sample_shape:
            expected = ", ".join(map(str, self.sample_shape))
            sizes = ", ".join(SIZES[self.modality])
            raise ShapeError(
                f"{type(self).__name__}: expected (B, {expected}), that is (batch, {sizes}), "
                f"got {tuple(x.shape)}"
            )


E = TypeVar("E", bound=type[Encoder])
_encoders: dict[str, type[Encoder]] = {}


def register(name: str) -> Callable[[E], E]:
    """Register a class of encoders under a name, as a decorator.

    Its ``__init__`` takes the sizes of :data:`SIZES` for its modality and its options, all by
    keyword.

    Raises
    ------
    ConfigError
        The name is taken by another class.
    """

    def add(cls: E) -> E:
        if _encoders.get(name, cls) is not cls:
            raise ConfigError(f"encoder {name!r} is registered already, by {_encoders[name]}")
        _encoders[name] = cls
        return cls

    return add


def names(modality: str | None = None) -> list[str]:
    """Return the registered names, sorted; of one modality, or all.

    >>> names("inertial")
    ['cnn_transformer', 'resnet1d']
    """
    return sorted(n for n, c in _encoders.items() if modality in (None, c.modality))


def get(name: str) -> type[Encoder]:
    """Return the class registered under ``name``.

    Raises
    ------
    ConfigError
        There is none; the nearest known name is given.
    """
    if name not in _encoders:
        raise ConfigError(f"no encoder {name!r}{_nearest(name, list(_encoders))}")
    return _encoders[name]


def build(name: str, **settings: Any) -> Encoder:
    """Build an encoder by its registered name.

    Parameters
    ----------
    name : str
        One of :func:`names`.
    **settings
        The sizes of a sample (inertial: ``channels``, ``time``; skeleton: ``dims``, ``time``,
        ``joints``) and the encoder's options.

    Raises
    ------
    ConfigError
        An unknown name or setting (the nearest known one is given), or a missing size.

    Examples
    --------
    >>> build("resnet1d", channels=6, time=100, width=48).out_features
    192
    """
    cls = get(name)
    known = [p for p in inspect.signature(cls).parameters if p != "self"]
    for setting in settings:
        if setting not in known:
            raise ConfigError(f"encoder {name!r}: no setting {setting!r}{_nearest(setting, known)}")
    for size in SIZES[cls.modality]:
        if size not in settings:
            raise ConfigError(f"encoder {name!r}: the size {size!r} is missing")
    encoder = cls(**settings)
    encoder.name = name
    encoder.settings = dict(settings)
    return encoder


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; there are {', '.join(sorted(known))}"
