"""Jobs that take no time, for tests of what runs them. They are imported by its processes."""

import json
import os
import time
from pathlib import Path

from kinefuse.errors import InputError
from kinefuse.reproduce import Cell, Dataset, Job, Table
from kinefuse.reproduce.extras import Extra, Figure


def add(task):
    """The sum of what the needed jobs found, and one's own number; every run leaves a line."""
    with (Path(task.options["diary"])).open("a") as file:
        file.write(f"{task.folder.name.rpartition('-')[0]}: {os.getpid()}\n")
    found = [json.loads((path / "result.json").read_text()) for path in task.needs.values()]
    time.sleep(task.options.get("sleep", 0))
    number = task.options["number"] + sum(f["result"]["accuracy"] for f in found)
    return {"accuracy": number, "macro_f1": number / 2}


def refuse(task):
    raise InputError("expected a file, got nothing")


def crash(task):
    raise ZeroDivisionError("by zero")


def die(task):
    os.kill(os.getpid(), 9)


def count(task):
    """Count to ten in steps that are kept, like a training that can be resumed."""
    kept = task.folder / "kept"
    done = int(kept.read_text()) if kept.exists() else 0
    (task.folder / f"began-at-{done}").touch()
    for number in range(done, 10):
        task.progress("count", number + 1, 10, 0.5)
        new = kept.with_name("kept.new")
        new.write_text(str(number + 1))
        new.replace(kept)  # whole, whenever it is killed
        time.sleep(task.options["sleep"])
    return {"accuracy": 1.0, "macro_f1": 1.0}


def environment(task):
    import kinefuse

    return {
        "omp": os.environ["OMP_NUM_THREADS"],
        "kernels": kinefuse.threads.num_threads(),
        "pid": os.getpid(),
    }


def see(task):
    return {"store": str(task.store), "accuracy": 1.0}


def drawn(table, outcome):
    rows = [
        (table.dataset(cell).name, outcome.results[name]["store"])
        for cell in table.cells
        for name in cell.jobs
    ]
    picture = Figure(name="nothing", caption="Nothing", svg="<svg/>")
    return Extra(title="Stores", head=("data set", "place"), rows=tuple(rows), figures=(picture,))


def job(name, work="add", needs=(), kind="add", seconds=1.0, dataset="", **options):
    return Job(
        name=name,
        kind=kind,
        work=f"{__name__}:{work}",
        needs={need: need for need in needs},
        options=options,
        seconds=seconds,
        dataset=dataset,
    )


ONE = (Dataset(name="none", reader="none", protocol="1/2/3"),)


def table(*jobs, cells=(), comparisons=(), datasets=ONE, extras=()):
    return Table(
        name="tiny",
        title="Tiny",
        datasets=datasets,
        jobs=jobs,
        cells=cells,
        comparisons=comparisons,
        notes=("A note.",),
        extras=extras,
    )


def cell(*runs, method="cmc", **more):
    values = {"modality": "both", "labels": "100%"} | more
    return Cell(method=method, runs=runs, **values)
