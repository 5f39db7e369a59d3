"""What a table of results is made of: jobs, and cells that average them."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from kinefuse.errors import ConfigError

__all__ = ["Cell", "Comparison", "Job", "Table"]


@dataclass(frozen=True, kw_only=True)
class Job:
    """One piece of work: it runs in one process and leaves numbers in a folder of its own.

    Parameters
    ----------
    name : str
        Its own within the table, fit for a folder's name.
    kind : str
        Jobs of one kind take about the same time, which is how the time left is estimated.
    work : str
        The function that does it, ``"module:name"``. It is given a
        :class:`kinefuse.reproduce.tasks.Task` and returns what JSON can hold.
    options : mapping
        What the function is told: JSON-able, and all that decides its result besides the jobs that
        it needs.
    needs : mapping of str to str
        Jobs to be finished before, by what the function calls them.
    seconds : float
        About how long it takes, for as long as no job of its kind was measured.
    round : int
        Jobs of an earlier round begin first. A run that is stopped has then finished whole rounds,
        of which a table can be made.
    """

    name: str
    kind: str
    work: str
    options: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    round: int = 0


@dataclass(frozen=True, kw_only=True)
class Cell:
    """A place of the table: the mean of some jobs.

    Parameters
    ----------
    method, modality, labels : str
        ``"cmc"``, ``"both"``, ``"1/class"`` and so on.
    runs : tuple of tuples of str
        Names of jobs, those of one seed together. A seed counts once, by the mean of its jobs.
    metrics : mapping of str to str
        By what the cell calls it, the key of the jobs' results.
    section : {"accuracy", "retrieval"}
        Which part of the page it belongs to.
    encoders : str
        How they came about: ``"end to end"``, ``"frozen"``, ``"fine-tuned"``, ``"none"``.
    recipe : str
        Its name, if there is one.
    published : mapping of str to float
        What the original reports for a metric.
    """

    method: str
    modality: str
    labels: str
    runs: tuple[tuple[str, ...], ...]
    metrics: Mapping[str, str] = field(
        default_factory=lambda: {"accuracy": "accuracy", "macro_f1": "macro_f1"}
    )
    section: Literal["accuracy", "retrieval"] = "accuracy"
    encoders: str = "frozen"
    recipe: str = ""
    published: Mapping[str, float] = field(default_factory=dict)

    @property
    def jobs(self) -> tuple[str, ...]:
        """All its jobs."""
        return tuple(name for seed in self.runs for name in seed)

    def __str__(self) -> str:
        text = f"{self.method} ({self.encoders}), {self.modality}, {self.labels}"
        return text if self.section == "accuracy" else f"{text}, {self.section}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two cells whose jobs are pairs: the same seed, the same labels, the same test."""

    first: Cell
    second: Cell


@dataclass(frozen=True, kw_only=True)
class Table:
    """Everything that is to be measured, and how it is put together.

    Parameters
    ----------
    name, title : str
    dataset, reader, protocol : str
        As the cells name them; ``reader`` is what ingests the raw recordings.
    jobs : tuple of Job
    cells : tuple of Cell
    comparisons : tuple of Comparison
    notes : tuple of str
        Paragraphs that a reader must know before the numbers.

    Raises
    ------
    ConfigError
        A name comes twice; a job or a cell needs one that is not there, or itself.
    """

    name: str
    title: str
    dataset: str
    reader: str
    protocol: str
    jobs: tuple[Job, ...]
    cells: tuple[Cell, ...]
    comparisons: tuple[Comparison, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [job.name for job in self.jobs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ConfigError(f"table {self.name!r}: two jobs are called {', '.join(twice)}")
        known = set(names)
        for job in self.jobs:
            if missing := sorted(set(job.needs.values()) - known):
                raise ConfigError(f"job {job.name!r} needs {', '.join(missing)}: no such job")
        for cell in self.cells:
            if missing := sorted(set(cell.jobs) - known):
                raise ConfigError(f"cell {cell}: no job {', '.join(missing)}")
        self.fingerprints({})

    def fingerprints(self, context: Mapping[str, str]) -> dict[str, str]:
        """Return a hash of all that decides each job's result.

        Parameters
        ----------
        context : mapping of str to str
            What all jobs depend on: the data, the version.
        """
        jobs = {job.name: job for job in self.jobs}
        found: dict[str, str] = {}

        def of(name: str, above: tuple[str, ...]) -> str:
            if name in above:
                raise ConfigError(f"job {name!r} needs itself, by way of {' and '.join(above)}")
            if name not in found:
                job = jobs[name]
                needs = {word: of(need, (*above, name)) for word, need in job.needs.items()}
                content = json.dumps(
                    [job.work, job.options, needs, dict(context)], sort_keys=True, allow_nan=False
                )
                found[name] = hashlib.sha256(content.encode()).hexdigest()
            return found[name]

        return {name: of(name, ()) for name in jobs}

    def only(self, methods: Iterable[str]) -> Self:
        """Return the table of some methods, with the jobs that those need.

        Raises
        ------
        ConfigError
            A method that the table does not have.
        """
        wanted = set(methods)
        known = {cell.method for cell in self.cells}
        if unknown := sorted(wanted - known):
            raise ConfigError(
                f"table {self.name!r} has no method {', '.join(unknown)}: "
                f"there are {', '.join(sorted(known))}"
            )
        cells = tuple(cell for cell in self.cells if cell.method in wanted)
        jobs = {job.name: job for job in self.jobs}
        needed: set[str] = set()
        ahead = [name for cell in cells for name in cell.jobs]
        while ahead:
            name = ahead.pop()
            if name not in needed:
                needed.add(name)
                ahead += jobs[name].needs.values()
        return replace(
            self,
            jobs=tuple(job for job in self.jobs if job.name in needed),
            cells=cells,
            comparisons=tuple(
                c for c in self.comparisons if {c.first.method, c.second.method} <= wanted
            ),
        )
