"""What became of each source of a store: a line of JSON each, in ``sources.jsonl``."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kinefuse.data.atomic import atomic_write
from kinefuse.data.manifest import MEND
from kinefuse.errors import StoreError

__all__ = ["SOURCES", "read_sources", "write_sources"]

SOURCES = "sources.jsonl"


def write_sources(
    store: Path, inputs: Sequence[Mapping[str, Any]], notes: Sequence[Mapping[str, Any]]
) -> None:
    """Write a line a source: its name, the sizes of its files, and what was noted about it.

    Parameters
    ----------
    store : Path
        The store's folder.
    inputs : sequence of dict
        ``name`` and ``files``, a list of ``[bytes, changed]``. When a file was changed is left
        out: the same data copied to another machine make the same store.
    notes : sequence of dict
        As many; of a source that could not be read only ``failure``.
    """
    with atomic_write(store / SOURCES) as file:
        for entry, note in zip(inputs, notes, strict=True):
            line = {"name": entry["name"], "bytes": [size for size, _ in entry["files"]], **note}
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def read_sources(store: Path) -> list[dict[str, Any]]:
    """Return what :func:`write_sources` wrote, in order.

    Raises
    ------
    StoreError
        There is no such file, as in stores of earlier versions, or it is not whole.
    """
    path = store / SOURCES
    try:
        return [json.loads(line) for line in path.read_bytes().splitlines()]
    except FileNotFoundError:
        raise StoreError(f"{store}: {SOURCES} is missing; {MEND}") from None
    except ValueError as error:
        raise StoreError(f"{path}: not lines of JSON ({error}); {MEND}") from error
