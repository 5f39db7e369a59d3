"""The published code's behaviour on UTD-MHAD: the table of docs/results/reference.md.

    python benches/reference.py --data UTD-MHAD --out runs/reference

Trains by the ``reference-utd-mhad-*`` recipes for as many epochs as the published code was run
here for comparison. Every run is kept in its own folder under ``--out``, goes on where it was
killed, and is not repeated; the table is written from whatever runs are there.
"""

import argparse
import json
from pathlib import Path
from typing import Any, NamedTuple

from kinefuse.data import MotionStore, ingest
from kinefuse.evaluate import evaluate
from kinefuse.methods import finetune, pretrain
from kinefuse.recipe import Recipe

RESULTS = Path(__file__).parent.parent / "docs" / "results"


class Row(NamedTuple):
    """A recipe, the epochs of its pretraining, and what the published code reached."""

    text: str
    recipe: str
    epochs: int | None
    published: float
    run_here: float | None = None
    run_here_f1: float | None = None
    method: str = "supervised"
    modality: str = "both"

    @property
    def name(self) -> str:
        return f"{self.recipe}-{self.epochs}" if self.epochs else self.recipe


ROWS = (
    Row(
        "supervised, inertial", "supervised-inertial", None,
        76.74, 73.26, 72.93, modality="inertial",
    ),
    Row(
        "SimCLR, inertial", "simclr-inertial", 60,
        72.09, 71.63, 70.85, method="simclr", modality="inertial",
    ),
    Row("CMC", "cmc", 40, 96.04, 92.79, 92.69, method="cmc"),
    Row(
        "SimCLR, skeleton", "simclr-skeleton", 60,
        95.11, 89.07, 88.46, method="simclr", modality="skeleton",
    ),
    Row("CMC-CMKM", "cmc-cmkm", 40, 97.67, 93.02, 92.97, method="cmc_cmkm"),
    Row("CMC", "cmc", 100, 96.04, 93.72, 93.64, method="cmc"),
    Row(
        "supervised, skeleton", "supervised-skeleton", None,
        94.65, 93.95, 93.82, modality="skeleton",
    ),
    Row("supervised, both", "supervised", None, 97.21),
)  # fmt: skip
TEACHERS = ("simclr-inertial-60", "simclr-skeleton-60")


def run(store: MotionStore, row: Row, seed: int, out: Path) -> dict[str, Any]:
    """Train and evaluate what is not there yet."""
    recipe = Recipe.load(f"reference-utd-mhad-{row.recipe}")
    folder = out / f"{row.name}-{seed}"
    kept = folder / "evaluation.json"
    if not kept.exists():
        start = None
        if row.epochs:
            recipe = recipe.override({"pretrain.epochs": row.epochs})
            options: dict[str, Any] = {}
            if row.method == "cmc_cmkm":
                options["teachers"] = [out / f"{name}-{seed}" / "pretrain" for name in TEACHERS]
            start = pretrain(store, recipe, out=folder / "pretrain", seed=seed, **options)
        model = finetune(store, recipe, checkpoint=start, seed=seed, out=folder / "model")
        found = evaluate(model, store, subjects=recipe.split.test)
        kept.write_text(json.dumps({"accuracy": found.accuracy, "macro_f1": found.macro_f1}))
    result: dict[str, Any] = json.loads(kept.read_text())
    print(f"{row.name}-{seed}: {100 * result['accuracy']:.2f}", flush=True)
    return result


def main() -> None:
    """Run what is asked for, and write the table of what is there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="the folder of UTD-MHAD")
    parser.add_argument("--out", type=Path, default=Path("runs/reference"))
    parser.add_argument("--seeds", default="28", help="27,28")
    parser.add_argument("--only", default=None, help="rows by name, simclr-inertial-60,cmc-40")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    ingest("utd-mhad", options.data, options.out / "store")
    store = MotionStore(options.out / "store")
    only = options.only.split(",") if options.only else [row.name for row in ROWS]
    for seed in map(int, options.seeds.split(",")):
        for row in ROWS:
            if row.name in only:
                run(store, row, seed, options.out)


if __name__ == "__main__":
    main()
