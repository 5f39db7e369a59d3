"""``kinefuse demo``: the whole way, from raw recordings to a report."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from kinefuse.cli.console import ingest_progress, say, stdout, training_progress

if TYPE_CHECKING:
    from kinefuse.data import MotionStore
    from kinefuse.evaluate.report import Embedding, Result
    from kinefuse.recipe import Recipe

__all__ = ["demo"]


@dataclass(frozen=True)
class _Setting:
    reader: str
    recipe: str
    dataset: str
    labels: tuple[int | None, ...]
    note: str


_SYNTHETIC = _Setting(
    reader="synthetic",
    recipe="synthetic-cmc",
    dataset="Synthetic motion, made by kinefuse",
    labels=(1, 3),
    note="The recordings are made up: the numbers show that the way works, not how good it is on "
    "people. Give --data a folder with UTD-MHAD for that.",
)
_UTD_MHAD = _Setting(
    reader="utd-mhad",
    recipe="utd-mhad-cmc",
    dataset="UTD-MHAD",
    labels=(1, 3),
    note="Three draws of labels; the standard deviation is over them.",
)
_LABEL_SEEDS = (0, 1, 2)


def demo(
    out: Annotated[Path, typer.Option("--out", "-o", help="A folder for all that it makes.")],
    data: Annotated[
        Path | None,
        typer.Option(help="UTD-MHAD's folder. Without, synthetic recordings are made."),
    ] = None,
) -> None:
    """Go the whole way: ingest, pretrain, fine-tune with few labels, evaluate, report.

    A classifier on pretrained encoders is set against one trained from scratch with the same few
    labels, three draws of them. What is finished is kept: the same command goes on where it was
    stopped.

    For example:

        kinefuse demo --out runs/demo
    """
    from kinefuse import readers
    from kinefuse.data import MotionStore, ingest
    from kinefuse.evaluate.report import Report, summarize
    from kinefuse.machine import describe_run
    from kinefuse.methods import pretrain
    from kinefuse.recipe import Recipe

    began = time.perf_counter()
    setting = _SYNTHETIC if data is None else _UTD_MHAD
    recipe = Recipe.load(setting.recipe)
    folder = out / setting.reader
    with ingest_progress() as progress:
        counted = ingest(
            readers.get(setting.reader), data or folder, folder / "store", progress=progress
        )
    say(counted)
    store = MotionStore(folder / "store")
    with training_progress() as watch:
        pretrained = pretrain(store, recipe, out=folder / "pretrained", progress=watch)
    results = list(_compare(store, recipe, pretrained, setting.labels, folder))
    report = Report(
        title="kinefuse demo",
        dataset=setting.dataset,
        protocol=_protocol(recipe),
        classes=store.classes,
        results=results,
        run={**describe_run(), "seconds": f"{time.perf_counter() - began:.0f}"},
        recipe=recipe.to_toml(),
        embeddings=[_embedding(store, recipe, pretrained)],
        notes=_notes(setting, recipe),
    )
    page = report.write(out / "report.html")
    _print(summarize(results).rows(named=True))
    say(f"report: {page}")


def _compare(
    store: "MotionStore",
    recipe: "Recipe",
    pretrained: Path,
    labels: Sequence[int | None],
    folder: Path,
) -> Iterator["Result"]:
    from kinefuse.evaluate import evaluate
    from kinefuse.evaluate.report import Result
    from kinefuse.methods import finetune
    from kinefuse.methods.windows import windows_of

    for count in labels:
        for seed in _LABEL_SEEDS:
            for method, start in ((recipe.method, pretrained), ("supervised", None)):
                name = f"{count}/class" if count else "100%"
                run = folder / f"{method}-{count or 'all'}-{seed}"
                started = time.perf_counter()
                with training_progress(f"{method} {name} seed {seed}:") as watch:
                    made = finetune(
                        store,
                        recipe,
                        checkpoint=start,
                        labels_per_class=count,
                        label_seed=seed,
                        seed=seed,
                        out=run,
                        progress=watch,
                    )
                yield Result.of(
                    evaluate(made, store, index=windows_of(store, recipe, "test")),
                    method=method,
                    modality="both",
                    labels=name,
                    seed=seed,
                    label_seed=seed,
                    seconds=time.perf_counter() - started,
                )


def _notes(setting: _Setting, recipe: "Recipe") -> list[str]:
    notes = [
        setting.note,
        f"{recipe.method}: a head on encoders that were pretrained once, without labels, on the "
        "training subjects. supervised: the same networks from scratch, with the same labels.",
    ]
    if recipe.finetune and recipe.finetune.propagate:
        notes.append(
            f"{recipe.method} first gives the unlabelled training windows soft labels, which "
            "assumes that the activities are about equally frequent among them."
        )
    return notes


def _protocol(recipe: "Recipe") -> str:
    parts = recipe.split.parts
    text = f"Trained on {parts['train']}"
    if "validation" in parts:
        text += f"; {parts['validation']} held back for choosing settings"
    return f"{text}; evaluated on {parts['test']}"


def _embedding(store: "MotionStore", recipe: "Recipe", pretrained: Path) -> "Embedding":
    import torch

    from kinefuse.evaluate.report import Embedding
    from kinefuse.methods import frozen, models
    from kinefuse.methods.windows import fold, loader

    model, prepared = models.load_pretrained(pretrained, store, recipe)
    windows = fold(store, recipe, "test")
    found = frozen.embed(model, loader(store, windows.index, prepared, batch_size=256))
    first = {modality: views[0] for modality, views in found.views.items()}
    with torch.no_grad():
        together = frozen.centred_units(model.project(first))
    return Embedding(
        title="Test windows as the pretrained encoders see them, coloured by activity "
        "(no label was used)",
        features=together.numpy(),
        labels=found.label.numpy(),
    )


def _print(rows: Sequence[dict[str, object]]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("labels", "method", "runs", "accuracy, %", "macro-F1, %"):
        table.add_column(column, justify="left" if column in ("labels", "method") else "right")
    for row in rows:
        rates = []
        for name in ("accuracy", "macro_f1"):
            mean, sd = row[name], row[f"{name}_sd"]
            assert isinstance(mean, float)
            text = f"{100 * mean:.1f}"
            rates.append(f"{text} ± {100 * sd:.1f}" if isinstance(sd, float) else text)
        table.add_row(str(row["labels"]), str(row["method"]), str(row["runs"]), *rates)
    stdout().print(table)
