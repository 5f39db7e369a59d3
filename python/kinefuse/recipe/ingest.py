"""A run of ``kinefuse ingest`` as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError

from kinefuse.data.remote import is_remote
from kinefuse.errors import ConfigError
from kinefuse.recipe.files import read
from kinefuse.recipe.recipe import explain
from kinefuse.recipe.settings import Settings

__all__ = ["IngestRecipe"]

_BLOCK_ROWS = 2**18
_SHARD_BYTES = 2**28


class StreamSection(Settings):
    """``[streams.NAME]``: settings of the streams of one name."""

    units: str | dict[str, str] | None = None
    rate_hz: float | None = Field(default=None, gt=0)
    max_gap_s: float | None = Field(default=None, gt=0)
    calibrate: bool | None = None


class IngestRecipe(Settings):
    """What to read, how, and what to do to it: the arguments of :func:`kinefuse.data.ingest`.

    Attributes
    ----------
    reader : str
        Its name, as ``kinefuse datasets`` lists it.
    path : str, optional
        Where the recordings lie, from the folder of the file; or an address, ``s3://…``.
    settings : dict
        The reader's own.
    rate_hz : dict of str to float
        The rate of each modality in the store.
    max_gap_s, calibrate, on_error, shard_bytes, block_rows
        As of :func:`kinefuse.data.ingest`.
    streams : dict of str to StreamSection
        Settings of single streams.

    Examples
    --------
    >>> recipe = IngestRecipe.parse({"reader": "synthetic", "rate_hz": {"inertial": 25.0}})
    >>> recipe.arguments()["rate_hz"]
    {'inertial': 25.0}
    """

    reader: str
    path: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    rate_hz: dict[str, float] = Field(default_factory=dict)
    max_gap_s: float = Field(default=0.5, gt=0)
    calibrate: bool = False
    on_error: Literal["collect", "raise"] = "collect"
    shard_bytes: int = Field(default=_SHARD_BYTES, ge=1)
    block_rows: int = Field(default=_BLOCK_ROWS, ge=1000)
    streams: dict[str, StreamSection] = Field(default_factory=dict)

    @classmethod
    def load(cls, file: str | Path) -> Self:
        """Read a TOML file; a relative ``path`` in it counts from the file's folder.

        Raises
        ------
        FileNotFoundError
            There is no such file.
        ConfigError
            It is not TOML, or a key or value is wrong.
        """
        path = Path(file)
        if path.suffix != ".toml":
            raise ConfigError(f"{path}: expected a file whose name ends in .toml")
        recipe = cls.parse(read(path), where=str(path))
        if recipe.path is None or is_remote(recipe.path):
            return recipe
        return recipe.model_copy(update={"path": str(path.parent / recipe.path)})

    @classmethod
    def parse(cls, values: dict[str, Any], where: str = "recipe") -> Self:
        """Check settings.

        Raises
        ------
        ConfigError
            Naming ``where``, the key and what was expected.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise ConfigError(explain(error, where)) from None

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments for :func:`kinefuse.data.ingest`, defaults included."""
        given = self.model_dump(exclude={"reader", "path", "settings", "streams"})
        streams = {name: one.model_dump(exclude_none=True) for name, one in self.streams.items()}
        return given | {"streams": streams}
