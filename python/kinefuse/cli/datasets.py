"""``kinefuse datasets``: what can be read."""

from typing import Annotated

import typer

from kinefuse.cli.console import say, stdout
from kinefuse.errors import ConfigError

__all__ = ["datasets"]


def datasets(
    name: Annotated[
        str | None, typer.Argument(help="Of a reader: say all that is known of its data.")
    ] = None,
) -> None:
    """List the data sets and formats that `kinefuse ingest` reads, or say more of one.

    Those of other packages and installed plugins are among them. kinefuse brings no data: they
    come from their authors, on their terms.

    For example:

        kinefuse datasets

        kinefuse datasets utd-mhad
    """
    if name is None:
        _list()
    else:
        _show(name)


def _list() -> None:
    from kinefuse import readers
    from kinefuse.cli.info import table

    shown = table("name", "what", "people", "activities", "rates, Hz", numbers=("people",))
    for name in readers.names():
        try:
            about = readers.about(name)
        except ConfigError as error:
            shown.add_row(name, str(error), "", "", "")
            continue
        if about is None:
            shown.add_row(name, "says nothing of its data", "", "", "")
            continue
        classes = getattr(readers.find(name), "classes", ())
        rates = ", ".join(f"{key} {rate:g}" for key, rate in about.rates_hz.items())
        shown.add_row(
            name,
            about.title,
            "" if about.subjects is None else str(about.subjects),
            str(len(classes)) if isinstance(classes, tuple) and classes else "",
            rates,
        )
    stdout().print(shown)


def _show(name: str) -> None:
    from kinefuse import readers
    from kinefuse.cli.info import facts

    about = readers.about(name)
    if about is None:
        say(f"{name}: the reader says nothing of its data")
        return
    classes = getattr(readers.find(name), "classes", ())
    told = {
        about.kind: about.title,
        "source": about.source,
        "licence": about.licence,
        "from": about.url,
        "people": about.subjects,
        "activities": ", ".join(classes) if isinstance(classes, tuple) else "",
        "units in the files": ", ".join(f"{kind} {unit}" for kind, unit in about.units.items()),
        "rates, Hz": ", ".join(f"{key} {rate:g}" for key, rate in about.rates_hz.items()),
        "placements": ", ".join(about.placements),
    }
    for split, parts in about.splits.items():
        told[f"split {split}"] = "; ".join(
            f"{part}: "
            + " and ".join(f"{what} {', '.join(values)}" for what, values in chosen.items())
            for part, chosen in parts.items()
        )
    facts({key: value for key, value in told.items() if value})
