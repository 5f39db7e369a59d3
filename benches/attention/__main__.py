"""What attention is worth in an encoder: the figures of docs/results/attention.md.

    python -m benches.attention --data recordings --out runs/attention
    python -m benches.attention --page runs/attention

``recordings`` holds the data sets in folders of their names. Every run is one JSON in ``--out`` and
is not repeated; the page is made of those that are there. Settings were fixed beforehand,
the same for all: nothing is chosen.
"""

import argparse
import json
from pathlib import Path

import torch
from benches.attention.page import write_page
from benches.attention.tasks import TASKS, load
from benches.attention.train import KINDS, train

from kinefuse.data.atomic import atomic_write


def main() -> None:
    """Run what is not there yet, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the data sets")
    parser.add_argument("--out", type=Path, default=Path("runs/attention"))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", nargs="*", help="these tasks")
    parser.add_argument("--page", type=Path, help="write the page from the JSON of this folder")
    options = parser.parse_args()
    if options.page:
        write_page(options.page)
        return
    if options.data is None:
        parser.error("--data is needed to run tasks")
    torch.set_num_threads(1)
    for task in TASKS:
        if options.only and task.name not in options.only:
            continue
        sets = None
        for seed in range(options.seeds):
            for kind in KINDS:
                file = options.out / f"{task.name}-{kind}-{seed}.json"
                if file.exists():
                    continue
                sets = sets or load(task, options.data, options.out / "stores")
                found = train(task, kind, sets, seed=seed)
                with atomic_write(file) as out:
                    out.write((json.dumps(found, indent=1) + "\n").encode())
                score, seconds = found["test"]["accuracy"], found["cpu_seconds"]
                print(f"{file.stem}: {score:.3f}, {seconds} s", flush=True)


if __name__ == "__main__":
    main()
