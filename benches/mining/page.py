"""From the studies' JSON to docs/results/cross-subject.json and the tables of its page."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from benches.mining.studies import STUDIES

from kinefuse.data.atomic import atomic_write

__all__ = ["write_page"]

RESULTS = Path(__file__).parents[2] / "docs" / "results"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
_TITLES = {
    "utd-mhad": "UTD-MHAD: trimmed recordings, 27 activities, accuracy",
    "hapt": "HAPT: continuous recordings in windows, 12 activities, macro F1",
    "motionsense": "MotionSense: trials in windows, 6 activities, macro F1",
    "sp-sw-har": "SP-SW-HAR: executions in windows, 5 activities, macro F1",
    "msr-action3d": "MSR-Action3D: trimmed recordings, one modality, 20 actions, accuracy",
}
_TRIMMED = ("utd-mhad", "msr-action3d")
_HEAD = (
    "| training | windows | runs | purity | mates | one label, nearest prototype | one label, "
    "propagated | all labels, ridge |\n| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def write_page(folder: Path) -> None:
    """Collect the studies of ``folder``, and write the tables between the page's two marks."""
    content: dict[str, list[dict[str, Any]]] = {}
    for prefix in (*(study.file for study in STUDIES), *(f"first-{name}" for name in _TITLES)):
        files = sorted(folder.glob(f"{prefix}-*.json"))
        runs = [f for f in files if f.stem.removeprefix(f"{prefix}-").isdigit()]
        if runs:
            content[prefix] = [_rounded(json.loads(file.read_text())) for file in runs]
    lines = [f"{json.dumps(name)}: {json.dumps(runs)}" for name, runs in content.items()]
    page = RESULTS / "cross-subject.md"
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    for path, text in (
        (RESULTS / "cross-subject.json", "{\n" + ",\n".join(lines) + "\n}\n"),
        (page, f"{before}{BEGIN}\n\n{render(content)}\n{END}{after}"),
    ):
        with atomic_write(path) as file:
            file.write(text.encode())


def render(content: dict[str, list[dict[str, Any]]]) -> str:
    """Return all tables."""
    firsts = {name: content[f"first-{name}"] for name in _TITLES if f"first-{name}" in content}
    return tables(content) + first_tables(firsts)


def _rounded(values: Any) -> Any:
    if isinstance(values, dict):
        return {key: _rounded(value) for key, value in values.items()}
    if isinstance(values, list):
        return [_rounded(value) for value in values]
    return round(values, 5) if isinstance(values, float) else values


def tables(found: dict[str, list[dict[str, Any]]]) -> str:
    """Return a table for each data set."""
    parts = []
    for dataset, title in _TITLES.items():
        metric = "accuracy" if dataset in _TRIMMED else "macro_f1"
        rows = [
            row(study.says, found[study.file], metric)
            for study in STUDIES
            if study.dataset == dataset
            and study.file in found
            and not study.name.startswith(("fold-", "without-"))
        ]
        for prefix, says in (
            ("fold-", "each of 1, 3, 5, 7 held out, the other three train"),
            ("without-", "each of eight held out, the other seven train"),
        ):
            runs = [
                run
                for study in STUDIES
                if study.dataset == dataset and study.name.startswith(prefix)
                for run in found.get(study.file, [])
            ]
            if runs:
                rows.append(row(f"{says} ({len(runs)} of them)", runs, metric))
        if rows:
            parts += [f"## {title}", "", _HEAD, *rows, ""]
    return "\n".join(parts)


def first_tables(firsts: dict[str, list[dict[str, Any]]]) -> str:
    """Return a table of purity by ``k`` for each data set that was mined once."""
    parts = []
    for dataset, runs in firsts.items():
        says = {study.name: study.says for study in STUDIES if study.dataset == dataset}
        ks = list(next(iter(runs[0].values())))
        parts += [
            f"## {_TITLES[dataset].partition(':')[0]}: purity of the first mining (mates)",
            "",
            "| training | " + " | ".join(f"k = {k}" for k in ks) + " |",
            "| --- |" + " --- |" * len(ks),
        ]
        for name in runs[0]:
            cells = []
            for k in ks:
                purity, mates = (
                    np.mean([run[name][k][what] for run in runs])
                    for what in ("purity", "per_window")
                )
                cells.append(f"{100 * purity:.0f} ({mates:.1f})")
            parts.append(f"| {says[name]} | " + " | ".join(cells) + " |")
        parts.append("")
    return "\n" + "\n".join(parts) if parts else ""


def row(says: str, runs: Sequence[dict[str, Any]], metric: str) -> str:
    """Return one line: means over seeds and draws, before mining and after."""
    purity = [[run["mining"][place]["purity"] for run in runs] for place in (0, -1)]
    mates = np.mean([run["mining"][-1]["per_window"] for run in runs])
    cells = [
        f"{round(np.mean([run['windows'] for run in runs]))}",
        f"{len(runs)}",
        " → ".join(f"{100 * np.mean(values):.0f}" for values in purity),
        f"{mates:.1f}",
        *(
            " → ".join(
                f"{100 * np.mean([run[name][what][metric] for run in runs]):.1f}"
                for name in ("plain", "mined")
            )
            for what in ("prototype", "propagated", "all")
        ),
    ]
    return f"| {says} | " + " | ".join(cells) + " |"
