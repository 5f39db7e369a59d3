"""What a table of results is made of: jobs, and cells that average them."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from kinefuse.errors import ConfigError
from kinefuse.reproduce.datasets import Dataset

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
    dataset : str
        On which of the table's data sets; the first, unless told. A job needs none of another.
    """

    name: str
    kind: str
    work: str
    options: Mapping[str, Any] = field(default_factory=dict)
    needs: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 10.0
    round: int = 0
    dataset: str = ""


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
    section : str
        Which part of the page it belongs to: ``"accuracy"``, ``"retrieval"``, or what one of the
        table's extras looks for.
    encoders : str
        How they came about: ``"end to end"``, ``"frozen"``, ``"fine-tuned"``, ``"none"``.
    recipe : str
        Its name, if there is one.
    published : mapping of str to float
        What the original reports for a metric.
    dataset, protocol : str
        The table's first data set and that one's protocol, unless told.
    """

    method: str
    modality: str
    labels: str
    runs: tuple[tuple[str, ...], ...]
    metrics: Mapping[str, str] = field(
        default_factory=lambda: {"accuracy": "accuracy", "macro_f1": "macro_f1"}
    )
    section: str = "accuracy"
    encoders: str = "frozen"
    recipe: str = ""
    published: Mapping[str, float] = field(default_factory=dict)
    dataset: str = ""
    protocol: str = ""

    @property
    def jobs(self) -> tuple[str, ...]:
        """All its jobs."""
        return tuple(name for seed in self.runs for name in seed)

    def __str__(self) -> str:
        text = f"{self.method} ({self.encoders}), {self.modality}, {self.labels}"
        text = f"{self.dataset}: {text}" if self.dataset else text
        return text if self.section == "accuracy" else f"{text}, {self.section}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two cells whose jobs are pairs: the same seed, the same labels, the same test.

    Of the same data set and protocol, which is where the page shows them.
    """

    first: Cell
    second: Cell


@dataclass(frozen=True, kw_only=True)
class Table:
    """Everything that is to be measured, and how it is put together.

    Parameters
    ----------
    name, title : str
    datasets : tuple of Dataset
        What jobs and cells are of that name none is the first.
    jobs : tuple of Job
    cells : tuple of Cell
    comparisons : tuple of Comparison
    notes : tuple of str
        Paragraphs that a reader must know before the numbers.
    extras : tuple of str
        Functions, ``"module:name"``, that make further parts of the page of the results
        (:mod:`kinefuse.reproduce.extras`).

    Raises
    ------
    ConfigError
        A name comes twice; a job or a cell needs one that is not there, or itself, or one of
        another data set.
    """

    name: str
    title: str
    datasets: tuple[Dataset, ...]
    jobs: tuple[Job, ...]
    cells: tuple[Cell, ...]
    comparisons: tuple[Comparison, ...] = ()
    notes: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [job.name for job in self.jobs]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ConfigError(f"table {self.name!r}: two jobs are called {', '.join(twice)}")
        known = {job.name: job for job in self.jobs}
        for job in self.jobs:
            where = self.dataset(job)
            if missing := sorted(set(job.needs.values()) - set(known)):
                raise ConfigError(f"job {job.name!r} needs {', '.join(missing)}: no such job")
            for need in job.needs.values():
                if (other := self.dataset(known[need])) is not where:
                    raise ConfigError(
                        f"job {job.name!r} is on {where.name} and needs {need!r}, on {other.name}"
                    )
        for cell in self.cells:
            self.dataset(cell)
            if missing := sorted(set(cell.jobs) - set(known)):
                raise ConfigError(f"cell {cell}: no job {', '.join(missing)}")
        self.fingerprints({})

    def dataset(self, of: Job | Cell) -> Dataset:
        """Return the data set of a job or a cell.

        Raises
        ------
        ConfigError
            The table has no such data set.
        """
        for dataset in self.datasets:
            if of.dataset in ("", dataset.name):
                return dataset
        raise ConfigError(f"table {self.name!r} has no data set {of.dataset!r}, which {of} is on")

    def fingerprints(self, contexts: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
        """Return a hash of all that decides each job's result.

        Parameters
        ----------
        contexts : mapping of str to mapping of str to str
            By data set, what all jobs on it depend on: the recordings, the version.
        """
        jobs = {job.name: job for job in self.jobs}
        found: dict[str, str] = {}

        def of(name: str, above: tuple[str, ...]) -> str:
            if name in above:
                raise ConfigError(f"job {name!r} needs itself, by way of {' and '.join(above)}")
            if name not in found:
                job = jobs[name]
                needs = {word: of(need, (*above, name)) for word, need in job.needs.items()}
                context = dict(contexts.get(self.dataset(job).name, {}))
                content = json.dumps(
                    [job.work, job.options, needs, context], sort_keys=True, allow_nan=False
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
        return self._keep(lambda cell: cell.method in wanted)

    def on(self, datasets: Iterable[str]) -> Self:
        """Return the table of some data sets.

        Raises
        ------
        ConfigError
            None of them, or one that the table does not have.
        """
        wanted = set(datasets)
        if not wanted or wanted - {dataset.name for dataset in self.datasets}:
            raise ConfigError(f"table {self.name!r} has no data set {', '.join(sorted(wanted))}")
        part = self._keep(lambda cell: self.dataset(cell).name in wanted)

        # What named none was of the first, which may be another one now.
        def name(cell: Cell) -> Cell:
            return replace(cell, dataset=self.dataset(cell).name)

        return replace(
            part,
            datasets=tuple(d for d in self.datasets if d.name in wanted),
            jobs=tuple(replace(job, dataset=self.dataset(job).name) for job in part.jobs),
            cells=tuple(map(name, part.cells)),
            comparisons=tuple(
                Comparison(first=name(c.first), second=name(c.second)) for c in part.comparisons
            ),
        )

    def _keep(self, wanted: Callable[[Cell], bool]) -> Self:
        """Return the table of some cells, with the jobs that those need."""
        cells = tuple(cell for cell in self.cells if wanted(cell))
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
            comparisons=tuple(c for c in self.comparisons if wanted(c.first) and wanted(c.second)),
        )
