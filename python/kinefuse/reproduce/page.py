"""The page of a table: Markdown, made of its cells and of what is known about the run."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kinefuse.evaluate.report.results import label_order

__all__ = ["write_page"]

Rows = Sequence[Mapping[str, Any]]


def write_page(cells: Rows, details: Mapping[str, Any]) -> str:
    """Write the page.

    Parameters
    ----------
    cells : sequence of mapping
        As :func:`kinefuse.reproduce.cells.fill` makes them.
    details : mapping
        ``title, notes, comparisons, retrieval, missing, failed, run, jobs, cpu_seconds``, and
        where there are such ``extras`` (of :meth:`kinefuse.reproduce.extras.Extra.to_dict`) and
        ``skipped``.

    Returns
    -------
    str
        Markdown. The same cells and details give the same page.
    """
    parts = [f"# {details['title']}", *details["notes"]]
    parts += _lost(details)
    compared = [c for c in details["comparisons"] if c["metric"] == "accuracy"]
    places = list(dict.fromkeys(map(_place, cells))) or [("", "")]
    for place in places:
        # One place needs no heading of its own.
        if several := len(places) > 1:
            parts.append(f"## {place[0]}, subjects {place[1]}")
        own = [cell for cell in cells if _place(cell) == place]
        parts += _accuracies(
            own,
            # A page of one place may be of comparisons that do not name it.
            [c for c in compared if not several or _place(c) == place],
            "###" if several else "##",
        )
    if details["retrieval"]:
        parts += ["## Retrieval", *_retrieval(details["retrieval"])]
    for extra in details.get("extras", ()):
        parts += _extra(extra)
    parts += ["## How this was made", *_how(details)]
    return "\n\n".join(parts) + "\n"


def name_method(method: str, encoders: str) -> str:
    """Return a method's name where nothing else says what is unusual about its encoders."""
    usual = encoders in ("frozen", "end to end", "two stages", "none") or encoders.startswith(
        "frozen, "
    )
    return method if usual else f"{method}, {encoders}"


def _place(cell: Mapping[str, Any]) -> tuple[str, str]:
    return cell.get("dataset", ""), cell.get("protocol", "")


def _accuracies(cells: Rows, compared: Rows, mark: str) -> list[str]:
    parts = []
    accuracy = [cell for cell in cells if cell["metric"] == "accuracy"]
    f1 = {_row(cell): cell for cell in cells if cell["metric"] == "macro_f1"}
    if whole := [cell for cell in accuracy if cell["labels"] == "100%"]:
        parts += [f"{mark} All labels", _all_labels(whole, f1)]
    if few := [cell for cell in accuracy if cell["labels"] != "100%"]:
        parts += [f"{mark} Few labels", _few_labels(few)]
    if compared:
        parts += [f"{mark} On the same labels", *_comparisons(compared)]
    return parts


def _row(cell: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(cell[key] for key in ("method", "encoders", "modality", "labels"))


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join(f"| {' | '.join(line)} |".replace("|  |", "| |") for line in lines)


def _points(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{100 * value:.{digits}f}"


def _mean(cell: Mapping[str, Any]) -> str:
    text = _points(cell["mean"])
    return text if cell["sd"] is None else f"{text} ± {_points(cell['sd'])}"


def _interval(ci95: Sequence[float] | None, sign: str = "") -> str:
    if ci95 is None:
        return ""
    return " to ".join(f"{100 * bound:{sign}.1f}" for bound in ci95)


def _lowest(cell: Mapping[str, Any]) -> float:
    return min(float(value) for seed in cell["runs"] for value in seed)


def _all_labels(cells: Rows, f1: Mapping[tuple[str, ...], Mapping[str, Any]]) -> str:
    rows = []
    for cell in cells:
        scores = f1.get(_row(cell))
        published = cell["published"]
        rows.append(
            [
                cell["method"], cell["encoders"], cell["modality"], _mean(cell),
                _interval(cell["ci95"]), _points(_lowest(cell)),
                _mean(scores) if scores else "", _points(published, 2), str(cell["n"]),
            ]
        )  # fmt: skip
    head = (
        "method", "encoders", "modality", "accuracy", "95 % interval", "lowest", "macro F1",
        "published", "seeds",
    )  # fmt: skip
    return _table(head, rows)


def _few_labels(cells: Rows) -> str:
    labels = sorted({cell["labels"] for cell in cells}, key=label_order)
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for cell in cells:
        row = found.setdefault((cell["method"], cell["encoders"], cell["modality"]), {})
        row[cell["labels"]] = f"{_mean(cell)} ({_points(_lowest(cell))})"
    rows = [[*key, *(row.get(name, "") for name in labels)] for key, row in found.items()]
    counts = {len(seed) for cell in cells for seed in cell["runs"]}
    draws = " or ".join(map(str, sorted(counts)))
    table = _table(("method", "encoders", "modality", *labels), rows)
    return (
        "Accuracy: mean and standard deviation over seeds, each the mean of "
        f"{draws} draws of labels; in brackets the lowest single run.\n\n{table}"
    )


def _comparisons(found: Rows) -> list[str]:
    rows = []
    for one in found:
        draws, seeds = one["draws"], one["seeds"]
        methods = (
            name_method(one[which], encoders)
            for which, encoders in zip(("first", "second"), one["encoders"], strict=True)
        )
        rows.append(
            [
                one["labels"], *methods,
                f"{100 * draws['difference']:+.1f}",
                _interval(draws["ci95"], "+"),
                _interval(seeds["ci95"], "+"),
                f"{draws['wins']} of {draws['n']}",
                f"{draws['p_value']:.3f}", f"{seeds['p_value']:.3f}" if seeds["n"] > 1 else "",
            ]
        )  # fmt: skip
    head = (
        "labels", "method", "against", "difference", "95 % interval, runs", "95 %, seeds",
        "better in", "p, runs", "p, seeds",
    )  # fmt: skip
    text = (
        "Differences in accuracy, in points, between runs with the same seed and the same labels. "
        "Intervals are by Student's t, and p of the exact two-sided test that swaps the methods "
        "within pairs: once over all runs, of which those of one seed share a pretraining, and "
        "once over seeds, where five pairs cannot give less than 0.0625, and three not less than "
        "0.25."
    )
    return [text, _table(head, rows)]


def _retrieval(cells: Rows) -> list[str]:
    metrics = list(dict.fromkeys(cell["metric"] for cell in cells))
    found: dict[tuple[str, str], dict[str, str]] = {}
    for cell in cells:
        found.setdefault((cell["method"], cell["modality"]), {})[cell["metric"]] = _mean(cell)
    rows = [[*key, *(row.get(name, "") for name in metrics)] for key, row in found.items()]
    text = (
        "Test recordings as queries, training recordings as gallery, ranked by the cosine of their "
        "projections around the gallery's mean. Across modalities, the query is of the first and "
        "the gallery of the second. No head and no label."
    )
    return [text, _table(("method", "modality", *metrics), rows)]


def _extra(extra: Mapping[str, Any]) -> list[str]:
    parts = [f"## {extra['title']}", *extra["text"]]
    if extra["rows"]:
        parts.append(_table(extra["head"], extra["rows"]))
    parts += [f"![{figure['caption']}]({figure['file']})" for figure in extra["figures"]]
    return parts


def _lost(details: Mapping[str, Any]) -> list[str]:
    """Return lists of what the table lacks."""
    found = []
    if details.get("skipped"):
        found += ["Left out:", "\n".join(f"- {text}" for text in details["skipped"])]
    if details["missing"]:
        found += ["Not finished:", "\n".join(f"- {text}" for text in details["missing"])]
    if details["failed"]:
        failed = (f"- {name}: {text}" for name, text in details["failed"].items())
        found += ["Failed:", "\n".join(failed)]
    return found


def _how(details: Mapping[str, Any]) -> list[str]:
    run = details["run"]
    libraries = ("python", "kinefuse", "numpy", "polars", "torch", "lightning", "scikit-learn")
    versions = ", ".join(f"{name} {run[name]}" for name in libraries if name in run)
    return [
        f"    {run['command']}",
        f"{details['jobs']} jobs, {details['cpu_seconds'] / 60:.0f} minutes of one core of "
        f"{run['cpu']} in all. {versions}.",
    ]
