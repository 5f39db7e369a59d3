"""The jobs and cells of a table, as they come together."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kinefuse.recipe import Recipe
from kinefuse.reproduce.table import Cell, Job

__all__ = ["TASKS", "TablePlan"]

TASKS = "kinefuse.reproduce.tasks"


class TablePlan:
    """Collects what a table is made of.

    Parameters
    ----------
    seeds : sequence of int
        Jobs of the first begin first, unless told otherwise.

    Attributes
    ----------
    jobs : list of Job
    cells : list of Cell
    recipes : dict
        The settings of those that were resolved.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self.seeds = seeds
        self.jobs: list[Job] = []
        self.cells: list[Cell] = []
        self.recipes: dict[str, dict[str, Any]] = {}

    def job(
        self,
        name: str,
        work: str,
        *,
        kind: str,
        seconds: float,
        round: int = 0,
        dataset: str = "",
        needs: Mapping[str, str] | None = None,
        recipe: str | None = None,
        overrides: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> str:
        """Add a job, and return its name.

        Parameters
        ----------
        name, work, kind, seconds, round, dataset, needs
            As for :class:`~kinefuse.reproduce.Job`; ``work`` without a module is of
            :mod:`kinefuse.reproduce.tasks`.
        recipe, overrides : str, mapping, optional
            The recipe is an option, resolved.
        **options
            What else the job is told.
        """
        told = {key: value for key, value in options.items() if value is not None}
        if recipe is not None:
            told["recipe"] = self._resolve(recipe, overrides or {})
        self.jobs.append(
            Job(
                name=name,
                kind=kind,
                work=work if ":" in work else f"{TASKS}:{work}",
                options=told,
                needs=needs or {},
                seconds=seconds,
                round=round,
                dataset=dataset,
            )
        )
        return name

    def _resolve(self, recipe: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
        """Return a recipe's settings, read once however many jobs have them."""
        key = f"{recipe} {json.dumps(dict(overrides), sort_keys=True)}"
        if key not in self.recipes:
            self.recipes[key] = Recipe.load(recipe, overrides).to_dict()
        return self.recipes[key]

    def runs(self, one: Callable[[int], Sequence[str]]) -> tuple[tuple[str, ...], ...]:
        """Return the names of the jobs of each seed, which ``one`` adds."""
        return tuple(tuple(one(seed)) for seed in self.seeds)

    def round(self, seed: int) -> int:
        """Return the round of a seed's jobs."""
        return list(self.seeds).index(seed)
