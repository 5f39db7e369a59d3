"""What the commands print: results on standard output, progress on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    import polars as pl

    from kinefuse.data import IngestProgress

__all__ = ["counting_progress", "ingest_progress", "say", "show", "stdout", "training_progress"]


def stdout() -> Console:
    """Return a console on standard output as it is now."""
    return Console(highlight=False)


def say(text: object) -> None:
    """Print text as it stands: no markup, no wrapping that would break a path."""
    stdout().print(str(text), markup=False, soft_wrap=True)


def show(table: "pl.DataFrame") -> None:
    """Print a table: words, whole numbers, and shares of 0 to 1 in percent."""
    kinds = table.schema
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for name, kind in kinds.items():
        title = f"{name.replace('_', ' ')}, %" if kind.is_float() else name.replace("_", " ")
        shown.add_column(title, justify="right" if kind.is_numeric() else "left")
    for row in table.iter_rows():
        shares = [kind.is_float() for kind in kinds.values()]
        shown.add_row(
            *(
                "" if cell is None else f"{100 * cell:.1f}" if share else str(cell)
                for cell, share in zip(row, shares, strict=True)
            )
        )
    stdout().print(shown)


def _bars(shown: bool = True) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
        console=Console(stderr=True, highlight=False),
        disable=not shown,
    )


@contextmanager
def ingest_progress() -> Iterator[Callable[["IngestProgress"], None]]:
    """Show recordings, MB/s and the time left. Yields what ``ingest(progress=…)`` takes."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True, highlight=False)) as bars:
        task = bars.add_task("reading", total=None, note="")

        def advance(now: "IngestProgress") -> None:
            share = now.bytes_done / now.bytes_total if now.bytes_total else now.done / now.total
            told = [f"{now.megabytes_per_s:.0f} MB/s"] if now.bytes_done else []
            if now.failed:
                told.append(f"{now.failed} failed")
            if now.done < now.total and now.seconds_left is not None:
                left = timedelta(seconds=round(now.seconds_left))
                told.append(f"{share:.0%}, {left} left")
            bars.update(task, completed=now.done, total=now.total, note=", ".join(told))

        yield advance


@contextmanager
def counting_progress(title: str) -> Iterator[Callable[[int, int, str], None]]:
    """Show how many of some things are done. Yields what is called with (done, total, name)."""
    with _bars() as bars:
        task = bars.add_task(title, total=None, note="")

        def advance(done: int, total: int, name: str) -> None:
            bars.update(task, completed=done, total=total, note=name if done < total else "")

        yield advance


@contextmanager
def training_progress(
    title: str = "", *, shown: bool = True
) -> Iterator[Callable[[str, int, int, float], None]]:
    """Show the epochs of each stage and the loss. Yields what ``pretrain(progress=…)`` takes.

    Parameters
    ----------
    title : str
        Stands before the name of the stage.
    shown : bool
        Of several processes that train one model, one shows it.
    """
    with _bars(shown) as bars:
        tasks: dict[str, TaskID] = {}

        def advance(stage: str, done: int, total: int, loss: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(f"{title} {stage}".strip(), total=total, note="")
            bars.update(tasks[stage], completed=done, total=total, note=f"loss {loss:.3f}")

        yield advance
