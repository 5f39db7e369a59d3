"""The cells of a table, filled with means over the jobs' results."""

import math
from collections.abc import Mapping
from statistics import mean
from typing import Any

from kinefuse.evaluate.compare import Paired, Summary, compare_paired, summarize
from kinefuse.reproduce.table import Cell, Table

__all__ = ["compare", "fill"]

Results = Mapping[str, Mapping[str, Any]]


def fill(
    table: Table, results: Results, *, command: str, version: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """Average the jobs of each cell.

    Parameters
    ----------
    table : Table
    results : mapping of str to mapping
        Of the finished jobs, by name.
    command, version : str
        What every cell says of how it came about.

    Returns
    -------
    list of dict
        One a cell and metric: ``dataset, protocol, method, modality, labels, metric, mean, sd,
        ci95, n, command, version``, and beside them ``section, encoders, recipe``, ``runs`` (a list
        for every seed) and ``published``. ``n`` is the number of seeds: mean, standard deviation
        (n - 1) and interval are over one value a seed, the mean over its draws. What a single seed
        cannot have is None.
    list of str
        The cells that lack a job, and which.
    """
    rows, missing = [], []
    for cell in table.cells:
        lost = [name for name in cell.jobs if name not in results]
        if lost:
            more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
            missing.append(f"{cell}: {', '.join(lost[:3])}{more}")
            continue
        for metric in cell.metrics:
            runs = values(cell, results, metric)
            summary = summarize([mean(seed) for seed in runs])
            rows.append(
                {
                    "dataset": table.dataset(cell).name,
                    "protocol": cell.protocol or table.dataset(cell).protocol,
                    "method": cell.method,
                    "modality": cell.modality,
                    "labels": cell.labels,
                    "metric": metric,
                    **_numbers(summary),
                    "command": command,
                    "version": version,
                    "section": cell.section,
                    "encoders": cell.encoders,
                    "recipe": cell.recipe,
                    "runs": runs,
                    "published": cell.published.get(metric),
                }
            )
    return rows, missing


def compare(table: Table, results: Results) -> list[dict[str, Any]]:
    """Compare cells pair by pair: the same seed, the same labels.

    Returns
    -------
    list of dict
        ``dataset, protocol``; ``first, second`` and ``encoders`` of both, ``modality, labels,
        metric``; ``draws``: a pair
        for every run; ``seeds``: a pair for every seed, of the means over its draws
        (:class:`kinefuse.evaluate.compare.Paired` each). Comparisons that lack a job are left out.
    """
    found = []
    for pair in table.comparisons:
        first, second = pair.first, pair.second
        if any(name not in results for name in first.jobs + second.jobs):
            continue
        for metric in first.metrics:
            a, b = values(first, results, metric), values(second, results, metric)
            draws = compare_paired([v for seed in a for v in seed], [v for seed in b for v in seed])
            seeds = compare_paired([mean(seed) for seed in a], [mean(seed) for seed in b])
            found.append(
                {
                    "dataset": table.dataset(first).name,
                    "protocol": first.protocol or table.dataset(first).protocol,
                    "first": first.method,
                    "second": second.method,
                    "encoders": [first.encoders, second.encoders],
                    "modality": first.modality,
                    "labels": first.labels,
                    "metric": metric,
                    "draws": _numbers(draws),
                    "seeds": _numbers(seeds),
                }
            )
    return found


def values(cell: Cell, results: Results, metric: str) -> list[list[float]]:
    """Return a metric of all the cell's jobs, a list for every seed."""
    key = cell.metrics[metric]
    return [[float(results[name][key]) for name in seed] for seed in cell.runs]


def _numbers(summary: Summary | Paired) -> dict[str, Any]:
    """Return the numbers as JSON has them, which has no NaN."""
    return {key: _known(value) for key, value in summary.to_dict().items()}


def _known(value: Any) -> Any:
    if isinstance(value, list):
        return None if any(math.isnan(v) for v in value) else value
    return None if isinstance(value, float) and math.isnan(value) else value
