"""``kinefuse store``: what can be done with a store that is there."""

import json
from pathlib import Path
from typing import Annotated

import typer

from kinefuse.cli.console import counting_progress, say
from kinefuse.cli.info import show_store

__all__ = ["store"]

store = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Look at a store, check it, see the report of its ingest, copy it, merge parts of one.",
)

_Path = Annotated[Path, typer.Argument(help="A store that `kinefuse ingest` made.")]


@store.command()
def info(path: _Path) -> None:
    """Say what a store holds, as `kinefuse info` does."""
    show_store(path)


@store.command()
def check(
    path: _Path,
    samples: Annotated[
        bool, typer.Option(help="Read every sample; the rest takes no time.")
    ] = True,
) -> None:
    """Look whether a store is whole and its files agree with each other.

    For example:

        kinefuse store check stores/utd-mhad

    Exits with 1 when something is wrong.
    """
    from kinefuse.data.check import check_store

    found = check_store(path, samples=samples)
    for problem in found:
        say(problem)
    if found:
        raise typer.Exit(1)
    say(f"{path}: nothing wrong")


@store.command()
def report(
    path: _Path,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The page; `report.html` in the store unless told."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the numbers as JSON, and write no page.")
    ] = False,
) -> None:
    """Print what an ingest did, and write it as a page with a time line of every recording.

    For example:

        kinefuse store report stores/utd-mhad --out utd-mhad.html
    """
    from kinefuse.data import IngestReport, MotionStore
    from kinefuse.data.report_page import PAGE, write_page

    opened = MotionStore(path)
    if as_json:
        say(json.dumps(opened.report, indent=1, ensure_ascii=False))
        return
    say(IngestReport.from_dict(opened.report))
    say(f"report: {write_page(opened, out or path / PAGE)}")


@store.command()
def merge(
    out: Annotated[Path, typer.Argument(help="The whole store's folder, made if missing.")],
    parts: Annotated[
        list[str],
        typer.Argument(
            help="All parts that `kinefuse ingest --shard i/n` wrote: folders, or addresses."
        ),
    ],
) -> None:
    """Put the parts that several machines wrote together, as one run would have written them.

    For example:

        kinefuse ingest utd-mhad UTD-MHAD --shard 1/2 --out parts/1

        kinefuse ingest utd-mhad UTD-MHAD --shard 2/2 --out parts/2

        kinefuse store merge stores/utd-mhad parts/*

    Exits with 1 when a recording was left out.
    """
    from kinefuse.data import MotionStore
    from kinefuse.data import merge as run
    from kinefuse.data.report_page import PAGE, write_page

    with counting_progress("merging") as progress:
        done = run(out, parts, progress=progress)
    say(done)
    say(f"store: {out}")
    say(f"report: {write_page(MotionStore(out), out / PAGE)}")
    if done.failed:
        raise typer.Exit(1)


@store.command()
def copy(
    source: Annotated[str, typer.Argument(help="A store or a part: a folder, or an address.")],
    target: Annotated[str, typer.Argument(help="Where to: an address, `s3://…`, or a folder.")],
) -> None:
    """Copy a store to or from object storage; one that was copied in part is not taken for one.

    For example:

        kinefuse store copy parts/3 s3://bucket/parts/3
    """
    from kinefuse.data.remote import copy_store

    copy_store(source, target)
    say(f"store: {target}")
