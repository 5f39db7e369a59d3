"""What was found in a clock and what was done about it."""

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

__all__ = ["ClockEvent", "ClockReport"]


class ClockEvent(NamedTuple):
    """One thing that was found in a clock.

    Attributes
    ----------
    kind : str
        ``"nonfinite"``, ``"repeated"``, ``"backward"`` (the row was dropped), ``"spread"`` (its
        stamp was moved), ``"bridged"``, ``"gap"`` (a hole or gap ends at the row).
    row : int
        The row as it came in, from 0.
    time_s : float
        Its stamp as it came in, in seconds.
    length_s : float
        How long the hole or gap is, by how much the stamp was moved; NaN for dropped rows.
    """

    kind: str
    row: int
    time_s: float
    length_s: float


@dataclass(frozen=True)
class ClockReport:
    """What was found in a clock and what was done about it.

    Attributes
    ----------
    rows_in, rows_out : int
        Rows given; rows of the repaired clock, or of the uniform grid.
    nonfinite, repeated, backward : int
        Rows dropped because their stamp is NaN or infinite, repeats another, is out of order.
    isolated : int
        Rows lost because they lie between two gaps with no grid point among them.
    bridged : int
        Holes (steps of more than 1.5 typical ones) no longer than the limit, closed by
        interpolation.
    gaps : int
        Holes longer than the limit, kept.
    missing_s : float
        Time missing in the gaps, in seconds.
    rate_hz : float
        Measured samples a second where none is missing.
    jitter_s : float
        Root mean square deviation of a step from the typical one, in seconds.
    spread : int
        Rows kept whose stamp repeats that of the row before: it was moved.
    events : tuple of ClockEvent
        The first 20 of each kind, by row; the counts above are whole.
    """

    rows_in: int
    rows_out: int
    nonfinite: int
    repeated: int
    backward: int
    isolated: int
    bridged: int
    gaps: int
    missing_s: float
    rate_hz: float
    jitter_s: float
    spread: int = 0
    events: tuple[ClockEvent, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "events", tuple(ClockEvent(*event) for event in self.events))

    @property
    def dropped(self) -> int:
        """Rows that could not be used, for whatever reason."""
        return self.nonfinite + self.repeated + self.backward + self.isolated

    def table(self) -> pl.DataFrame:
        """Return the events as a table: kind, row, time_s, length_s."""
        return pl.DataFrame(
            list(self.events),
            schema={
                "kind": pl.String,
                "row": pl.Int64,
                "time_s": pl.Float64,
                "length_s": pl.Float64,
            },
            orient="row",
        )

    def __str__(self) -> str:
        said = [
            f"{self.rows_in} rows at {self.rate_hz:.6g} Hz (jitter {self.jitter_s * 1e3:.3f} ms)"
            f" to {self.rows_out}"
        ]
        dropped = {
            "without a finite stamp": self.nonfinite,
            "with a repeated stamp": self.repeated,
            "out of order": self.backward,
            "between two gaps": self.isolated,
        }
        said += [f"dropped {count} {why}" for why, count in dropped.items() if count]
        if self.spread:
            said.append(f"spread {self.spread} that share the stamp of the row before")
        if self.bridged:
            said.append(f"{self.bridged} short holes bridged")
        if self.gaps:
            said.append(f"{self.gaps} gaps of {self.missing_s:.6g} s in all kept")
        return "; ".join(said)
