"""What the rows of both tables of CLMM have in common."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kinefuse.reproduce.plan import TablePlan
from kinefuse.reproduce.table import Cell, Comparison

__all__ = ["MEASURE", "Method", "Rows", "compare_cells"]

MEASURE = "kinefuse.reproduce.measure"


@dataclass(frozen=True, kw_only=True)
class Method:
    """How a row comes about.

    Parameters
    ----------
    recipe : str
        The first part of whose name says the data set.
    overrides : mapping
        Of its settings, in both stages.
    encoders : str
        As the cells name it.
    before_s, seconds : float
        About how long pretraining takes, and training with few labels; 0 for no pretraining.
    first : tuple of (str, str), optional
        What pretraining goes on from: the name that ``pretrain`` has for it, and whose.
    start : str, optional
        Whose pretraining it takes, if not its own.
    probe : str, optional
        The probe of embeddings that it is; nothing is trained then.
    few : mapping
        Settings where labels are few.
    most_draws : int
        Draws of labels at the most.
    """

    recipe: str
    overrides: Mapping[str, Any] = field(default_factory=dict)
    encoders: str = "frozen"
    before_s: float = 0.0
    seconds: float = 5.0
    first: tuple[str, str] | None = None
    start: str | None = None
    probe: str | None = None
    few: Mapping[str, Any] = field(default_factory=dict)
    most_draws: int = 5


class Rows(TablePlan):
    """The jobs and cells of some methods on one data set by one protocol.

    Labels are drawn by the number of the draw alone, the same for every method and seed.

    Parameters
    ----------
    plan : TablePlan
        Takes the jobs and cells.
    methods : mapping of str to Method
        In an order in which what is needed comes first.
    dataset, protocol : str
        As for :class:`~kinefuse.reproduce.Cell`.
    prefix : str
        Of the jobs' names.
    base : callable
        The round of what a seed pretrains and trains on few labels.
    """

    def __init__(
        self,
        plan: TablePlan,
        methods: Mapping[str, Method],
        *,
        dataset: str = "",
        protocol: str = "",
        prefix: str = "",
        base: Callable[[int], int] | None = None,
    ) -> None:
        self.plan, self.methods = plan, methods
        self.seeds, self.recipes = plan.seeds, plan.recipes
        self.jobs, self.cells = plan.jobs, plan.cells
        self.dataset, self.protocol = dataset, protocol
        self.prefix = prefix
        self.base = base or plan.round

    def pretrain(self, name: str, *, seconds: float | None = None, later: int = 0) -> None:
        """Add the pretraining of a method, for every seed; as for :meth:`classify`."""
        method = self.methods[name]
        for seed in self.seeds:
            self.job(
                self._pretraining(name, seed), "pretrain",
                kind=f"pretrain {method.recipe} {self.prefix}",
                seconds=seconds or method.before_s, round=self.base(seed) + later,
                dataset=self.dataset,
                needs={method.first[0]: self._pretraining(method.first[1], seed)}
                if method.first else {},
                recipe=method.recipe, overrides=method.overrides, seed=seed,
            )  # fmt: skip

    def classify(
        self,
        name: str,
        labels: str,
        *,
        draws: Sequence[int] = (0,),
        modality: str = "both",
        histories: Sequence[int] = (),
        later: int = 0,
        seconds: float | None = None,
        labels_of: Sequence[str] | None = None,
    ) -> Cell:
        """Add a cell of a method: a job for every seed and draw.

        Parameters
        ----------
        name : str
            Of the method.
        labels : str
            ``"3/class"``, ``"5%"``, ``"100%"``.
        draws : sequence of int
            Of labels; where all are used there is but one.
        modality : str
        histories : sequence of int
            The draws whose runs keep their history.
        later : int
            Rounds after those of the seed.
        seconds : float, optional
            What one job takes, unless it is the method's own time.
        labels_of : sequence of str, optional
            Instead of a draw: the recordings whose labels are used.
        """
        method = self.methods[name]
        amount = _amount(labels)
        slug = labels.replace("/class", "").replace("%", "percent") if amount else "all"
        start = method.start or (name if method.before_s else None)

        def one(seed: int) -> list[str]:
            names = []
            for draw in draws if amount else draws[:1]:
                options = amount | ({"label_seed": draw} if amount else {})
                if labels_of is not None:
                    options = {"labels": list(labels_of)}
                history = 1 if draw in histories else None
                common: dict[str, Any] = {
                    "kind": f"{method.probe or 'train'} {method.recipe} {self.prefix} "
                    f"{'few' if amount else 'all'}",
                    "seconds": seconds or method.seconds,
                    "round": self.base(seed) + later,
                    "dataset": self.dataset,
                    "needs": {"checkpoint": self._pretraining(start, seed)} if start else {},
                }
                job = f"{self.prefix}{_slug(name)}-{slug}-{seed}"
                job += f"-{draw}" if amount else ""
                if method.probe:
                    work = f"{MEASURE}:probe"
                    names.append(self.job(job, work, **common, probe=method.probe, **options))
                    continue
                settings = {**method.overrides, **(method.few if amount else {})}
                names.append(
                    self.job(
                        job, "classify", **common, recipe=method.recipe, overrides=settings,
                        seed=seed, history=history, **options,
                    )
                )  # fmt: skip
            return names

        return self.cell(
            method=name,
            modality=modality,
            labels=labels,
            runs=self.runs(one),
            encoders=method.encoders,
            recipe=method.recipe,
        )

    def cell(self, **values: Any) -> Cell:
        """Add a cell of this data set and protocol."""
        cell = Cell(**values, dataset=self.dataset, protocol=self.protocol)
        self.cells.append(cell)
        return cell

    def _pretraining(self, name: str, seed: int) -> str:
        return f"{self.prefix}pretrain-{_slug(name)}-{seed}"


def compare_cells(first: Cell, second: Cell) -> Comparison:
    """Compare two cells on the draws that both have."""
    n = min(len(run) for cell in (first, second) for run in cell.runs)

    def cut(cell: Cell) -> Cell:
        return replace(cell, runs=tuple(run[:n] for run in cell.runs))

    return Comparison(first=cut(first), second=cut(second))


def _slug(name: str) -> str:
    """Return a name fit for a folder's."""
    return re.sub(r"[^a-z0-9_]+", "-", name.lower()).strip("-")


def _amount(labels: str) -> dict[str, Any]:
    """Return how ``finetune`` is told an amount of labels; nothing for all."""
    if labels == "100%":
        return {}
    if labels.endswith("%"):
        return {"labels_share": float(labels[:-1]) / 100}
    return {"labels_per_class": int(labels.removesuffix("/class"))}
