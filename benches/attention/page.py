"""From the runs' JSON to docs/results/attention.json and the tables of its page."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from benches.attention.tasks import TASKS
from benches.attention.train import KINDS

from kinefuse.data.atomic import atomic_write
from kinefuse.evaluate.compare import compare_paired, summarize

__all__ = ["render", "write_page"]

RESULTS = Path(__file__).parents[2] / "docs" / "results"
BEGIN, END = "<!-- tables: begin -->", "<!-- tables: end -->"
PAIRS = (("softmax", "none"), ("diff", "none"), ("diff", "softmax"), ("diff2", "diff"))

Runs = dict[str, dict[str, dict[int, float]]]


def write_page(folder: Path) -> None:
    """Collect the runs of ``folder``, and write the tables between the page's two marks."""
    runs = [json.loads(file.read_text()) for file in sorted(folder.glob("*.json"))]
    order = [task.name for task in TASKS]
    runs.sort(key=lambda r: (order.index(r["task"]), KINDS.index(r["kind"]), r["seed"]))
    page = RESULTS / "attention.md"
    # What a person has written around the tables stays; a first page starts from the template.
    start = page if page.exists() else Path(__file__).with_name("page.md")
    before, _, rest = start.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    lines = ",\n".join(json.dumps(run) for run in runs)
    for path, text in (
        (RESULTS / "attention.json", f"[\n{lines}\n]\n"),
        (page, f"{before}{BEGIN}\n\n{render(runs)}\n{END}{after}"),
    ):
        with atomic_write(path) as file:
            file.write(text.encode())


def render(runs: list[dict[str, Any]]) -> str:
    """Return a table of means and one of paired differences, on test subjects."""
    found: Runs = defaultdict(lambda: defaultdict(dict))
    for run in runs:
        found[run["task"]][run["kind"]][run["seed"]] = run["test"]["accuracy"]
    parts = [
        "## Accuracy on test subjects",
        "",
        "| windows | " + " | ".join(KINDS) + " | seeds |",
        "| --- |" + " --- |" * (len(KINDS) + 1),
    ]
    says = {task.name: task.says for task in TASKS}
    for task, kinds in found.items():
        seeds = sorted(set.intersection(*(set(kinds[kind]) for kind in KINDS)))
        if seeds:
            cells = [str(summarize([kinds[kind][s] for s in seeds])) for kind in KINDS]
            parts.append(f"| {says[task]} | " + " | ".join(cells) + f" | {len(seeds)} |")
    parts += [
        "",
        "## Differences between runs of one seed",
        "",
        "| windows | kind | against | points | 95 % interval over seeds | better in |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for task, kinds in found.items():
        for first, second in PAIRS:
            seeds = sorted(kinds[first].keys() & kinds[second].keys())
            if len(seeds) > 1:
                pair = compare_paired(*([kinds[k][s] for s in seeds] for k in (first, second)))
                low, high = (100 * end for end in pair.ci95)
                parts.append(
                    f"| {says[task]} | {first} | {second} | {100 * pair.difference:+.1f} | "
                    f"{low:+.1f} to {high:+.1f} | {pair.wins} of {pair.n} |"
                )
    return "\n".join([*parts, ""])
