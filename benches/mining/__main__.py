"""Cross-subject mining under attack: the figures of docs/results/cross-subject.md.

    python -m benches.mining --data recordings --out runs/mining
    python -m benches.mining --first utd-mhad --out runs/mining
    python -m benches.mining --page runs/mining

``recordings`` holds the data sets in folders of their names. Every study is one JSON in ``--out``
and is not repeated; ``--first`` goes on from them. ``--only utd-mhad hapt/k-16`` runs some. No
study is chosen, and no setting of one, by its test subjects.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from benches.mining.first import first_minings
from benches.mining.page import write_page
from benches.mining.studies import STUDIES, Study
from numpy.typing import NDArray

import kinefuse
from kinefuse import readers
from kinefuse.data import MotionStore, ingest, splits
from kinefuse.data.atomic import atomic_write
from kinefuse.evaluate import embed, probes
from kinefuse.evaluate.embeddings import Embedded
from kinefuse.evaluate.metrics import accuracy, macro_f1
from kinefuse.methods import pretrain
from kinefuse.methods.windows import fold
from kinefuse.recipe import Recipe

DRAWS = 10
FOLDERS = {"hapt": "hapt-raw"}
OPTIONS: dict[str, dict[str, Any]] = {"msr-action3d": {"missing_frames": "gap"}}
RATES = {"sp-sw-har": {"phone": 50.0, "watch": 50.0}}


class ChangedStore(MotionStore):
    """A store in which a study has changed who did what, or how well it was measured."""

    def __init__(self, path: Path, study: Study, train: tuple[str, ...], seed: int) -> None:
        super().__init__(path)
        self._study, self._train, self._seed = study, train, seed
        self._noisy: dict[tuple[str, int], NDArray[np.float32]] = {}

    def window_index(self, **rule: Any) -> pl.DataFrame:
        """Return the windows, those of training subjects changed."""
        index = super().window_index(**rule)
        if self._study.change is None:
            return index
        training = pl.col("subject").is_in(self._train)
        changed = self._study.change(
            index.filter(training), np.random.default_rng([self._seed, 77])
        )
        rest = index.filter(~training)
        if "session" in changed.columns:
            rest = rest.with_columns(session=pl.lit(None, pl.String))
        return pl.concat([changed, rest.select(changed.columns)]).sort("window")

    def array(self, modality: str, shard: int = 0) -> NDArray[np.float32]:
        """Return a shard, with noise where the study has some."""
        if modality not in self._study.noise:
            return super().array(modality, shard)
        if (modality, shard) not in self._noisy:
            clean = super().array(modality, shard)
            random = np.random.default_rng([self._seed, shard, len(modality)])
            size = self._study.noise[modality] * (
                clean.std(axis=0) if clean.ndim == 2 else np.float32(1)
            )
            noise = size * random.standard_normal(clean.shape, dtype=np.float32)
            self._noisy[modality, shard] = (clean + noise).astype(np.float32)
        return self._noisy[modality, shard]


def run(study: Study, seed: int, *, stores: Path, out: Path) -> dict[str, Any]:
    """Pretrain, mine, and read both networks out."""
    plain = Recipe.load(study.plain, study.settings_of_plain)
    mined = Recipe.load(study.mined, study.settings)
    store = ChangedStore(stores / study.dataset, study, mined.split.train, seed)
    # Studies that change only how pairs are mined go on from the same network.
    start = pretrain(store, plain, out=out / "start" / f"{study.start}-{seed}", seed=seed)
    before = time.perf_counter()
    end = pretrain(store, mined, out=out / "mined" / f"{study.file}-{seed}", start=start, seed=seed)
    seconds = time.perf_counter() - before
    train, test = fold(store, mined, "train"), fold(store, mined, "test").labelled()
    reads = {
        name: read_out(
            embed(path, store, index=train.index), embed(path, store, index=test), study.balanced
        )
        for name, path in (("plain", start), ("mined", end))
    }
    result = json.loads((end / "run.json").read_text())["result"]
    return {
        "study": study.name,
        "dataset": study.dataset,
        "seed": seed,
        "train": list(mined.split.train),
        "test": list(mined.split.test),
        "windows": len(train.index),
        "windows_of_test": len(test),
        "classes": len(store.classes),
        "k": mined.cross_subject.k if mined.cross_subject else None,
        "mining": result["mined"],
        "seconds": seconds,
        "version": kinefuse.__version__,
        **reads,
    }


def read_out(train: Embedded, test: Embedded, balanced: bool) -> dict[str, Any]:
    """Return accuracies and macro F1: one label a class by two classifiers, and all labels."""
    n_classes = len(train.classes)
    z_train, z_test = directions(train, train), directions(test, train)

    def score(predicted: NDArray[np.int64]) -> tuple[float, float]:
        return (
            accuracy(test.label, predicted),
            macro_f1(test.label, predicted, n_classes=n_classes),
        )

    few: dict[str, list[tuple[float, float]]] = {"prototype": [], "propagated": []}
    labelled = train.windows.filter(pl.col("label").fill_null(-1) >= 0)
    for draw in range(DRAWS):
        drawn = splits.few_labels(labelled, per_class=1, seed=draw)["window"]
        known = np.where(np.isin(train.windows["window"], drawn), train.label, -1)
        places = probes.prototypes(z_train, known, n_classes)
        few["prototype"].append(score(probes.nearest_prototype(z_test, places)))
        soft = probes.propagate(z_train, known, n_classes, balance=balanced)
        places = probes.prototypes(z_train, soft.argmax(1), n_classes)
        few["propagated"].append(score(probes.nearest_prototype(z_test, places)))
    side = [np.concatenate(list(e.embeddings.values()), axis=1) for e in (train, test)]
    found = {"all": [score(probes.ridge(side[0], train.label, side[1]))], **few}
    return {
        what: {
            "accuracy": [pair[0] for pair in pairs],
            "macro_f1": [pair[1] for pair in pairs],
        }
        for what, pairs in found.items()
    }


def directions(windows: Embedded, train: Embedded) -> NDArray[np.float64]:
    """Return projections at unit length, the mean of training taken away, side by side."""

    def units(rows: NDArray[Any]) -> NDArray[np.float64]:
        found: NDArray[np.float64] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return found

    return np.concatenate(
        [
            units(units(rows) - units(train.projections[m]).mean(axis=0))
            for m, rows in windows.projections.items()
        ],
        axis=1,
    )


def main() -> None:
    """Run what is not there yet, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="the folder of the data sets")
    parser.add_argument("--out", type=Path, default=Path("runs/mining"))
    parser.add_argument("--seeds", default="0", help="0,1")
    parser.add_argument(
        "--only", nargs="*", default=[""], help="studies whose names begin so, in this order"
    )
    parser.add_argument("--first", help="only mine once by the pretrained network of a data set")
    parser.add_argument("--page", type=Path, help="write the page from the JSON of this folder")
    options = parser.parse_args()
    if options.page:
        write_page(options.page)
        return
    if options.first:
        for seed in map(int, options.seeds.split(",")):
            minings = first_minings(options.out, options.first, seed)
            write_json(options.out / f"first-{options.first}-{seed}.json", minings)
        return
    if options.data is None:
        parser.error("--data is needed to run studies")
    wanted = [only.replace("/", "-") for only in options.only]
    chosen = dict.fromkeys(s for only in wanted for s in STUDIES if s.file.startswith(only))
    for seed in map(int, options.seeds.split(",")):
        for study in chosen:
            file = options.out / f"{study.file}-{seed}.json"
            if file.exists():
                continue
            name = study.dataset
            ingest(
                readers.get(name, **OPTIONS.get(name, {})),
                options.data / FOLDERS.get(name, name),
                options.out / "stores" / name,
                rate_hz=RATES.get(name),
            )
            found = run(study, seed, stores=options.out / "stores", out=options.out)
            write_json(file, found)
            print(study.file, seed, summary(found), flush=True)


def write_json(path: Path, values: Any) -> None:
    """Write a file, whole or not at all."""
    with atomic_write(path) as file:
        file.write((json.dumps(values, indent=1) + "\n").encode())


def summary(found: dict[str, Any]) -> str:
    """Return a line for the log."""
    parts = []
    for name in ("plain", "mined"):
        read = found[name]
        values = {what: 100 * np.mean(read[what]["accuracy"]) for what in read}
        parts.append(f"{name} " + " ".join(f"{what} {v:.1f}" for what, v in values.items()))
    last = found["mining"][-1]
    parts.append(f"purity {found['mining'][0]['purity']:.3f} -> {last['purity']:.3f}")
    parts.append(f"{last['per_window']:.1f} mates, {found['seconds']:.0f} s")
    return "; ".join(parts)


if __name__ == "__main__":
    main()
