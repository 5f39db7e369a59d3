"""Windows around moments."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from kinefuse import _native
from kinefuse._arrays import as_real
from kinefuse.errors import ShapeError
from kinefuse.windows._arguments import (
    LabelRule,
    gap_rows,
    label_columns,
    labelled,
    number,
    positive,
    whole,
)

__all__ = ["EventIndex", "EventReport", "event_index"]


@dataclass(frozen=True)
class EventReport:
    """What became of the events.

    Parameters
    ----------
    windows, events : int
        Windows in the table, events given.
    outside : int
        Events without a window because it would begin before the first row or end after the last.
    across_gaps : int
        Events without a window because it would cross a gap, or lie in one.
    below_share : int
        Windows dropped because under ``min_share`` of their rows carry their label.
    unlabelled, ambiguous : int
        Windows in the table with a null label: because there is none where the rule looks; because
        the rule cannot choose between several.
    """

    windows: int
    events: int
    outside: int
    across_gaps: int
    below_share: int
    unlabelled: int
    ambiguous: int

    def __str__(self) -> str:
        return (
            f"{self.windows} windows around {self.events} events ({self.outside} outside, "
            f"{self.across_gaps} across gaps, {self.below_share} below the share, "
            f"{self.unlabelled} unlabelled, {self.ambiguous} ambiguous)"
        )


class EventIndex(NamedTuple):
    """A table of windows around events, and what is not in it."""

    table: pl.DataFrame
    report: EventReport


def event_index(
    n_rows: int,
    events_s: ArrayLike,
    *,
    rate_hz: float,
    before_s: float,
    after_s: float,
    start_s: float = 0.0,
    gaps: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    label_rule: LabelRule = "majority",
    min_share: float = 0.0,
) -> EventIndex:
    """List one window for each event. Nothing is copied, and no window crosses a gap.

    Parameters
    ----------
    n_rows : int
        Rows of the recording.
    events_s : (E,) array of float
        Times of the events in seconds, in any order.
    rate_hz : float
        Rows a second.
    before_s, after_s : float
        Seconds of the window before and after the event. The row nearest to the event is row
        ``round(before_s * rate_hz)`` of its window.
    start_s : float
        Time of the first row in seconds.
    gaps, labels, label_rule, min_share
        As :func:`window_index`.

    Returns
    -------
    table : polars.DataFrame
        ``event`` (i64, number of the event), then the columns of :func:`window_index`, a row for
        each event whose window is whole, in the order of the events.
    report : EventReport
        What is not in the table.

    Raises
    ------
    InputError
        An event that is no finite time, a window without a row, gaps that do not increase.
    ShapeError, DtypeError, ConfigError
        As :func:`window_index`.

    Examples
    --------
    >>> table, report = event_index(1000, [0.2, 4.0, 9.7], rate_hz=100, before_s=0.5, after_s=1)
    >>> table.select("event", "start", "length").rows()
    [(1, 350, 150)]
    >>> report.outside
    2
    """
    n_rows = whole("n_rows", n_rows, least=0)
    times = as_real("events_s", events_s).astype(np.float64, copy=False)
    if times.ndim != 1:
        raise ShapeError(f"events_s: expected (E,), got {times.shape}")
    start_s = number("start_s", start_s, "a time in seconds")
    line = (n_rows, positive("rate_hz", rate_hz), start_s, gap_rows(gaps))
    columns, counts, (event, outside, across_gaps) = _native.event_index(
        line,
        times,
        before_s=number("before_s", before_s, "0 or more seconds"),
        after_s=number("after_s", after_s, "0 or more seconds"),
        labelled=labelled(labels, n_rows, label_rule, min_share),
    )
    start, rows, segment, label, share = columns
    table = pl.DataFrame(
        {
            "event": event,
            "start": start,
            "length": rows,
            "segment": segment,
            **label_columns(label, share),
        }
    )
    report = EventReport(table.height, len(times), outside, across_gaps, *counts[3:])
    return EventIndex(table, report)
