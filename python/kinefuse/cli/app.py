"""The commands, put together."""

from typing import Annotated

import typer

from kinefuse import __version__
from kinefuse.cli.cross_validate import cross_validate
from kinefuse.cli.datasets import datasets
from kinefuse.cli.demo import demo
from kinefuse.cli.evaluate import evaluate
from kinefuse.cli.finetune import finetune
from kinefuse.cli.info import info
from kinefuse.cli.ingest import ingest
from kinefuse.cli.picture import picture
from kinefuse.cli.predict import predict
from kinefuse.cli.pretrain import pretrain
from kinefuse.cli.probe import probe
from kinefuse.cli.reproduce import reproduce
from kinefuse.cli.retrieve import retrieve
from kinefuse.cli.robustness import robustness
from kinefuse.cli.store import store

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    ingest,
    datasets,
    info,
    pretrain,
    finetune,
    evaluate,
    robustness,
    cross_validate,
    predict,
    probe,
    retrieve,
    picture,
    demo,
    reproduce,
):
    app.command()(command)
app.add_typer(store, name="store")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def kinefuse(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error came from; may stand anywhere.")
    ] = False,
) -> None:
    """From raw motion recordings to activity labels when labels are scarce.

    The way through: `ingest` raw files into a store (`datasets` lists what can be read), `pretrain`
    encoders on it without labels, `finetune` a classifier with few or many, `evaluate` it on
    subjects it has not seen, `predict` activities of new recordings. `robustness` says what missing
    and noisy modalities cost. `store` checks and reports what was ingested. `probe`, `retrieve` and
    `picture` look at the embeddings themselves. `demo` goes all the way by itself, `reproduce`
    makes a whole table of results.
    """
