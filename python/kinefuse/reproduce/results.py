"""What a run of a table leaves: the cells, the page, the report."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import kinefuse
from kinefuse.data.atomic import atomic_write
from kinefuse.machine import describe_run
from kinefuse.reproduce.cells import compare, fill
from kinefuse.reproduce.engine import Outcome
from kinefuse.reproduce.extras import make_extras
from kinefuse.reproduce.page import name_method, write_page
from kinefuse.reproduce.table import Table

__all__ = ["copy_to_docs", "write_results"]

_FILES = {"table.json": ".json", "details.json": "-details.json", "table.md": ".md"}


def write_results(
    table: Table, outcome: Outcome, out: Path, *, command: str, skipped: Sequence[str] = ()
) -> Path:
    """Write ``table.json``, ``details.json``, ``table.md``, ``report.html`` and ``report.json``.

    And beside them the figures, ``TABLE-NAME.svg``.

    Parameters
    ----------
    table : Table
    outcome : Outcome
        Cells that lack a job are left out, and named in the page.
    out : Path
    command : str
        What makes the same again, without paths of this machine.
    skipped : sequence of str
        What was left out from the start, as the page says it.

    Returns
    -------
    Path
        Of the page.
    """
    rows, missing = fill(table, outcome.results, command=command, version=kinefuse.__version__)
    extras = make_extras(table, outcome)
    details = {
        "title": table.title,
        "notes": list(table.notes),
        "comparisons": compare(table, outcome.results),
        "retrieval": [row for row in rows if row["section"] == "retrieval"],
        "extras": [extra.to_dict(table.name) for extra in extras],
        "skipped": list(skipped),
        "missing": missing,
        "failed": outcome.failed,
        "run": {**describe_run(), "command": command},
        "jobs": len(outcome.results),
        "cpu_seconds": sum(outcome.cpu_seconds.values()),
    }
    cells = [row for row in rows if row["section"] != "retrieval"]
    _write(out / "details.json", json.dumps(details, indent=1, ensure_ascii=False) + "\n")
    _write(out / "table.json", json.dumps(cells, indent=1, ensure_ascii=False) + "\n")
    _write(out / "table.md", write_page(cells, details))
    for figure in (figure for extra in extras for figure in extra.figures):
        _write(out / f"{table.name}-{figure.name}.svg", figure.svg)
    _write_report(table, outcome, out, details)
    return out / "table.md"


def copy_to_docs(table: Table, out: Path, docs: Path) -> list[Path]:
    """Copy the cells, details, page and figures into a folder, under the table's name.

    Returns
    -------
    list of Path
        What was written.
    """
    docs.mkdir(parents=True, exist_ok=True)
    made = []
    for name, ending in _FILES.items():
        made.append(docs / f"{table.name}{ending}")
        shutil.copyfile(out / name, made[-1])
    for extra in json.loads((out / "details.json").read_text("utf-8"))["extras"]:
        for figure in extra["figures"]:
            made.append(docs / figure["file"])
            shutil.copyfile(out / figure["file"], made[-1])
    return made


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text.encode())


def _write_report(table: Table, outcome: Outcome, out: Path, details: Mapping[str, Any]) -> None:
    from kinefuse.evaluate.report import Report, Result

    dataset = table.datasets[0]
    results, classes = [], []
    options = {job.name: job.options for job in table.jobs}
    for cell in table.cells:
        # The report shows one set of activities, and one split.
        if cell.section != "accuracy" or table.dataset(cell) is not dataset or cell.protocol:
            continue
        for seed in cell.runs:
            for name in seed:
                found = outcome.results.get(name, {})
                if "confusion" not in found:
                    continue
                classes = found["classes"]
                rates = {row["subject"]: row["accuracy"] for row in found["per_subject"]}
                results.append(
                    Result(
                        method=name_method(cell.method, cell.encoders),
                        modality=cell.modality,
                        labels=cell.labels,
                        accuracy=found["accuracy"],
                        macro_f1=found["macro_f1"],
                        windows=found["windows"],
                        seed=options[name].get("seed", 0),
                        label_seed=options[name].get("label_seed", 0),
                        per_subject=rates,
                        # A picture for every number of labels would bury the others.
                        confusion=found["confusion"] if cell.labels == "100%" else None,
                        seconds=outcome.seconds[name],
                    )
                )
    Report(
        title=table.title,
        dataset=dataset.name,
        protocol=f"Subjects of training/validation/test: {dataset.protocol}",
        classes=classes,
        results=results,
        run={key: str(value) for key, value in details["run"].items()},
        notes=table.notes,
    ).write(out / "report.html")
