"""``kinefuse reproduce``: a whole table of results."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kinefuse.cli.console import ingest_progress, say
from kinefuse.errors import ConfigError, InputError

if TYPE_CHECKING:
    from kinefuse.reproduce import Table
    from kinefuse.reproduce.engine import Event, Outcome

__all__ = ["reproduce"]


def reproduce(
    table: Annotated[
        str, typer.Argument(help="Which table: `clmm`, `clmm-ablation`, `cmc-cmkm` or `reference`.")
    ],
    data: Annotated[
        Path,
        typer.Option(
            help="The folder that holds the raw recordings: UTD-MHAD, or several data sets. Jobs "
            "of a data set that is not there are left out, and the page says so."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="A folder for all that it makes.")
    ] = Path("runs/reproduce"),
    seeds: Annotated[
        str | None,
        typer.Option(help="Train every method with these, like `0-4`, not with the table's own."),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=0,
            help="Processes at a time; as many as cores, unless told. 0 runs nothing and writes "
            "the table of what is finished, also beside a run that goes on.",
        ),
    ] = None,
    only: Annotated[
        str | None, typer.Option(help="Only these methods: `cmc,cross_subject`.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="A part of the table, in minutes.")
    ] = False,
    docs: Annotated[
        Path | None, typer.Option(help="Copy the table and its page into this folder as well.")
    ] = None,
) -> None:
    """Train, evaluate and compare everything that a table shows, and write the table.

    What is finished is kept: the same command goes on where it was stopped, and does again only
    what other settings or another version would change. A job that fails does not stop the others.

    For example:

        kinefuse reproduce cmc-cmkm --data UTD-MHAD --out runs/reproduce

        kinefuse reproduce cmc-cmkm --data UTD-MHAD --quick

    Exits with 1 when a job failed or a recording was left out, with 130 when it was stopped.
    """
    numbers = None if seeds is None else _seeds(seeds)
    from kinefuse import reproduce
    from kinefuse.reproduce.datasets import find_folders
    from kinefuse.reproduce.lock import alone
    from kinefuse.reproduce.results import copy_to_docs, write_results

    chosen = reproduce.get(table, numbers, quick=quick)
    if only is not None:
        chosen = chosen.only([name.strip() for name in only.split(",")])
    command = _command(chosen, seeds, only, quick)
    lost = 0
    if jobs == 0:
        chosen, skipped = _on_those_in(chosen, _stores(chosen, out))
        outcome = _run(chosen, out, 0)
    else:
        folders = find_folders(chosen.datasets, data)
        chosen, skipped = _on_those_in(chosen, folders)
        out.mkdir(parents=True, exist_ok=True)
        with alone(out):
            lost = _ingest(chosen, folders, out)
            n_workers = jobs or len(os.sched_getaffinity(0))
            say(_estimate(chosen))
            outcome = _run(chosen, out, n_workers)
    page = write_results(chosen, outcome, out, command=command, skipped=skipped)
    say(f"table: {page}")
    say(f"report: {out / 'report.html'}")
    for path in copy_to_docs(chosen, out, docs) if docs else ():
        say(f"copied: {path}")
    for name, message in outcome.failed.items():
        say(f"failed: {name}: {message} ({outcome.folders[name] / 'error.txt'})")
    if outcome.failed or lost:
        raise typer.Exit(1)


def _stores(table: "Table", out: Path) -> dict[str, Path]:
    """Return where the data sets' stores are, of those that have one."""
    places = {dataset.name: out / "stores" / dataset.name for dataset in table.datasets}
    return {name: path for name, path in places.items() if (path / "store.json").exists()}


def _on_those_in(table: "Table", found: Mapping[str, Path]) -> tuple["Table", list[str]]:
    """Return the table of the data sets that are there, and what is said about the others."""
    if not found:
        raise InputError("--jobs 0: nothing was run in the folder of --out yet")
    part = table.on(found) if len(found) < len(table.datasets) else table
    skipped = []
    for dataset in table.datasets:
        if dataset.name not in found:
            count = sum(table.dataset(job) is dataset for job in table.jobs)
            skipped.append(f"{dataset.name}: no folder {dataset.folders[0]}; {count} jobs left out")
            say(skipped[-1])
    return part, skipped


def _ingest(table: "Table", folders: Mapping[str, Path], out: Path) -> int:
    """Make the stores; return how many recordings could not be read."""
    from kinefuse.data import ingest

    lost = 0
    for dataset in table.datasets:
        with ingest_progress() as watch:
            report = ingest(
                dataset.reader,
                folders[dataset.name],
                out / "stores" / dataset.name,
                progress=watch,
            )
        say(f"{dataset.name}: {report}" if len(table.datasets) > 1 else report)
        lost += len(report.failed)
    return lost


def _estimate(table: "Table") -> str:
    """Return how long all jobs take, as far as the table knows before any was run."""
    seconds = sum(job.seconds for job in table.jobs)
    return f"{len(table.jobs)} jobs, about {_duration(seconds)} of one core in all"


def _run(table: "Table", out: Path, n_workers: int) -> "Outcome":
    from kinefuse import __version__
    from kinefuse.data import MotionStore
    from kinefuse.reproduce.engine import run_jobs

    stores = _stores(table, out)
    contexts = {
        name: {"kinefuse": __version__, "store": MotionStore(path).fingerprint}
        for name, path in stores.items()
    }
    with _job_progress() as progress:
        try:
            return run_jobs(
                table,
                out,
                stores=stores,
                contexts=contexts,
                n_workers=n_workers,
                progress=progress,
            )
        except KeyboardInterrupt:
            say("stopped; the same command goes on")
            raise typer.Exit(130) from None


def _seeds(text: str) -> list[int]:
    """Read ``0-4`` or ``0,2,5-7``."""
    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        try:
            found += range(int(first), int(last if dash else first) + 1)
        except ValueError:
            raise ConfigError(f"--seeds: expected numbers like 0-4 or 0,2, got {text!r}") from None
    if not found:
        raise ConfigError(f"--seeds: no number in {text!r}")
    return found


def _command(table: "Table", seeds: str | None, only: str | None, quick: bool) -> str:
    """Return what makes the same numbers anywhere: without paths and number of processes."""
    several = len({dataset.folders for dataset in table.datasets}) > 1
    data = "data" if several else table.datasets[0].folders[0]
    words = ["kinefuse reproduce", table.name, f"--data {data}"]
    words += [f"--seeds {seeds}"] if seeds else []
    words += [f"--only {only}"] if only else []
    return " ".join(words + (["--quick"] if quick else []))


@contextmanager
def _job_progress() -> Iterator[Callable[["Event"], None]]:
    """Show how many jobs are over, about how long the others take, and what each process does.

    A line is printed for every finished job, so that a log shows as much as a terminal.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True, highlight=False),
    )
    kept = 0
    with bars:
        overall = bars.add_task("jobs", total=None, note="")
        tasks: dict[int, TaskID] = {}

        def advance(event: "Event") -> None:
            nonlocal kept
            left = f"about {_duration(event.left_s)} left" if event.left_s else ""
            bars.update(overall, completed=event.done, total=event.total, note=left)
            if event.what == "kept":
                kept += 1
                return
            name, place = event.job.name, f"{event.done}/{event.total}"
            if event.what == "started":
                if kept:
                    bars.console.print(f"{kept} jobs were finished before", markup=False)
                    kept = 0
                if event.worker not in tasks:
                    tasks[event.worker] = bars.add_task("", total=None, note="")
                bars.reset(tasks[event.worker], description=name, total=None, note="")
            elif event.what == "advanced":
                bars.update(
                    tasks[event.worker],
                    completed=event.epoch,
                    total=event.epochs,
                    note=event.text,
                )
            elif event.what == "finished":
                accuracy = event.result.get("accuracy")
                score = f": accuracy {100 * accuracy:.2f} %" if accuracy is not None else ""
                text = f"{place} {name}{score}, {event.seconds:.0f} s; {left or 'done'}"
                bars.console.print(text, markup=False, soft_wrap=True)
            else:
                text = f"{place} {name} {event.what}: {event.text}"
                bars.console.print(text, markup=False, soft_wrap=True)

        yield advance
    if kept:
        say(f"{kept} jobs were finished before")


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    if not minutes:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
