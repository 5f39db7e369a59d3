"""The names and tables of a store's folder."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from kinefuse.data.atomic import atomic_write
from kinefuse.data.schema import ModalitySchema

__all__ = [
    "FORMAT",
    "LABELS",
    "MEND",
    "VERSION",
    "WHO",
    "WORK",
    "fingerprint",
    "recordings_schema",
    "recordings_table",
    "write_json",
]

FORMAT = "kinefuse-store"
VERSION = 1
LABELS = "labels"
WORK = ".ingest"
MEND = "bring the file back from a copy, or remove the store and ingest again"
WHO = ("id", "dataset", "subject", "activity", "session", "trial", "scene", "view")


def fingerprint(inputs: Sequence[Any]) -> str:
    """Return a hash of the names and sizes of the inputs; when they were changed is left out."""
    names = [[entry["name"], [size for size, _ in entry["files"]]] for entry in inputs]
    return hashlib.sha256(json.dumps(names).encode()).hexdigest()


def recordings_schema(modalities: Mapping[str, ModalitySchema]) -> dict[str, Any]:
    """Return the columns of ``recordings.parquet`` and their types."""
    columns: dict[str, Any] = dict.fromkeys(WHO, pl.String)
    columns |= {"source": pl.List(pl.String), "sha256": pl.List(pl.String)}
    for name in modalities:
        columns |= {
            f"{name}_rate_hz": pl.Float64,
            f"{name}_shard": pl.Int64,
            f"{name}_start": pl.Int64,
            f"{name}_rows": pl.Int64,
            f"{name}_start_s": pl.Float64,
            f"{name}_gaps": pl.List(pl.List(pl.Int64)),
        }
    return columns


def recordings_table(
    rows: Sequence[dict[str, Any]], modalities: Mapping[str, ModalitySchema]
) -> pl.DataFrame:
    """Return ``recordings.parquet``; a modality that a recording lacks has no rows there."""
    return pl.DataFrame(
        [_with_missing(row, modalities) for row in rows],
        schema=recordings_schema(modalities),
        orient="row",
    )


def _with_missing(row: dict[str, Any], modalities: Mapping[str, ModalitySchema]) -> dict[str, Any]:
    flat = {key: row[key] for key in recordings_schema({})}
    for name, schema in modalities.items():
        none = {"rate_hz": schema.rate_hz, "shard": 0, "start": 0, "rows": 0, "start_s": None}
        flat |= {f"{name}_{key}": value for key, value in row.get(name, none).items()}
        flat.setdefault(f"{name}_gaps", [])
    return flat


def write_json(path: Path, value: Any, indent: int | None = None) -> bytes:
    """Write a JSON file, whole or not at all; return what is in it."""
    content = json.dumps(value, indent=indent, ensure_ascii=False).encode()
    with atomic_write(path) as file:
        file.write(content)
    return content
