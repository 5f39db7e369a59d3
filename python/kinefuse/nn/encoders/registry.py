"""The list of encoders, and the class they all are."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from torch import Tensor, nn

from kinefuse.errors import InputError, ShapeError
from kinefuse.nn.registry import Registry

__all__ = ["SIZES", "Encoder", "build", "get", "names", "register"]

SIZES: dict[str, tuple[str, ...]] = {
    "inertial": ("channels", "time"),
    "skeleton": ("dims", "time", "joints"),
}
"""What says how large one sample of a modality is, in the order of a batch's axes."""


E = TypeVar("E", bound="type[Encoder]")


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


_encoders: Registry[Encoder] = Registry("encoder")


def register(name: str) -> Callable[[E], E]:
    """Register a class of encoders under a name, as a decorator.

    Its ``__init__`` takes the sizes of :data:`SIZES` for its modality and its options, all by
    keyword.

    Raises
    ------
    ConfigError
        The name is taken by another class.
    """
    return _encoders.register(name)


def names(modality: str | None = None) -> list[str]:
    """Return the registered names, sorted; of one modality, or all.

    >>> names("inertial")
    ['cnn_diff_transformer', 'cnn_transformer', 'resnet1d']
    """
    classes = _encoders.classes.items()
    return sorted(name for name, cls in classes if modality in (None, cls.modality))


def get(name: str) -> type[Encoder]:
    """Return the class registered under ``name``.

    Raises
    ------
    ConfigError
        There is none; the nearest known name is given.
    """
    return _encoders.get(name)


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
    encoder = _encoders.build(name, settings)
    encoder.name = name
    encoder.settings = dict(settings)
    return encoder
