"""What a reader is, and which there are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from kinefuse.errors import ConfigError

if TYPE_CHECKING:  # kinefuse.data imports readers
    from kinefuse.data.recording import Recording

__all__ = ["Reader", "Source", "get", "names", "register"]


@dataclass(frozen=True)
class Source:
    """The files (or the settings) that one recording comes from.

    ``name`` is unique and stays the same wherever the data lie; ``files`` are what is hashed and
    watched for changes; ``info`` is the reader's own.
    """

    name: str
    files: tuple[Path, ...] = ()
    info: dict[str, Any] = field(default_factory=dict)


@runtime_checkable
class Reader(Protocol):
    """Turns the files of a data set or format into recordings.

    Attributes
    ----------
    name : str
        What the registry and the command line call it.
    classes : tuple of str
        The activities in the data set's own order, which becomes the class numbers; empty when
        only the data tell.

    A reader that leaves files out for their names lists them in an attribute ``ignored`` when it
    has discovered; the report repeats it. One that has an attribute ``rate_hz`` says what rates the
    modalities get in the store unless the user does.
    """

    name: str
    classes: tuple[str, ...]

    def discover(self, path: Path) -> Sequence[Source]:
        """List the recordings under ``path``, in an order that only depends on their names.

        Raises ``FileNotFoundError`` when ``path`` is missing and :class:`FormatError` when it
        holds nothing of this kind.
        """

    def read(self, source: Source) -> "Recording":
        """Read one recording, units converted. Raises :class:`FormatError` naming the file."""

    def settings(self) -> dict[str, Any]:
        """Return what changes the outcome, as JSON; goes into the store's record."""


# Where each reader lives, so that asking for one does not import what the others need.
_BUILT_IN = {
    "csv": "kinefuse.readers.csv:Csv",
    "hapt": "kinefuse.readers.hapt:Hapt",
    "mmact": "kinefuse.readers.mmact:Mmact",
    "motionsense": "kinefuse.readers.motionsense:MotionSense",
    "msr-action3d": "kinefuse.readers.msr_action3d:MsrAction3D",
    "parquet": "kinefuse.readers.parquet:Parquet",
    "sp-sw-har": "kinefuse.readers.sp_sw_har:SpSwHar",
    "synthetic": "kinefuse.readers.synthetic:Synthetic",
    "utd-mhad": "kinefuse.readers.utd_mhad:UtdMhad",
}
_REGISTERED: dict[str, Callable[..., Reader]] = {}


def register(name: str, make: Callable[..., Reader]) -> None:
    """Add a reader of your own.

    Parameters
    ----------
    name : str
        The name to ask for it by.
    make : callable
        A class or function that returns a :class:`Reader`.

    Raises
    ------
    ConfigError
        The name is taken.
    """
    if name in _BUILT_IN or name in _REGISTERED:
        raise ConfigError(f"register: there is a reader {name!r} already")
    _REGISTERED[name] = make


def names() -> tuple[str, ...]:
    """Return the names of the readers, sorted."""
    return tuple(sorted({*_BUILT_IN, *_REGISTERED}))


def get(name: str, **options: Any) -> Reader:
    """Make a reader by name, with its own options.

    Raises
    ------
    ConfigError
        There is no such reader.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("utd-mhad").classes[:3]
    ('swipe_left', 'swipe_right', 'wave')
    """
    if name in _REGISTERED:
        return _REGISTERED[name](**options)
    if name not in _BUILT_IN:
        near = get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConfigError(f"no reader {name!r}: {hint}there are {', '.join(names())}")
    module, _, attribute = _BUILT_IN[name].partition(":")
    make = getattr(import_module(module), attribute)
    reader: Reader = make(**options)
    return reader
