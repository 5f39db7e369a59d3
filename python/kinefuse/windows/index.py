"""Windows every so many seconds or rows."""

from dataclasses import dataclass
from typing import NamedTuple

import polars as pl
from numpy.typing import ArrayLike

from kinefuse import _native
from kinefuse.windows import _arguments
from kinefuse.windows._arguments import LabelRule, gap_rows, label_columns, labelled, whole

__all__ = ["WindowIndex", "WindowReport", "window_index"]


@dataclass(frozen=True)
class WindowReport:
    """What became of the rows.

    Parameters
    ----------
    windows : int
        Windows in the table.
    segments, short_segments : int
        Gap-free segments, and those of them that are shorter than a window and have none.
    unused_rows : int
        Rows in no window: of short segments, at ends of segments, between windows that do not
        touch. Those of windows dropped for their share are not counted.
    below_share : int
        Windows dropped because under ``min_share`` of their rows carry their label.
    unlabelled, ambiguous : int
        Windows in the table with a null label: because there is none where the rule looks; because
        the rule cannot choose between several.
    """

    windows: int
    segments: int
    short_segments: int
    unused_rows: int
    below_share: int
    unlabelled: int
    ambiguous: int

    def __str__(self) -> str:
        return (
            f"{self.windows} windows from {self.segments} segments "
            f"({self.short_segments} too short, {self.unused_rows} rows unused, "
            f"{self.below_share} windows below the share, {self.unlabelled} unlabelled, "
            f"{self.ambiguous} ambiguous)"
        )


class WindowIndex(NamedTuple):
    """A table of windows, and what is not in it."""

    table: pl.DataFrame
    report: WindowReport


def window_index(
    n_rows: int,
    *,
    rate_hz: float | None = None,
    length_s: float | None = None,
    stride_s: float | None = None,
    length: int | None = None,
    stride: float | None = None,
    gaps: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    label_rule: LabelRule = "majority",
    min_share: float = 0.0,
) -> WindowIndex:
    """List the windows of a recording. Nothing is copied, and no window crosses a gap.

    Parameters
    ----------
    n_rows : int
        Rows of the recording.
    rate_hz : float, optional
        Rows a second; needed with ``length_s`` or ``stride_s``.
    length_s, length : float, int, optional
        A window in seconds, rounded to whole rows, or in rows. Neither: each gap-free segment is
        one window, a recording without gaps one altogether.
    stride_s, stride : float, optional
        Seconds or rows from one window to the next; the length if not given. Window k of a segment
        starts at row ``round(k * stride)`` of it, so that windows do not drift against time at any
        rate.
    gaps : (G, 2) array of int, optional
        ``[row, missing]``: before that row so many are missing, as :func:`kinefuse.regrid` returns.
    labels : (n_rows,) array of int, optional
        The label of each row; -1 for none.
    label_rule : {"majority", "any", "last", "center"}
        A window's label is the most frequent one of its rows, the only one that any of its rows
        carries, that of its last row, or that of its middle row (``length // 2``).
    min_share : float
        Drop windows that are less pure: in which the label's share of all rows is smaller. Needs
        ``labels``.

    Returns
    -------
    table : polars.DataFrame
        ``start`` (i64, row), ``length`` (i64, rows), ``segment`` (i32, from 0), ``label`` (i32;
        null where the rule finds none or cannot choose), ``share`` (f64, of the rows that carry
        the label, of the most frequent one where the rule cannot choose; null without ``labels``).
    report : WindowReport
        What is not in the table.

    Raises
    ------
    InputError
        A length or stride under one row, seconds without a rate, the same in seconds and in rows,
        gaps that do not increase, a label under -1.
    ShapeError
        Gaps or labels of another shape.
    DtypeError
        Gaps or labels that are not integers.
    ConfigError
        Another label rule.

    Examples
    --------
    >>> table, report = window_index(
    ...     700, rate_hz=100, length_s=2, stride_s=1, gaps=[[450, 30]], labels=[0] * 320 + [1] * 380
    ... )
    >>> table.select("start", "segment", "label", "share").rows()
    [(0, 0, 0, 1.0), (100, 0, 0, 1.0), (200, 0, 0, 0.6), (450, 1, 1, 1.0)]
    >>> report.unused_rows
    100
    >>> window_index(700, length=128, stride=64).table.height
    9
    """
    n_rows = whole("n_rows", n_rows, least=0)
    step = _arguments.step(rate_hz, length_s, stride_s, length, stride)
    if step is not None:
        # Longer than any recording is the same as longer than this one.
        step = (min(step[0], n_rows + 1), step[1])
    columns, counts = _native.window_index(
        n_rows,
        step=step,
        gaps=gap_rows(gaps),
        labelled=labelled(labels, n_rows, label_rule, min_share),
    )
    start, rows, segment, label, share = columns
    table = pl.DataFrame(
        {"start": start, "length": rows, "segment": segment, **label_columns(label, share)}
    )
    return WindowIndex(table, WindowReport(table.height, *counts))
