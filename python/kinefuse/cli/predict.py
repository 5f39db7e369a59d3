"""``kinefuse predict``: activities of recordings."""

from pathlib import Path
from typing import Annotated

import typer

from kinefuse.cli.console import say
from kinefuse.cli.options import Checkpoint, Store
from kinefuse.errors import InputError

__all__ = ["predict"]

_WRITERS = {".csv": "write_csv", ".parquet": "write_parquet", ".json": "write_json"}


def predict(
    checkpoint: Checkpoint,
    store: Store,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Where to: `.csv`, `.parquet` or `.json`. Standard output, as CSV, unless told.",
        ),
    ] = None,
) -> None:
    """Predict the activity of every window of a store.

    The store must have the channels, units, rates and layout that the classifier was trained on;
    it needs no labels. A window that lacks a modality gets an activity where the classifier does
    without.

    For example:

        kinefuse predict runs/cmc-3 stores/new --out activities.csv
    """
    if out is not None and out.suffix not in _WRITERS:
        known = ", ".join(_WRITERS)
        raise InputError(f"--out: expected a file that ends in {known}, got {str(out)!r}")
    from kinefuse.data import MotionStore
    from kinefuse.predict import predict as run

    table = run(checkpoint, MotionStore(store))
    lacking, without = table["lacking"].count(), table["activity"].null_count()
    note = f"; {lacking} lack a modality, {without} of them are without an activity"
    if out is None:
        say(table.write_csv().rstrip("\n"))
        if lacking:
            typer.echo(f"{len(table)} windows{note}", err=True)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        partial = out.with_name(f".{out.name}.partial")
        getattr(table, _WRITERS[out.suffix])(partial)
        partial.replace(out)
        say(f"{len(table)} windows{note if lacking else ''}: {out}")
