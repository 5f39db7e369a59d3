"""Windows of several modalities on the time that they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import polars as pl
from numpy.typing import ArrayLike

from kinefuse import _native
from kinefuse.errors import ConfigError, DtypeError, InputError
from kinefuse.resample import Regridded
from kinefuse.windows._arguments import (
    LabelRule,
    gap_rows,
    label_columns,
    labelled,
    number,
    positive,
    whole,
)

__all__ = ["Timeline", "WindowTable", "WindowTableReport", "window_table"]


@dataclass(frozen=True, eq=False)
class Timeline:
    """Rows of one modality on a time line that others share.

    Parameters
    ----------
    n_rows : int
        Rows, gaps left out.
    rate_hz : float
        Rows a second.
    start_s : float
        Time of the first row in seconds.
    gaps : (G, 2) array of int, optional
        ``[row, missing]``: before that row so many are missing, as :func:`kinefuse.regrid` returns.
    labels : (n_rows,) array of int, optional
        The label of each row; -1 for none.

    Examples
    --------
    >>> import numpy as np, kinefuse
    >>> time_s = 7.0 + np.arange(500) / 100
    >>> grid = kinefuse.regrid(time_s, np.sin(time_s), rate_hz=50, max_gap_s=0.1)
    >>> line = Timeline.of(grid)
    >>> line.n_rows, line.rate_hz, line.start_s
    (250, 50.0, 7.0)
    """

    n_rows: int
    rate_hz: float
    start_s: float = 0.0
    gaps: ArrayLike | None = None
    labels: ArrayLike | None = None

    @classmethod
    def of(cls, grid: Regridded, labels: ArrayLike | None = None) -> Self:
        """Return the time line of what :func:`kinefuse.regrid` gave."""
        return cls(len(grid.data), grid.rate_hz, grid.start_s, grid.gaps, labels)


@dataclass(frozen=True)
class WindowTableReport:
    """What became of the windows.

    Parameters
    ----------
    windows : int
        Windows in the table.
    absent : int
        Windows left out because fewer than ``min_present`` modalities are there; time in which
        there is none at all does not count.
    partial : int
        Windows in the table in which a modality is missing.
    missing : dict
        For each modality the windows in the table in which it is missing.
    below_share : int
        Windows dropped because under ``min_share`` of their rows carry their label.
    unlabelled, ambiguous : int
        Windows in the table with a null label: because there is none where the rule looks, or its
        modality is missing; because the rule cannot choose between several.
    """

    windows: int
    absent: int
    partial: int
    missing: dict[str, int]
    below_share: int
    unlabelled: int
    ambiguous: int

    def __str__(self) -> str:
        missing = ", ".join(f"{name} in {count}" for name, count in self.missing.items())
        return (
            f"{self.windows} windows ({self.partial} without some modality: {missing}; "
            f"{self.absent} left out, {self.below_share} below the share, "
            f"{self.unlabelled} unlabelled, {self.ambiguous} ambiguous)"
        )


class WindowTable(NamedTuple):
    """A table of windows of several modalities, and what is not in it."""

    table: pl.DataFrame
    report: WindowTableReport


def window_table(
    modalities: Mapping[str, Timeline],
    *,
    length_s: float,
    stride_s: float | None = None,
    origin_s: float | None = None,
    min_overlap: float = 0.9,
    min_present: int = 1,
    label_rule: LabelRule = "majority",
    min_share: float = 0.0,
) -> WindowTable:
    """List windows of several modalities, each with its own rate, start and gaps.

    Window ``k`` is the time from ``origin_s + k * stride_s`` on, ``length_s`` long, for all of
    them. Nothing is copied; the rows of a modality in a window are ``x[start : start + rows]``, and
    no gap lies among them.

    Parameters
    ----------
    modalities : mapping of name to Timeline
        On one clock (:func:`kinefuse.clock.align` finds the offset of two).
    length_s : float
        Seconds of a window.
    stride_s : float, optional
        Seconds from one window to the next; ``length_s`` if not given.
    origin_s : float, optional
        Start of the first window; that of the earliest row if not given.
    min_overlap : float
        A modality that has fewer of the window's rows without a gap counts as missing in it. With 1
        every modality that is there has all of its ``round(length_s * rate_hz)`` rows.
    min_present : int
        Windows with fewer modalities are left out.
    label_rule, min_share
        As :func:`window_index`, over the rows of the one modality that has labels.

    Returns
    -------
    table : polars.DataFrame
        ``start_s``, ``end_s`` (f64), ``label`` (i32), ``share`` (f64), and of each modality
        ``{name}_start`` (i64, first row), ``{name}_rows`` (i64) and ``{name}_present`` (bool: the
        mask; without it there are 0 rows).
    report : WindowTableReport
        What is not in the table.

    Raises
    ------
    InputError
        A length under a row of the slowest or a stride under a row of the fastest modality, a share
        outside 0 to 1, a time that is not finite, gaps that do not increase.
    ConfigError
        No modality, labels in two of them, another label rule.
    ShapeError, DtypeError
        As :func:`window_index`.

    Examples
    --------
    >>> table, report = window_table(
    ...     {"inertial": Timeline(500, 50.0), "skeleton": Timeline(180, 30.0, start_s=3.5)},
    ...     length_s=2,
    ... )
    >>> table.select("start_s", "inertial_start", "skeleton_start", "skeleton_present").rows()
    [(0.0, 0, 0, False), (2.0, 100, 0, False), (4.0, 200, 15, True), (6.0, 300, 75, True), \
(8.0, 400, 0, False)]
    >>> report.missing
    {'inertial': 0, 'skeleton': 3}
    """
    if not isinstance(modalities, Mapping) or not modalities:
        raise ConfigError("modalities: expected {name: Timeline, ...}, at least one")
    lines, with_labels = [], []
    anything: Mapping[Any, Any] = modalities
    for name, line in anything.items():
        if not isinstance(name, str) or not isinstance(line, Timeline):
            got = f"{name!r}: {type(line).__name__}"
            raise DtypeError(f"modalities: expected {{name: Timeline, ...}}, got {got}")
        lines.append(
            (
                whole(f"{name}: n_rows", line.n_rows, least=0),
                positive(f"{name}: rate_hz", line.rate_hz),
                number(f"{name}: start_s", line.start_s, "a time in seconds"),
                gap_rows(line.gaps),
            )
        )
        if line.labels is not None:
            with_labels.append(name)
    if len(with_labels) > 1:
        raise ConfigError(f"modalities: expected labels in one of them, got {with_labels}")
    names = list(modalities)
    chosen = names.index(with_labels[0]) if with_labels else 0
    length = positive("length_s", length_s)
    stride = length if stride_s is None else positive("stride_s", stride_s)
    if isinstance(min_present, bool) or not isinstance(min_present, int):
        raise InputError(f"min_present: expected 1 or more modalities, got {min_present!r}")
    (start_s, label, share, rows), counts = _native.window_table(
        lines,
        step=(
            length,
            stride,
            None if origin_s is None else number("origin_s", origin_s, "a time in seconds"),
            number("min_overlap", min_overlap, "a share up to 1"),
            whole("min_present", min_present, least=1),
        ),
        labelled_modality=chosen,
        labelled=labelled(
            modalities[names[chosen]].labels, lines[chosen][0], label_rule, min_share
        ),
    )
    columns = {"start_s": start_s, "end_s": start_s + length, **label_columns(label, share)}
    for name, (first, n) in zip(names, rows, strict=True):
        columns |= {f"{name}_start": first, f"{name}_rows": n, f"{name}_present": n > 0}
    table = pl.DataFrame(columns)
    absent, partial, missing, *of_labels = counts
    report = WindowTableReport(
        table.height, absent, partial, dict(zip(names, missing, strict=True)), *of_labels
    )
    return WindowTable(table, report)
