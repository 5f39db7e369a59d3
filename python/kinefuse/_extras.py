"""Optional dependencies: which extra brings which module, and what to say when it is not there."""

from collections.abc import Iterator
from contextlib import contextmanager

from kinefuse.errors import MissingExtraError

__all__ = ["EXTRAS", "needs_extra"]

_CLI = frozenset({"jinja2", "pydantic", "rich", "typer"})
EXTRAS = {
    "cli": _CLI,
    "io": _CLI | {"backports", "ezc3d", "h5py", "scipy"},
    "ray": _CLI | {"ray"},
    "remote": _CLI | {"fsspec", "upath"},
    "train": _CLI
    | {
        "lightning",
        "matplotlib",
        "safetensors",
        "sklearn",
        "torch",
        "torchmetrics",
    },
}
"""The modules that each extra of the package brings."""


@contextmanager
def needs_extra(extra: str, by: str) -> Iterator[None]:
    """Say which extra to install when an import in the block fails for want of it.

    Parameters
    ----------
    extra : str
        ``"cli"``, ``"io"`` or ``"train"``.
    by : str
        What needs it, as the user knows it: ``"kinefuse.nn"``, ``"the UTD-MHAD reader"``.

    Raises
    ------
    MissingExtraError
        A module of the extra is not installed. Any other failing import is passed on as it is.

    Examples
    --------
    >>> with needs_extra("cli", "this example"):
    ...     import typer
    """
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] not in EXTRAS[extra]:
            raise
        raise MissingExtraError(
            f"{by} needs {missing.name}, which is not installed: pip install 'kinefuse[{extra}]'",
            name=missing.name,
        ) from missing
