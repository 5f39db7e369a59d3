"""``kinefuse info``: what an installation, a store, a checkpoint, a recipe or raw data hold."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from kinefuse._extras import EXTRAS
from kinefuse.cli.console import say, stdout
from kinefuse.cli.options import method_of
from kinefuse.errors import InputError

if TYPE_CHECKING:
    from kinefuse.data import MotionStore

__all__ = ["facts", "info", "show_store", "table"]


def info(
    path: Annotated[
        str | None,
        typer.Argument(
            help="A store, a checkpoint, a recipe (its name or file), or raw recordings."
        ),
    ] = None,
) -> None:
    """Say what a store, a checkpoint or a recipe holds; without a path, what is installed.

    Of any other file or folder, say which reader fits it, and why; of a table, how it is written
    and which settings to begin with.

    For example:

        kinefuse info

        kinefuse info stores/utd-mhad

        kinefuse info runs/cmc

        kinefuse info utd-mhad-cmc

        kinefuse info downloads/HAPT
    """
    from kinefuse import recipe

    if path is None:
        _installation()
    elif (Path(path) / "store.json").is_file() or (Path(path) / ".ingest").is_dir():
        show_store(Path(path))
    elif (Path(path) / "model.json").is_file():
        _checkpoint(Path(path))
    elif path in recipe.names() or path.endswith(".toml"):
        say(recipe.Recipe.load(path).to_toml().rstrip("\n"))
    elif Path(path).exists():
        _raw(Path(path))
    else:
        near = get_close_matches(path, recipe.names(), n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise FileNotFoundError(f"{path}: no such file or folder, and no such recipe{hint}")


def _raw(path: Path) -> None:
    from kinefuse import readers
    from kinefuse.readers.describe import TABLE_READERS, describe_table

    found = readers.recognize(path)
    if not found:
        raise InputError(
            f"{path}: neither a store, a checkpoint nor a recipe, and no reader knows what is in "
            "it; `kinefuse datasets` lists them"
        )
    shown = table("reader", "why")
    for match in found:
        shown.add_row(Text(match.reader), Text(match.reason))
    stdout().print(shown)
    stdout().print()
    first = found[0].reader
    if first not in TABLE_READERS:
        say(f"Try: kinefuse ingest {first} {path} --out stores/{first}")
        return
    described = describe_table(path, first)
    facts(described.facts)
    say("\nSettings to begin with, as columns.toml:\n")
    say(described.toml)
    say(f"\nThen: kinefuse ingest {first} {path} --config columns.toml --out stores/mine")


def table(*columns: str, numbers: Sequence[str] = ()) -> Table:
    """Return an empty table of some columns, ``numbers`` those set to the right."""
    made = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in numbers else "left")
    return made


def facts(known: Mapping[str, object] | Iterable[tuple[str, object]]) -> None:
    """Print names and what is known under them."""
    made = Table(box=None, show_header=False, pad_edge=False)
    made.add_column(style="bold")
    made.add_column(overflow="fold")
    for key, value in dict(known).items():
        made.add_row(Text(key), Text(str(value)))
    stdout().print(made)


def _installation() -> None:
    from importlib.util import find_spec

    from kinefuse import readers, recipe
    from kinefuse.machine import describe_run

    known: dict[str, object] = dict(describe_run())
    del known["command"], known["date"]
    for extra, modules in EXTRAS.items():
        missing = sorted(name for name in modules if find_spec(name) is None)
        there = "installed" if not missing else f"not installed: {', '.join(missing)}"
        known[f"kinefuse[{extra}]"] = there
    known["readers"] = ", ".join(readers.names())
    known["recipes"] = ", ".join(recipe.names())
    facts(known)


def show_store(path: Path) -> None:
    """Print what a store holds."""
    from kinefuse.data import MotionStore

    store = MotionStore(path)
    recordings = store.recordings
    facts(
        {
            "store": path,
            "recordings": len(recordings),
            "subjects": _names(recordings["subject"].unique().drop_nulls().to_list()),
            "activities": f"{len(store.classes)}: {', '.join(store.classes)}",
            "labels": f"of each {store.label_modality} sample"
            if store.label_modality
            else "of each recording",
            "made by": f"reader {store.made['reader']}, kinefuse {store.made['kinefuse']}",
            "left out": f"{len(store.report['failed'])} sources",
        }
    )
    stdout().print()
    stdout().print(_modalities(store))


def _modalities(store: "MotionStore") -> Table:
    shown = table(
        "modality", "rate, Hz", "sample", "channels", "hours", "gaps", "recordings",
        numbers=("rate, Hz", "hours", "gaps", "recordings"),
    )  # fmt: skip
    for name, schema in store.schema.items():
        rows = store.recordings[f"{name}_rows"].to_numpy()
        channels = [f"{c} ({u})" for c, u in zip(schema.channels, schema.units, strict=True)]
        sample = " × ".join(str(n) for n in schema.shape)
        shown.add_row(
            name,
            f"{schema.rate_hz:g}",
            f"{sample} {schema.layout}" if schema.layout else sample,
            ", ".join(channels),
            f"{rows.sum() / schema.rate_hz / 3600:.2f}",
            str(store.recordings[f"{name}_gaps"].list.len().sum()),
            str((rows > 0).sum()),
        )
    return shown


def _names(values: Iterable[Any]) -> str:
    names = sorted(map(str, values), key=lambda name: (len(name), name))
    return f"{len(names)}: {', '.join(names)}"


def _checkpoint(path: Path) -> None:
    from kinefuse import checkpoint

    loaded = checkpoint.load(path)
    about = loaded.info
    weights = sum(tensor.numel() for tensor in loaded.weights.values())
    facts(
        {
            "checkpoint": path,
            "method": method_of(about),
            "activities": f"{len(about.classes)}: {', '.join(about.classes)}"
            if about.classes
            else "none: encoders without a head",
            "numbers": f"{weights:,} in {len(loaded.weights)} tensors",
            "made by": f"kinefuse {about.kinefuse}",
        }
    )
    stdout().print()
    shown = table("modality", "encoder", "rate, Hz", "sample", "channels", numbers=("rate, Hz",))
    for name, entry in about.inputs.items():
        sample = " × ".join(str(n) for n in entry.shape)
        shown.add_row(
            name,
            about.encoders[name].name,
            f"{entry.rate_hz:g}",
            f"{sample} {entry.layout}" if entry.layout else sample,
            ", ".join(f"{c} ({u})" for c, u in zip(entry.channels, entry.units, strict=True)),
        )
    stdout().print(shown)
