"""Recipes as files: those that ship, those that build on others, and TOML out of settings."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinefuse.errors import ConfigError
from kinefuse.recipe.settings import unknown_key

__all__ = ["dump_toml", "names", "read", "read_toml_value"]

_FOLDER = Path(__file__).parent.parent / "recipes"


def names() -> list[str]:
    """Return the names of the recipes that ship with kinefuse.

    Examples
    --------
    >>> "utd-mhad-cmc" in names()
    True
    """
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def read(source: str | Path, below: tuple[Path, ...] = ()) -> dict[str, Any]:
    """Read a recipe's settings, laid over those of the recipe that it extends."""
    path = Path(source)
    if path.suffix != ".toml":
        path = _FOLDER / f"{source}.toml"
        if not path.is_file():
            message = unknown_key(str(source), names()).removeprefix("unknown key ")
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
    return _merge(read(base, (*below, path)), values)


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


def read_toml_value(text: str) -> Any:
    """Return the value that a text is in TOML, or the text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def dump_toml(table: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return the lines of a table in TOML."""
    lines = [f"{_key(k)} = {_value(v)}" for k, v in table.items() if not isinstance(v, dict)]
    for key, value in table.items():
        if isinstance(value, dict):
            path = f"{prefix}{_key(key)}"
            lines += ["", f"[{path}]", *dump_toml(value, f"{path}.")]
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
