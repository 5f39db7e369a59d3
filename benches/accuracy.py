"""Accuracy on UTD-MHAD, by the recipes that ship: the table of docs/results/utd-mhad.md.

    python benches/accuracy.py --data UTD-MHAD --out runs/accuracy

Every run is kept in its own folder under ``--out`` and not repeated; several processes with
different ``--seeds`` may share the folder, and a last one without ``--seeds`` writes the table.
"""

import argparse
import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import kinefuse
from kinefuse.data import MotionStore, ingest
from kinefuse.evaluate import evaluate
from kinefuse.methods import finetune, pretrain
from kinefuse.recipe import Recipe

SEEDS = (0, 1, 2)
RESULTS = Path(__file__).parent.parent / "docs" / "results"


class Cell(NamedTuple):
    """A row of the table: the mean over its seeds and draws."""

    method: str
    modality: str
    recipe: str
    labels: int | None
    pretrained: bool
    draws: int = 1

    @property
    def label_text(self) -> str:
        return f"{self.labels}/class" if self.labels else "100%"


CELLS = (
    Cell("supervised", "inertial", "utd-mhad-supervised-inertial", None, pretrained=False),
    Cell("supervised", "skeleton", "utd-mhad-supervised-skeleton", None, pretrained=False),
    Cell("supervised", "both", "utd-mhad-supervised", None, pretrained=False),
    Cell("cmc", "both", "utd-mhad-cmc", None, pretrained=True),
    *(Cell("cmc", "both", "utd-mhad-cmc", k, pretrained=True, draws=3) for k in (3, 2, 1)),
    *(Cell("supervised", "both", "utd-mhad-cmc", k, pretrained=False) for k in (3, 1)),
)


def accuracies(store: MotionStore, cell: Cell, seeds: list[int], out: Path) -> Iterator[float]:
    """Train and evaluate what is not there yet; the accuracy of each run."""
    recipe = Recipe.load(cell.recipe)
    for seed in seeds:
        start = None
        if cell.pretrained:
            start = pretrain(store, recipe, out=out / f"{cell.recipe}-{seed}", seed=seed)
        for draw in range(cell.draws):
            # A single draw differs by seed, so that every seed has labels of its own.
            label_seed = seed if cell.draws == 1 else draw
            name = f"{cell.recipe}-{'head' if start else 'scratch'}-{cell.labels or 'all'}"
            run = out / f"{name}-{seed}-{label_seed}"
            kept = run / "accuracy.json"
            if not kept.exists():
                model = finetune(
                    store,
                    recipe,
                    checkpoint=start,
                    labels_per_class=cell.labels,
                    label_seed=label_seed,
                    seed=seed,
                    out=run,
                )
                found = evaluate(model, store, subjects=recipe.split.test)
                kept.write_text(json.dumps({"accuracy": found.accuracy, "f1": found.macro_f1}))
            accuracy = json.loads(kept.read_text())["accuracy"]
            print(f"{run.name}: {100 * accuracy:.2f}", flush=True)
            yield accuracy


def write_table(rows: list[tuple[Cell, list[float]]]) -> None:
    """Write the Markdown table and its cells."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    protocol = "1,3,5/7/2,4,6,8"
    lines = [
        "# UTD-MHAD, cross-subject",
        "",
        "Trained on subjects 1, 3 and 5, evaluated on 2, 4, 6 and 8 after the last epoch. Settings",
        "were chosen on held-out subjects among 1, 3, 5 and 7. Accuracy in percent, mean and",
        "standard deviation over runs; one test recording is 0.23. `cmc` is a head on frozen",
        "encoders, over 3 pretrainings and, where labels are few, 3 draws of labels each. Its rows",
        "with few labels spread them over the unlabelled training recordings, which assumes",
        "classes of about equal size.",
        "",
        "| method | modality | labels | runs | accuracy | lowest | recipe |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    cells = []
    for cell, found in rows:
        mean, sd = statistics.mean(found), statistics.stdev(found)
        lines.append(
            f"| {cell.method} | {cell.modality} | {cell.label_text} | {len(found)} "
            f"| {100 * mean:.1f} ± {100 * sd:.1f} | {100 * min(found):.1f} | `{cell.recipe}` |"
        )
        cells.append(
            {
                "dataset": "utd-mhad",
                "protocol": protocol,
                "method": cell.method,
                "modality": cell.modality,
                "labels": cell.label_text,
                "metric": "accuracy",
                "mean": mean,
                "sd": sd,
                "n": len(found),
                "runs": found,
                "command": "make accuracy",
                "version": kinefuse.__version__,
            }
        )
    lines += ["", "`make accuracy` makes this page.", ""]
    (RESULTS / "utd-mhad.md").write_text("\n".join(lines))
    (RESULTS / "utd-mhad.json").write_text(json.dumps(cells, indent=2) + "\n")
    print("\n".join(lines[10:]))


def main() -> None:
    """Run what is asked for; with all seeds, write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of UTD-MHAD")
    parser.add_argument("--out", type=Path, default=Path("runs/accuracy"))
    parser.add_argument("--seeds", default=None, help="only these, and no table: 0,2")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    ingest("utd-mhad", options.data, options.out / "store")
    store = MotionStore(options.out / "store")
    seeds = [int(s) for s in options.seeds.split(",")] if options.seeds else list(SEEDS)
    rows = [(cell, list(accuracies(store, cell, seeds, options.out))) for cell in CELLS]
    if options.seeds is None:
        write_table(rows)


if __name__ == "__main__":
    main()
