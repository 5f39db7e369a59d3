"""What a reader is, and which there are."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import import_module, metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from kinefuse.errors import ConfigError, KinefuseWarning
from kinefuse.readers.about import About

if TYPE_CHECKING:  # kinefuse.data imports readers
    from kinefuse.data.recording import Recording

__all__ = ["Reader", "Source", "about", "find", "get", "names", "register"]


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

    Two things more are good to have on its class. ``about`` is an :class:`About`, for the command
    ``kinefuse datasets``. ``recognize(path)``, a static method, returns why a path looks like its
    data, or None, for ``kinefuse info PATH``; it must be quick whatever lies there, and
    :func:`kinefuse.readers.listing.count_names` is made for it.

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
    "actigraph-csv": "kinefuse.readers.actigraph_csv:ActigraphCsv",
    "arrow": "kinefuse.readers.arrow:Arrow",
    "axivity": "kinefuse.readers.axivity:Axivity",
    "berkeley-mhad": "kinefuse.readers.berkeley_mhad:BerkeleyMhad",
    "c3d": "kinefuse.readers.c3d:C3d",
    "csv": "kinefuse.readers.csv:Csv",
    "geneactiv": "kinefuse.readers.geneactiv:Geneactiv",
    "gt3x": "kinefuse.readers.gt3x:Gt3x",
    "hapt": "kinefuse.readers.hapt:Hapt",
    "hhar": "kinefuse.readers.hhar:Hhar",
    "mat": "kinefuse.readers.mat:Mat",
    "mhealth": "kinefuse.readers.mhealth:Mhealth",
    "mmact": "kinefuse.readers.mmact:Mmact",
    "motionsense": "kinefuse.readers.motionsense:MotionSense",
    "msr-action3d": "kinefuse.readers.msr_action3d:MsrAction3D",
    "npz": "kinefuse.readers.npz:Npz",
    "ntu-rgbd": "kinefuse.readers.ntu_rgbd:NtuRgbd",
    "openpack": "kinefuse.readers.openpack:OpenPack",
    "opportunity": "kinefuse.readers.opportunity:Opportunity",
    "pamap2": "kinefuse.readers.pamap2:Pamap2",
    "parquet": "kinefuse.readers.parquet:Parquet",
    "parmay-matrix": "kinefuse.readers.parmay:ParmayMatrix",
    "pose-json": "kinefuse.readers.pose_json:PoseJson",
    "realworld2016": "kinefuse.readers.realworld:RealWorld",
    "sisfall": "kinefuse.readers.sisfall:SisFall",
    "sp-sw-har": "kinefuse.readers.sp_sw_har:SpSwHar",
    "synthetic": "kinefuse.readers.synthetic:Synthetic",
    "uci-har": "kinefuse.readers.uci_har:UciHar",
    "usc-had": "kinefuse.readers.usc_had:UscHad",
    "utd-mhad": "kinefuse.readers.utd_mhad:UtdMhad",
    "wisdm-2019": "kinefuse.readers.wisdm_2019:Wisdm2019",
    "wisdm-v1": "kinefuse.readers.wisdm_v1:WisdmV1",
}
_REGISTERED: dict[str, Callable[..., Reader]] = {}
_GROUP = "kinefuse.readers"


def register(name: str, make: Callable[..., Reader]) -> None:
    """Add a reader of your own for this process.

    A package that brings readers names them in its metadata instead, and they are there wherever
    it is installed::

        [project.entry-points."kinefuse.readers"]
        my-lab = "my_lab.reader:MyLab"

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
    if name in names():
        raise ConfigError(f"register: there is a reader {name!r} already")
    _REGISTERED[name] = make


def names() -> tuple[str, ...]:
    """Return the names of the readers, sorted: built-in, of installed packages, registered."""
    return tuple(sorted({*_BUILT_IN, *_plugins(), *_REGISTERED}))


def get(name: str, **options: Any) -> Reader:
    """Make a reader by name, with its own options.

    Raises
    ------
    ConfigError
        There is no such reader, or the package that brings it cannot be loaded.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.get("utd-mhad").classes[:3]
    ('swipe_left', 'swipe_right', 'wave')
    """
    reader: Reader = find(name)(**options)
    return reader


def find(name: str) -> Callable[..., Reader]:
    """Return the class or function that makes the readers of a name.

    Raises
    ------
    ConfigError
        There is no such reader, or the package that brings it cannot be loaded.
    """
    if name in _REGISTERED:
        return _REGISTERED[name]
    make: Callable[..., Reader]
    if name in _BUILT_IN:
        module, _, attribute = _BUILT_IN[name].partition(":")
        make = getattr(import_module(module), attribute)
        return make
    if name in _plugins():
        plugin = _plugins()[name]
        try:
            make = plugin.load()
        except Exception as error:  # a package of somebody else fails as it likes
            raise ConfigError(
                f"reader {name!r} of {_package(plugin)} cannot be loaded: {plugin.value}: "
                f"{type(error).__name__}: {error}"
            ) from error
        return make
    near = get_close_matches(name, names(), n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    raise ConfigError(f"no reader {name!r}: {hint}there are {', '.join(names())}")


def about(name: str) -> About | None:
    """Return what a reader says of its data; None if it says nothing.

    Raises
    ------
    ConfigError
        There is no such reader, or the package that brings it cannot be loaded.

    Examples
    --------
    >>> from kinefuse import readers
    >>> readers.about("hapt").subjects
    30
    """
    told = getattr(find(name), "about", None)
    return told if isinstance(told, About) else None


@cache
def _plugins() -> dict[str, metadata.EntryPoint]:
    """Return the readers that installed packages name, the first of each name."""
    found: dict[str, metadata.EntryPoint] = {}
    for plugin in sorted(metadata.entry_points(group=_GROUP), key=_package):
        if plugin.name in _BUILT_IN or plugin.name in found:
            first = found.get(plugin.name)
            warnings.warn(
                f"reader {plugin.name!r} of {_package(plugin)} is not used: "
                f"{'kinefuse' if first is None else _package(first)} has one of that name",
                KinefuseWarning,
                stacklevel=3,
            )
        else:
            found[plugin.name] = plugin
    return found


def _package(plugin: metadata.EntryPoint) -> str:
    return plugin.dist.name if plugin.dist else plugin.value.partition(".")[0]
