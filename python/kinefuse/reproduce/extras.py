"""What a page of results has beside its cells: tables of another kind, and figures."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

from kinefuse.reproduce.engine import Outcome
from kinefuse.reproduce.table import Table

__all__ = ["Extra", "Figure", "make_extras"]


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A picture of the page.

    Parameters
    ----------
    name : str
        Its file is called ``TABLE-NAME.svg``.
    caption : str
    svg : str
        All of it.
    """

    name: str
    caption: str
    svg: str


@dataclass(frozen=True, kw_only=True)
class Extra:
    """A part of the page: paragraphs, a table, figures.

    Parameters
    ----------
    title : str
    text : tuple of str
        Paragraphs.
    head : tuple of str
    rows : tuple of tuples of str
        The table, with as many cells in each row as the head has.
    figures : tuple of Figure
    numbers : mapping
        What the table was made of, JSON-able.
    """

    title: str
    text: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    figures: tuple[Figure, ...] = ()
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self, table: str) -> dict[str, Any]:
        """Return all but the pictures, whose files' names stand for them, JSON-able."""
        return {
            "title": self.title,
            "text": list(self.text),
            "head": list(self.head),
            "rows": [list(row) for row in self.rows],
            "figures": [
                {"file": f"{table}-{figure.name}.svg", "caption": figure.caption}
                for figure in self.figures
            ],
            "numbers": dict(self.numbers),
        }


class Maker(Protocol):
    """Makes a part of the page, or None where the jobs that it needs are not finished."""

    def __call__(self, table: Table, outcome: Outcome) -> Extra | None:
        """Make it."""


def make_extras(table: Table, outcome: Outcome) -> list[Extra]:
    """Return the further parts of a table's page, as far as its jobs are finished."""
    found = []
    for place in table.extras:
        module, _, name = place.partition(":")
        make: Maker = getattr(import_module(module), name)
        extra = make(table, outcome)
        if extra is not None:
            found.append(extra)
    return found
