"""``kinefuse ingest``: raw files into a store."""

import json
import tomllib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from kinefuse.cli.console import counting_progress, ingest_progress, say
from kinefuse.cli.options import pairs
from kinefuse.errors import ConfigError

__all__ = ["ingest"]


class OnError(StrEnum):
    """What a recording that cannot be read does to the run."""

    collect = "collect"
    stop = "raise"


class Engine(StrEnum):
    """Who does the work."""

    local = "local"
    ray = "ray"


def ingest(
    out: Annotated[Path, typer.Option("--out", "-o", help="The store's folder, made if missing.")],
    reader: Annotated[
        str | None,
        typer.Argument(help="What the files are: a data set or a format, `utd-mhad`, `csv`…"),
    ] = None,
    path: Annotated[
        str | None,
        typer.Argument(help="Where the raw recordings lie: a folder, or an address, `s3://…`."),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(
            help="A TOML file that says all of this: reader and its settings, path, rates, gaps, "
            "calibration, single streams. What is said here as well goes before it."
        ),
    ] = None,
    rate: Annotated[
        list[str] | None,
        typer.Option(
            help="The rate of a modality in the store, in Hz: `--rate inertial=50`. Repeatable. "
            "Without, the reader's, or the nominal rate of its sensors."
        ),
    ] = None,
    max_gap: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            help="Missing time up to so many seconds is interpolated, more stays a gap. "
            "0.5 if nothing is said.",
        ),
    ] = None,
    calibrate: Annotated[
        bool | None,
        typer.Option(
            "--calibrate/--no-calibrate",
            help="Put accelerometers right from the times they lay still.",
        ),
    ] = None,
    on_error: Annotated[
        OnError | None,
        typer.Option(help="Leave a recording that cannot be read out and report it, or stop."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="The reader's own options, a TOML file (columns, units, clock…)."),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(
            help="Write only part i of n, `--shard 3/8`, for `kinefuse store merge`: for machines "
            "that share the work."
        ),
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Read in so many processes instead of threads: for thousands of small "
            "recordings. They take up to a second to start. The store is the same.",
        ),
    ] = None,
    engine: Annotated[
        Engine,
        typer.Option(help="Work on this machine, or on a Ray cluster (`RAY_ADDRESS` names it)."),
    ] = Engine.local,
    parts: Annotated[
        int | None,
        typer.Option(min=1, help="For `--engine ray`: in how many parts, if not by its cores."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what was done as JSON instead of words.")
    ] = False,
) -> None:
    """Read raw recordings, repair their clocks, and write them as a store.

    A store is a folder of plain NumPy arrays, a Parquet table of recordings and a JSON manifest.
    What was repaired, filled, dropped or refused is counted, printed, and shown recording by
    recording on a page, `report.html` in the store. A run that was killed
    goes on where it stopped when the same command is given again.

    For example:

        kinefuse ingest --recipe recordings.toml --out stores/mine

        kinefuse ingest utd-mhad UTD-MHAD --out stores/utd-mhad

        kinefuse ingest csv recordings --config columns.toml --rate inertial=50 -o stores/mine

    Exits with 1 when a recording was left out or nothing could be stored, with 2 when something
    was asked for that there is not, with 130 after Ctrl-C.
    """
    from kinefuse import readers
    from kinefuse.data import MotionStore
    from kinefuse.data import ingest as run
    from kinefuse.data.report_page import PAGE, write_page
    from kinefuse.data.shards import read_shard

    name, folder, settings, arguments = _asked(reader, path, recipe)
    arguments["rate_hz"] = arguments.get("rate_hz", {}) | pairs(rate, "--rate", float)
    arguments |= {
        key: value
        for key, value in (("max_gap_s", max_gap), ("calibrate", calibrate), ("on_error", on_error))
        if value is not None
    }
    options = settings | _options(config)
    try:
        chosen = readers.get(name, **options)
    except TypeError as error:
        if not options:
            raise
        raise ConfigError(f"{config or recipe}: reader {name!r}: {error}") from None
    if engine is Engine.local and parts is not None:
        raise ConfigError("--parts: is for --engine ray; see --shard")
    if engine is Engine.ray and processes is not None:
        raise ConfigError("--processes: is for this machine; see --parts")
    if engine is Engine.ray and shard is not None:
        raise ConfigError("--shard: is for machines without Ray; see --parts")
    try:
        if engine is Engine.ray:
            from kinefuse.scale import ray

            with counting_progress("parts") as counting:
                report = ray.ingest(
                    chosen, folder, out, n_parts=parts, progress=counting, **arguments
                )
        else:
            with ingest_progress() as progress:
                report = run(
                    chosen,
                    folder,
                    out,
                    progress=progress,
                    shard=None if shard is None else read_shard(shard),
                    processes=processes,
                    **arguments,
                )
    except KeyboardInterrupt:
        say(f"stopped; the same command goes on behind what is finished in {out}")
        raise typer.Exit(130) from None
    page = write_page(MotionStore(out), out / PAGE)
    if as_json:
        say(json.dumps(report.to_dict(), indent=1, ensure_ascii=False))
    else:
        say(report)
        say(f"store: {out}")
        say(f"report: {page}")
    if report.failed:
        raise typer.Exit(1)


def _asked(
    reader: str | None, path: str | None, recipe: Path | None
) -> tuple[str, str, dict[str, Any], dict[str, Any]]:
    """Return the reader's name, the path, the reader's settings, and those of the ingest."""
    settings: dict[str, Any] = {}
    arguments: dict[str, Any] = {}
    if recipe is not None:
        from kinefuse.recipe import IngestRecipe

        asked = IngestRecipe.load(recipe)
        settings, arguments = asked.settings, asked.arguments()
        if reader is None:
            reader, path = asked.reader, asked.path
        elif reader != asked.reader:
            raise ConfigError(f"{recipe}: is for reader {asked.reader!r}, not {reader!r}")
    if reader is None:
        raise ConfigError("expected a reader and a path, or --recipe FILE; see --help")
    if path is None:
        raise ConfigError(f"expected a path behind {reader!r}, or path = … in the recipe")
    return reader, path, settings, arguments


def _options(config: Path | None) -> dict[str, Any]:
    if config is None:
        return {}
    try:
        return tomllib.loads(config.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{config}: not TOML: {error}") from None
