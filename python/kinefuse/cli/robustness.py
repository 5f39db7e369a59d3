"""``kinefuse robustness``: what missing, noisy and unsynchronised modalities cost."""

from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from kinefuse.cli.console import counting_progress, say, show
from kinefuse.cli.options import Checkpoint, Impute, Store, subject_names, warn_of_trained
from kinefuse.errors import InputError

__all__ = ["robustness"]


def robustness(
    checkpoint: Checkpoint,
    store: Store,
    subjects: Annotated[
        str | None,
        typer.Option(
            help="Whose windows: `2,4,6,8`, or `all`. Unless told, the test subjects of the recipe "
            "that the classifier was trained by."
        ),
    ] = None,
    missing: Annotated[
        str, typer.Option(help="Shares of the windows that lack a modality.")
    ] = "0,0.25,0.5,0.75,1",
    noise: Annotated[
        str, typer.Option(help="Noise, in standard deviations of the training windows.")
    ] = "0,0.25,0.5,1,2",
    shift: Annotated[
        str, typer.Option(help="Seconds by which a modality is taken too late.")
    ] = "0,0.25,0.5,1",
    impute: Impute = None,
    seed: Annotated[int, typer.Option(help="Of what is drawn.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            help="Draw the curves: `.svg` or `.html`, and the numbers as JSON beside.",
        ),
    ] = None,
) -> None:
    """Evaluate a classifier on windows that are made worse, one modality at a time.

    All levels use the same windows. A classifier that cannot do without a modality is not asked to,
    unless `--impute mean` puts the training mean in its place.

    For example:

        kinefuse robustness runs/clmm-3 stores/utd-mhad --out runs/clmm-3/robustness.html

        kinefuse robustness runs/clmm-3 stores/utd-mhad --subjects 7 --noise 0,1,4
    """
    if out is not None and out.suffix not in (".svg", ".html"):
        raise InputError(f"--out: expected a file that ends in .svg or .html, got {str(out)!r}")
    shares, deviations, seconds = (
        _numbers(text, option)
        for text, option in ((missing, "--missing"), (noise, "--noise"), (shift, "--shift"))
    )
    from kinefuse import checkpoint as checkpoints
    from kinefuse.data import MotionStore
    from kinefuse.evaluate import measure_robustness
    from kinefuse.methods.windows import windows_of
    from kinefuse.recipe import Recipe

    recipe = Recipe.from_dict(checkpoints.load(checkpoint).info.training["recipe"])
    opened = MotionStore(store)
    wanted = None if subjects in (None, "all") else subject_names(subjects)
    index = None
    if subjects is None:
        if recipe.split.part("test") is None:
            raise InputError(
                "--subjects: the recipe of this classifier names no test subjects; say whose "
                "windows"
            )
        index = windows_of(opened, recipe, "test")
    else:
        warn_of_trained(recipe, wanted)
    with counting_progress("evaluating") as progress:
        found = measure_robustness(
            checkpoint, opened, subjects=wanted, index=index,
            missing=shares, noise=deviations, shift_s=seconds,
            impute=impute.value if impute else None, seed=seed, progress=progress,
        )  # fmt: skip
    # Levels are no shares: as text they stay what they are.
    text = pl.col("level").map_elements(lambda level: f"{level:g}", return_dtype=pl.String)
    table = found.table.with_columns(text)
    if table["note"].null_count() == len(table):
        table = table.drop("note")
    show(table)
    say(f"{found.windows} windows at every level; {found.left_out} left out: without a label or "
        "a modality")  # fmt: skip
    if out is not None:
        found.write(out, title=f"{checkpoint.name}: robustness on {store.name}")
        say(f"curves: {out}")


def _numbers(text: str, option: str) -> list[float]:
    try:
        return [float(word) for word in text.split(",")]
    except ValueError:
        raise InputError(f"{option}: expected numbers between commas, got {text!r}") from None
