"""The page of an ingest: one HTML file with a time line of every recording."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kinefuse._extras import needs_extra
from kinefuse.data.atomic import atomic_write
from kinefuse.data.parts import natural
from kinefuse.data.report import GUESSED, IngestReport
from kinefuse.data.sources import read_sources
from kinefuse.data.store import MotionStore
from kinefuse.data.timeline import Timeline, build_timeline

with needs_extra("cli", "kinefuse.data.report_page"):
    import jinja2

__all__ = ["PAGE", "write_page"]

PAGE = "report.html"
"""What the command line calls the page in a store's folder."""

_WIDTH = 1000
"""Of a time line, in the picture's own units."""
_MARK = 3
"""A gap is drawn at least so wide; gaps that would then touch are drawn as one."""
_LANE, _STRIP = 9, 4
"""Heights of a modality, and of the strip of labels under them."""
_EDGE = 3
"""Height of what was clipped, at the upper edge of a modality, and repaired, at the lower one."""
_ALL_OPEN = 200
"""With so many recordings or fewer, the groups of all subjects are open."""
_OFF_RATE = 0.005


@dataclass(frozen=True)
class _Mark:
    """Part of a picture: an SVG path and what its class is."""

    kind: str
    path: str


@dataclass(frozen=True)
class _Row:
    """What the page says about one recording."""

    name: str
    activity: str
    span_s: float
    marks: tuple[_Mark, ...]
    height: int
    covered: float
    gaps: int
    gap_s: float
    counts: dict[str, int]
    clipped: float | None
    drift: float | None
    labelled: float
    findings: tuple[str, ...]


@dataclass(frozen=True)
class _Group:
    """The recordings of one subject."""

    subject: str
    rows: tuple[_Row, ...]

    @property
    def span_s(self) -> float:
        return sum(row.span_s for row in self.rows)

    @property
    def gaps(self) -> int:
        return sum(row.gaps for row in self.rows)

    @property
    def findings(self) -> int:
        return sum(bool(row.findings) for row in self.rows)


def write_page(store: MotionStore, path: str | Path) -> Path:
    """Write what an ingest found as one HTML file that needs no other, and no network.

    A row a recording: where it has samples, gaps and labels, what was repaired, the share of
    clipped samples, how far its clock is off, and what looks wrong. Then the sources that could
    not be read, with the reasons.

    Parameters
    ----------
    store : MotionStore
    path : str or Path
        Of the page, which is written whole or not at all.

    Returns
    -------
    Path

    Raises
    ------
    StoreError
        The store does not say what became of its sources, as one of an earlier version.

    Examples
    --------
    >>> write_page(MotionStore("stores/hapt"), "hapt.html")                     # doctest: +SKIP
    """
    path = Path(path)
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("kinefuse.data", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"share": _share, "duration": _duration, "words": _words}
    report = IngestReport.from_dict(store.report)
    groups = _groups(store, report)
    columns = {
        "clipped": any(row.clipped is not None for group in groups for row in group.rows),
        "drift": any(row.drift is not None for group in groups for row in group.rows),
    }
    pieces = environment.get_template("report_page.html.j2").generate(
        store=store,
        report=report,
        groups=groups,
        columns=columns,
        all_open=len(store.recordings) <= _ALL_OPEN,
        findings=_summary(groups),
        guessed=GUESSED,
        width=_WIDTH,
    )
    with atomic_write(path) as file:
        for piece in pieces:
            file.write(piece.encode())
    return path


def _groups(store: MotionStore, report: IngestReport) -> list[_Group]:
    notes = {note["id"]: note for note in read_sources(store.path) if "failure" not in note}
    rows: dict[str, list[_Row]] = {}
    for recording in store.recordings.iter_rows(named=True):
        note = notes.get(recording["id"], {})
        line = build_timeline(store, recording, note)
        rows.setdefault(recording["subject"], []).append(
            _row(recording, line, note, report.twice.get(recording["id"]))
        )
    return [_Group(subject, tuple(rows[subject])) for subject in sorted(rows, key=natural)]


def _row(
    recording: Mapping[str, Any], line: Timeline, note: Mapping[str, Any], twin: str | None
) -> _Row:
    drift = _drift(note)
    return _Row(
        name=recording["id"],
        activity=_named(recording["activity"], note.get("activities", ())),
        span_s=line.span_s,
        marks=tuple(_draw(line)),
        height=_LANE * len(line.lanes) + _STRIP,
        covered=min(lane.covered for lane in line.lanes.values()),
        gaps=sum(len(lane.gaps) for lane in line.lanes.values()),
        gap_s=sum(float(np.diff(lane.gaps).sum()) for lane in line.lanes.values()),
        counts=dict(note.get("counts", {})),
        clipped=note.get("clipped_share"),
        drift=drift,
        labelled=line.labelled,
        findings=tuple(_findings(line, note, drift, twin)),
    )


def _named(activity: str | None, activities: Sequence[str]) -> str:
    if activity is not None or not activities:
        return activity or ""
    first = ", ".join(activities[:3])
    return first if len(activities) <= 3 else f"{first} and {len(activities) - 3} more"


def _drift(note: Mapping[str, Any]) -> float | None:
    """Return how far the worst of a recording's clocks is from its nominal rate."""
    off = [
        measured / note["rate_nominal_hz"][name] - 1
        for name, measured in (note.get("rate_measured_hz") or {}).items()
        if (note.get("rate_nominal_hz") or {}).get(name)
    ]
    return max(off, key=abs, default=None)


def _findings(
    line: Timeline, note: Mapping[str, Any], drift: float | None, twin: str | None
) -> Iterator[str]:
    if doubt := note.get("unit_doubt"):
        yield from [doubt] if isinstance(doubt, str) else doubt
    if (clipped := note.get("clipped_share") or 0.0) > 0:
        yield f"clipped: {_share(clipped)} of the samples of {', '.join(note.get('clipped', ()))}"
    if flat := note.get("flat_channels"):
        yield f"never changes: {', '.join(flat)}"
    if drift is not None and abs(drift) > _OFF_RATE:
        yield f"clock off its rate: by {_share(abs(drift))}"
    for stream, change in (note.get("rate_drift") or {}).items():
        yield f"clock changes its rate: {stream} by {_share(abs(change))}"
    if twin is not None:
        yield f"holds the same as another: {twin}"
    if line.labelled == 0:
        yield "nothing labelled"


def _summary(groups: Iterable[_Group]) -> list[tuple[str, int]]:
    found = Counter(
        finding.partition(":")[0]
        for group in groups
        for row in group.rows
        for finding in row.findings
    )
    return found.most_common()


def _draw(line: Timeline) -> Iterator[_Mark]:
    scale = _WIDTH / line.span_s
    top = 0
    for modality, lane in line.lanes.items():
        yield _Mark("covered", _boxes([[lane.begin_s * scale, lane.end_s * scale]], top, _LANE - 2))
        if len(lane.gaps):
            yield _Mark("gap", _boxes(_merged(lane.gaps * scale), top, _LANE - 2))
        for kind, spans in line.marks.get(modality, {}).items():
            if len(spans):
                edge = top if kind == "clipped" else top + _LANE - 2 - _EDGE
                yield _Mark(kind, _boxes(_merged(spans * scale), edge, _EDGE))
        top += _LANE
    yield _Mark("labelled", _boxes([[0, _WIDTH]], top, _STRIP - 1))
    if len(line.unlabelled):
        yield _Mark("unlabelled", _boxes(_merged(line.unlabelled * scale), top, _STRIP - 1))


def _merged(spans: NDArray[np.float64]) -> list[list[float]]:
    """Widen what would not be seen, and join what then touches: a bound on the page's size."""
    found: list[list[float]] = []
    for begin, end in spans.tolist():
        end = max(end, begin + _MARK)
        if found and begin <= found[-1][1] + _MARK:
            found[-1][1] = max(end, found[-1][1])
        else:
            found.append([begin, end])
    return found


def _boxes(spans: Sequence[Sequence[float]], top: int, height: int) -> str:
    return "".join(
        f"M{begin:.4g} {top}h{end - begin:.4g}v{height}h-{end - begin:.4g}z" for begin, end in spans
    )


def _share(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.3g} %"


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, whole = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {whole:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def _words(name: str) -> str:
    return name.replace("_", " ")
