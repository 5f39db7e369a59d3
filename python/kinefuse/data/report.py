"""What an ingest did: counted, never silent."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

__all__ = ["Failure", "IngestReport"]


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
            lines.append(f"files ignored: {len(self.ignored)} ({', '.join(self.ignored[:5])}...)")
        if self.resumed_shards:
            lines.append(f"shards found finished: {self.resumed_shards}")
        lines.append(f"failed: {len(self.failed)}")
        lines += [f"  {item.source}: {item.reason}" for item in self.failed]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "IngestReport":
        """Undo :meth:`to_dict`; keys that it does not know are left out."""
        known = {field.name for field in fields(cls)}
        kept = {key: value for key, value in values.items() if key in known}
        kept["ignored"] = tuple(values["ignored"])
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
        )
