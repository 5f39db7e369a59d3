"""What the pages of CLMM's tables have beside their cells."""

import math
from collections.abc import Sequence
from statistics import mean
from typing import Any

from kinefuse.evaluate.compare import compare_paired, summarize
from kinefuse.evaluate.convergence import Curve, compare_curves
from kinefuse.reproduce.cells import values
from kinefuse.reproduce.clmm.ablation import BASE
from kinefuse.reproduce.clmm.methods import CONVERGING
from kinefuse.reproduce.engine import Outcome
from kinefuse.reproduce.extras import Extra, Figure
from kinefuse.reproduce.measure import PICTURE
from kinefuse.reproduce.table import Cell, Table

__all__ = ["attend", "converge", "draw_accuracies", "draw_embeddings", "weigh_switches"]

_LEVELS = (0.5, 0.6, 0.7, 0.8)
_SHARE = 0.95


def draw_accuracies(table: Table, outcome: Outcome) -> Extra | None:
    """Draw the accuracies of all methods against labels, a figure a data set."""
    from kinefuse.evaluate.report.bands import Point, accuracy_bands

    figures = []
    for dataset in table.datasets:
        lines: dict[str, dict[str, Point]] = {}
        for cell in _finished(table, outcome, "accuracy"):
            if table.dataset(cell) is not dataset or cell.protocol or cell.modality != "both":
                continue
            seeds = [mean(run) for run in values(cell, outcome.results, "accuracy")]
            found = summarize(seeds)
            # One seed has no spread: its line has no band.
            sd = 0.0 if math.isnan(found.sd) else found.sd
            points = lines.setdefault(cell.method, {})
            points[cell.labels] = Point(found.mean, found.mean - sd, found.mean + sd)
        if lines:
            caption = f"Accuracy against labels, {dataset.name}: mean over seeds, band of one "
            caption += "standard deviation"
            figures.append(
                Figure(name=f"accuracy-{dataset.name}", caption=caption, svg=accuracy_bands(lines))
            )
    return Extra(title="Accuracy against labels", figures=tuple(figures)) if figures else None


def converge(table: Table, outcome: Outcome) -> Extra | None:
    """Say how soon methods get where, at 3 labels a class."""
    from kinefuse.evaluate.report.figures import convergence_curves

    curves: dict[str, list[Curve]] = {}
    before: dict[str, float] = {}
    for cell in _finished(table, outcome, "accuracy"):
        first = table.dataset(cell) is table.datasets[0] and not cell.protocol
        if first and cell.labels == "3/class" and cell.method in CONVERGING:
            kept = [name for name in cell.jobs if "history" in outcome.results[name]]
            if kept:
                curves[cell.method] = [Curve.of(outcome.results[n]["history"]) for n in kept]
                before[cell.method] = _pretraining_s(table, outcome, kept[0])
    if not curves:
        return None
    baselines = {
        name: mean(curve.final for curve in runs)
        for name, runs in curves.items()
        if name != CONVERGING[0]
    }
    levels, text = list(_LEVELS), [_INTRODUCTION]
    best = max(baselines, key=lambda name: baselines[name]) if baselines else None
    if best:
        levels.append(_SHARE * baselines[best])
        text.append(
            f"The best baseline in the end is `{best}` with {100 * baselines[best]:.1f} % on the "
            f"held-out subject; 95 % of that are {100 * levels[-1]:.1f} %."
        )
    found = compare_curves(curves, levels)
    rows = []
    for method in curves:
        own = found.filter(method=method)
        last = own.row(-1, named=True)
        rows.append(
            (
                method, str(len(curves[method])), *(_count(v) for v in own["epochs"]),
                _count(last["steps"]), _count(last["seconds"]), f"{before[method]:.0f}",
                f"{100 * mean(curve.final for curve in curves[method]):.1f}",
            )
        )  # fmt: skip
    figures = [
        Figure(
            name=f"convergence-{against}",
            caption=f"Accuracy on the held-out subject against {against} with labels",
            svg=convergence_curves(curves, against=against, level=levels[-1] if best else None),
        )
        for against in ("epochs", "seconds")
    ]
    last_level = f"{100 * levels[-1]:.1f} %"
    return Extra(
        title="Convergence",
        text=tuple(text),
        head=(
            "method", "runs", *(f"epochs to {100 * level:.3g} %" for level in levels),
            f"steps to {last_level}", f"seconds to {last_level}", "seconds before", "in the end",
        ),
        rows=tuple(rows),
        figures=tuple(figures),
        numbers={
            "levels": levels,
            "best_baseline": best,
            "pretraining_s": before,
            # Infinity, for a level that was not reached, is nothing that JSON has.
            "table": [
                {key: None if value == math.inf else value for key, value in row.items()}
                for row in found.to_dicts()
            ],
        },
    )  # fmt: skip


_INTRODUCTION = (
    "Accuracy on subject 7, which takes no part in training, after each epoch with 3 labels a "
    "class (25 %): the median over runs of the first epoch whose running median of three reaches a "
    "level, 0 for one that is reached before training. An epoch of a method that spreads labels "
    "over the unlabelled recordings has more steps "
    "than one on the labelled recordings alone, and a head on frozen encoders takes less time for "
    "a step: steps and seconds stand beside. Seconds are of one core; those of pretraining, which "
    "needs no labels, are in a column of their own."
)


def attend(table: Table, outcome: Outcome) -> Extra | None:
    """Show what each modality weighs, by activity."""
    from kinefuse.evaluate.report.bands import modality_weights

    cells = _finished(table, outcome, "attention")
    if not cells:
        return None
    found = [outcome.results[name] for name in cells[0].jobs]
    modalities = found[0]["modalities"]
    weights = {
        activity: [mean(f["attention"][activity][i] for f in found) for i in range(len(modalities))]
        for activity in found[0]["attention"]
    }
    overall = [mean(w[i] for w in weights.values()) for i in range(len(modalities))]
    said = ", ".join(f"{m} {100 * w:.1f} %" for m, w in zip(modalities, overall, strict=True))
    return Extra(
        title="Attention",
        text=(f"Mean weight over activities: {said}. Test recordings, all labels, all seeds.",),
        figures=(
            Figure(
                name="attention",
                caption="Weights of the quality-guided attention by activity",
                svg=modality_weights(weights, modalities),
            ),
        ),
        numbers={"modalities": modalities, "weights": weights},
    )


def draw_embeddings(table: Table, outcome: Outcome) -> Extra | None:
    """Show the embeddings of the test recordings after the first stage."""
    cells = _finished(table, outcome, "picture")
    if not cells:
        return None
    svg = (outcome.folders[cells[0].jobs[0]] / PICTURE).read_text("utf-8")
    caption = "Projections of the test recordings after the first stage, without labels: colored "
    caption += "by activity, shaped by modality (t-SNE)"
    return Extra(title="Embeddings", figures=(Figure(name="embeddings", caption=caption, svg=svg),))


def weigh_switches(table: Table, outcome: Outcome) -> Extra | None:
    """Say what each change is worth, by data set and labels, with intervals."""
    done = _finished(table, outcome, "accuracy")
    base = {_place(table, cell): cell for cell in done if cell.method == BASE}
    effects: dict[str, dict[tuple[str, str], Any]] = {}
    for cell in done:
        place = _place(table, cell)
        if cell.method != BASE and place in base:
            pair = [
                [value for run in values(one, outcome.results, "accuracy") for value in run]
                for one in (cell, base[place])
            ]
            effects.setdefault(cell.method, {})[place] = compare_paired(*pair)
    if not effects:
        return None
    places = [place for place in base if any(place in row for row in effects.values())]
    rows = [(name, *(_effect(row.get(place)) for place in places)) for name, row in effects.items()]
    whole = {place: _base(base[place], outcome) for place in places}
    return Extra(
        title="Effects",
        text=(
            "Points of accuracy that a change gains or loses against the recipe as it is, on the "
            "same seeds and labels; in brackets the 95 % interval (Student's t) over all runs. An "
            "asterisk marks those that exclude zero; of twenty changes without any effect, one "
            "does so by chance.",
        ),
        head=("change", *(_title(table, place) for place in places)),
        rows=(("none", *(whole[place] for place in places)), *rows),
        numbers={
            name: {f"{place[0]}, {place[1]}": _numbers(p) for place, p in row.items()}
            for name, row in effects.items()
        },
    )


def _finished(table: Table, outcome: Outcome, section: str) -> list[Cell]:
    return [
        cell
        for cell in table.cells
        if cell.section == section and all(name in outcome.results for name in cell.jobs)
    ]


def _pretraining_s(table: Table, outcome: Outcome, name: str) -> float:
    """Return the seconds of all that had to be trained before a job."""
    jobs = {job.name: job for job in table.jobs}
    needs: Sequence[str] = list(jobs[name].needs.values())
    return sum(outcome.seconds[n] + _pretraining_s(table, outcome, n) for n in needs)


def _count(value: float | None) -> str:
    if value is None:
        return ""
    return "never" if value == math.inf else f"{value:.0f}"


def _place(table: Table, cell: Cell) -> tuple[str, str]:
    return table.dataset(cell).name, cell.labels


def _title(table: Table, place: tuple[str, str]) -> str:
    dataset, labels = place
    return labels if dataset == table.datasets[0].name else f"{dataset}, {labels}"


def _base(cell: Cell, outcome: Outcome) -> str:
    runs = [value for run in values(cell, outcome.results, "accuracy") for value in run]
    return f"{100 * mean(runs):.1f} % in {len(runs)} runs"


def _effect(paired: Any) -> str:
    if paired is None:
        return ""
    low, high = (100 * bound for bound in paired.ci95)
    text = f"{100 * paired.difference:+.1f}"
    if math.isnan(low):
        return text
    return f"{text} ({low:+.1f} to {high:+.1f}){' *' if low > 0 or high < 0 else ''}"


def _numbers(paired: Any) -> dict[str, Any]:
    found: dict[str, Any] = paired.to_dict()
    if any(math.isnan(bound) for bound in found["ci95"]):
        found["ci95"] = None
    return found
