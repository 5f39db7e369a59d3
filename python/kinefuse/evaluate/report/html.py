"""The report: one HTML file with the tables, the figures and how they came about."""

import base64
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from numpy.typing import NDArray

from kinefuse.evaluate.report import figures
from kinefuse.evaluate.report.results import (
    Result,
    confused,
    groups,
    per_subject,
    pooled_confusion,
    summarize,
)

__all__ = ["Embedding", "Report"]


@dataclass(frozen=True, kw_only=True)
class Embedding:
    """Embeddings of windows, for a picture.

    Parameters
    ----------
    title : str
        What made them, and of which windows.
    features : (N, D) array of float
    labels : (N,) array of int
        Numbers of classes, -1 for none.
    """

    title: str
    features: NDArray[np.floating[Any]]
    labels: NDArray[np.integer[Any]]


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report shows.

    Parameters
    ----------
    title : str
    dataset, protocol : str
        Which data, and who was trained and tested on.
    classes : sequence of str
    results : sequence of Result
    run : mapping of str to str
        See :func:`kinefuse.machine.describe_run`.
    recipe : str
        The resolved recipe, TOML.
    embeddings : sequence of Embedding
    notes : sequence of str
        Sentences that a reader must know before the numbers.

    Examples
    --------
    >>> report = Report(
    ...     title="Example",
    ...     dataset="none",
    ...     protocol="none",
    ...     classes=("sit", "walk"),
    ...     results=(
    ...         Result(
    ...             method="supervised",
    ...             modality="inertial",
    ...             labels="100%",
    ...             accuracy=0.75,
    ...             macro_f1=0.73,
    ...             windows=4,
    ...             confusion=[[2, 0], [1, 1]],
    ...         ),
    ...     ),
    ... )
    >>> "75.0" in report.to_html()
    True
    """

    title: str
    dataset: str
    protocol: str
    classes: Sequence[str]
    results: Sequence[Result]
    run: Mapping[str, str] = field(default_factory=dict)
    recipe: str = ""
    embeddings: Sequence[Embedding] = ()
    notes: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the embeddings as JSON has it."""
        return {
            "title": self.title,
            "dataset": self.dataset,
            "protocol": self.protocol,
            "classes": list(self.classes),
            "results": [result.to_dict() for result in self.results],
            "run": dict(self.run),
            "recipe": self.recipe,
            "notes": list(self.notes),
        }

    def to_html(self) -> str:
        """Return the report as one HTML page that needs no other file."""
        environment = jinja2.Environment(
            loader=jinja2.PackageLoader("kinefuse.evaluate.report", "."),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.filters["percent"] = _percent
        environment.filters["picture"] = _picture
        template = environment.get_template("template.html.j2")
        return template.render(
            report=self,
            summary=summarize(self.results).rows(named=True),
            subjects=per_subject(self.results),
            against_labels=figures.accuracy_against_labels(self.results) if self.results else None,
            confusions=self._confusions(),
            pictures=[(e.title, self._picture(e), len(e.labels)) for e in self.embeddings],
            data=self.to_dict(),
        )

    def write(self, path: str | Path) -> Path:
        """Write the page to ``path`` and the numbers as JSON beside it, both whole or not at all.

        Returns
        -------
        Path
            Of the page.
        """
        page, text = Path(path), self.to_html()
        _write(page.with_suffix(".json"), json.dumps(self.to_dict(), indent=1) + "\n")
        _write(page, text)
        return page

    def _confusions(self) -> list[dict[str, Any]]:
        found = []
        for (modality, method, labels), runs in groups(self.results).items():
            matrix = pooled_confusion(runs)
            if matrix is not None:
                found.append(
                    {
                        "title": f"{method}, {modality}, {labels}",
                        "runs": len(runs),
                        "svg": figures.confusion_matrix(matrix, self.classes),
                        "pairs": confused(matrix, self.classes),
                    }
                )
        return found

    def _picture(self, embedding: Embedding) -> str:
        points = figures.project(embedding.features)
        return figures.embedding_picture(points, embedding.labels, self.classes)


def _percent(rate: float | None) -> str:
    return "" if rate is None else f"{100 * rate:.1f}"


def _picture(svg: str) -> str:
    # As a data address each picture keeps its ids to itself.
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode("ascii")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
    ) as file:
        try:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            # Temporary files are private; the report is as readable as any other new file.
            umask = os.umask(0)
            os.umask(umask)
            Path(file.name).chmod(0o666 & ~umask)
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise
