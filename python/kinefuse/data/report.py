"""What an ingest did: counted, never silent."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from kinefuse.data.comparison import count_dialects, find_scattered_subjects, find_twice

__all__ = ["Failure", "IngestReport"]

_SHOWN = 5
GUESSED = "guessed"
"""What a reader's words on how a file is written hold where it could be wrong."""


@dataclass(frozen=True)
class Failure:
    """A source that could not be read.

    Attributes
    ----------
    source : str
        Its name.
    error : str
        The class of the error.
    reason : str
        Its message.
    """

    source: str
    error: str
    reason: str


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did to whom. ``print(report)`` says it in words.

    Attributes
    ----------
    sources, recordings : int
        How many were found, and how many of them are in the store.
    subjects, activities : int
        How many different ones.
    rows : dict of str to int
        Samples stored, by modality.
    seconds : dict of str to float
        The same as time, gaps not counted.
    gaps : int
        Gaps kept as gaps.
    gap_seconds : float
        How long they are together.
    counts : dict of str to int
        Every other thing that was repaired, filled or dropped, by name; see the keys' words.
    failed : tuple of Failure
        Sources left out, and why.
    ignored : tuple of str
        Files that the reader left out for their names or paths.
    resumed_shards : int
        How many shards an earlier, interrupted run had finished.
    doubts : dict of str to tuple of str
        What a recording's numbers can hardly be, by its id: acceleration that is not 1 g at rest,
        with the unit that would fit.
    clipped, flat : dict of str to tuple of str
        Channels that stay at the end of their range; those that never change.
    twice : dict of str to str
        Recordings that hold the same bytes as an earlier one, and its id.
    scattered : dict of str to tuple of str
        Subjects that are in several folders, where each folder is one subject's.
    dialects : dict of str to dict of str to int
        How text tables are written, by kind of file (its stream), and how many recordings are so;
        see :func:`kinefuse.data.comparison.count_dialects`.
    """

    sources: int
    recordings: int
    subjects: int
    activities: int
    rows: dict[str, int]
    seconds: dict[str, float]
    gaps: int
    gap_seconds: float
    counts: dict[str, int]
    failed: tuple[Failure, ...]
    ignored: tuple[str, ...] = ()
    resumed_shards: int = 0
    doubts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    clipped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    flat: dict[str, tuple[str, ...]] = field(default_factory=dict)
    twice: dict[str, str] = field(default_factory=dict)
    scattered: dict[str, tuple[str, ...]] = field(default_factory=dict)
    dialects: dict[str, dict[str, int]] = field(default_factory=dict)

    def __str__(self) -> str:
        lines = [
            f"{self.recordings} of {self.sources} recordings, {self.subjects} subjects, "
            f"{self.activities} activities"
        ]
        lines += [
            f"{modality}: {rows} samples, {self.seconds[modality]:.1f} s"
            for modality, rows in self.rows.items()
        ]
        lines.append(f"gaps kept: {self.gaps}, {self.gap_seconds:.2f} s together")
        lines += [f"{name.replace('_', ' ')}: {count}" for name, count in self.counts.items()]
        if self.ignored:
            more = "..." if len(self.ignored) > 5 else ""
            lines.append(
                f"files ignored: {len(self.ignored)} ({', '.join(self.ignored[:5])}{more})"
            )
        if self.resumed_shards:
            lines.append(f"shards found finished: {self.resumed_shards}")
        lines += self._written()
        lines += self._looks_wrong()
        lines.append(f"failed: {len(self.failed)}")
        lines += [f"  {item.source}: {item.reason}" for item in self.failed]
        return "\n".join(lines)

    def _written(self) -> list[str]:
        """Return how files are written, where they differ or something was guessed."""
        lines = []
        for kind, ways in self.dialects.items():
            if len(ways) > 1:
                lines.append(f"{kind}: written in different ways")
                lines += [f"  {n} {_recordings(n)}: {way}" for way, n in ways.items()]
            else:
                lines += [f"{kind}: {way}" for way in ways if GUESSED in way]
        return lines

    def _looks_wrong(self) -> list[str]:
        """Return what a person should look at, a few recordings of each kind."""
        kinds = {
            "unit in doubt": {id: "; ".join(texts) for id, texts in self.doubts.items()},
            "clipped": {id: ", ".join(names) for id, names in self.clipped.items()},
            "flat": {id: ", ".join(names) for id, names in self.flat.items()},
            "the same as another recording": self.twice,
            "one subject in several folders": {
                subject: ", ".join(folders) for subject, folders in self.scattered.items()
            },
        }
        lines = []
        for kind, found in kinds.items():
            if found:
                lines.append(f"{kind}: {len(found)}")
                lines += [f"  {name}: {what}" for name, what in list(found.items())[:_SHOWN]]
                if len(found) > _SHOWN:
                    lines.append(f"  and {len(found) - _SHOWN} more")
        return lines

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "IngestReport":
        """Undo :meth:`to_dict`; keys that it does not know are left out."""
        known = {field.name for field in fields(cls)}
        kept = {key: value for key, value in values.items() if key in known}
        kept["ignored"] = tuple(values["ignored"])
        for key in ("doubts", "clipped", "flat", "scattered"):
            if key in kept:
                kept[key] = {name: tuple(found) for name, found in kept[key].items()}
        kept["failed"] = tuple(Failure(**item) for item in values["failed"])
        return cls(**kept)

    @classmethod
    def from_notes(
        cls, notes: Sequence[dict[str, Any]], ignored: Sequence[str], resumed_shards: int
    ) -> "IngestReport":
        """Add up what was noted for each source."""
        done = [note for note in notes if "failure" not in note]
        rows: dict[str, int] = {}
        seconds: dict[str, float] = {}
        counts: dict[str, int] = {}
        for note in done:
            for modality, n in note["rows"].items():
                rows[modality] = rows.get(modality, 0) + n
                seconds[modality] = seconds.get(modality, 0.0) + n / note["rate_hz"][modality]
            for name, n in note["counts"].items():
                counts[name] = counts.get(name, 0) + n
        return cls(
            sources=len(notes),
            recordings=len(done),
            subjects=len({note["subject"] for note in done}),
            activities=len({name for note in done for name in note["activities"]}),
            rows=rows,
            seconds=seconds,
            gaps=sum(note["gaps"] for note in done),
            gap_seconds=sum(note["gap_seconds"] for note in done),
            counts=counts,
            failed=tuple(Failure(**note["failure"]) for note in notes if "failure" in note),
            ignored=tuple(ignored),
            resumed_shards=resumed_shards,
            doubts=_noted(done, "unit_doubt"),
            clipped=_noted(done, "clipped"),
            flat=_noted(done, "flat_channels"),
            twice=find_twice(done),
            dialects=count_dialects(done),
            scattered={who: tuple(where) for who, where in find_scattered_subjects(done).items()},
        )


def _recordings(n: int) -> str:
    return "recording" if n == 1 else "recordings"


def _noted(notes: Sequence[dict[str, Any]], key: str) -> dict[str, tuple[str, ...]]:
    return {note["id"]: tuple(note[key]) for note in notes if note.get(key)}
