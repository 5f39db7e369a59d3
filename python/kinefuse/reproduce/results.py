"""What a run of a table leaves: the cells, the page, the report."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import kinefuse
from kinefuse.data.atomic import atomic_write
from kinefuse.machine import describe_run
from kinefuse.reproduce.cells import compare, fill
from kinefuse.reproduce.engine import Outcome
from kinefuse.reproduce.page import write_page
from kinefuse.reproduce.table import Table

__all__ = ["copy_to_docs", "write_results"]

_FILES = {"table.json": ".json", "details.json": "-details.json", "table.md": ".md"}


def write_results(table: Table, outcome: Outcome, out: Path, *, command: str) -> Path:
    """Write ``table.json``, ``details.json``, ``table.md``, ``report.html`` and ``report.json``.

    Parameters
    ----------
    table : Table
    outcome : Outcome
        Cells that lack a job are left out, and named in the page.
    out : Path
    command : str
        What makes the same again, without paths of this machine.

    Returns
    -------
    Path
        Of the page.
    """
    rows, missing = fill(table, outcome.results, command=command, version=kinefuse.__version__)
    details = {
        "title": table.title,
        "notes": list(table.notes),
        "comparisons": compare(table.comparisons, outcome.results),
        "retrieval": [row for row in rows if row["section"] == "retrieval"],
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
    _write_report(table, outcome, out, details)
    return out / "table.md"


def copy_to_docs(table: Table, out: Path, docs: Path) -> list[Path]:
    """Copy the cells, the details and the page into a folder, under the table's name.

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
    return made


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text.encode())


def _write_report(table: Table, outcome: Outcome, out: Path, details: Mapping[str, Any]) -> None:
    from kinefuse.evaluate.report import Report, Result

    results, classes = [], []
    options = {job.name: job.options for job in table.jobs}
    for cell in table.cells:
        if cell.section == "retrieval":
            continue
        for seed in cell.runs:
            for name in seed:
                if name not in outcome.results:
                    continue
                found = outcome.results[name]
                classes = found["classes"]
                rates = {row["subject"]: row["accuracy"] for row in found["per_subject"]}
                results.append(
                    Result(
                        method=f"{cell.method}, fine-tuned"
                        if cell.encoders == "fine-tuned"
                        else cell.method,
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
        dataset=table.dataset,
        protocol=f"Subjects of training/validation/test: {table.protocol}",
        classes=classes,
        results=results,
        run={key: str(value) for key, value in details["run"].items()},
        notes=table.notes,
    ).write(out / "report.html")
