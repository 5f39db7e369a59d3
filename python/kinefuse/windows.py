"""Windows: which rows make a sample, and which label it has."""

import math
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse import _native
from kinefuse._arrays import output
from kinefuse.errors import ConfigError, DtypeError, InputError, ShapeError

__all__ = ["WindowIndex", "WindowReport", "window_index", "windows"]

#: Beyond this a row's number is no exact float64.
_MAX = 2**53


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
        two labels are equally frequent.
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
    rate_hz: float,
    length_s: float | None = None,
    stride_s: float | None = None,
    gaps: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    label_rule: Literal["majority", "last", "center"] = "majority",
    min_share: float = 0.0,
) -> WindowIndex:
    """List the windows of a recording. Nothing is copied, and no window crosses a gap.

    Parameters
    ----------
    n_rows : int
        Rows of the recording.
    rate_hz : float
        Rows a second.
    length_s : float, optional
        Seconds of a window, rounded to whole rows. None: each gap-free segment is one window, a
        recording without gaps one altogether.
    stride_s : float, optional
        Seconds from one window to the next; ``length_s`` if not given. Window k of a segment
        starts at row ``round(k * stride_s * rate_hz)`` of it, so that windows do not drift against
        time at any rate.
    gaps : (G, 2) array of int, optional
        ``[row, missing]``: before that row so many are missing, as :func:`kinefuse.regrid` returns.
    labels : (n_rows,) array of int, optional
        The label of each row; -1 for none.
    label_rule : {"majority", "last", "center"}
        A window's label is the most frequent one of its rows, that of its last row, or that of its
        middle row (``length // 2``).
    min_share : float
        Drop windows in which the label's share of all rows is smaller. Needs ``labels``.

    Returns
    -------
    table : polars.DataFrame
        ``start`` (i64, row), ``length`` (i64, rows), ``segment`` (i32, from 0), ``label`` (i32;
        null where the rule finds none or two are equally frequent), ``share`` (f64, of the rows
        that carry the label; null without ``labels``).
    report : WindowReport
        What is not in the table.

    Raises
    ------
    InputError
        A length or stride under one row, gaps that do not increase, a label under -1.
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
    """
    if not isinstance(label_rule, str) or label_rule not in ("majority", "last", "center"):
        raise ConfigError(
            f"label_rule: expected 'majority', 'last' or 'center', got {label_rule!r}"
        )
    n_rows = _whole("n_rows", n_rows, least=0)
    rate_hz = _positive("rate_hz", rate_hz)
    step = None
    if length_s is not None:
        length = round(_positive("length_s", length_s) * rate_hz)
        stride = _positive("stride_s", length_s if stride_s is None else stride_s) * rate_hz
        if length < 1 or stride < 1:
            raise InputError(
                f"length_s, stride_s: expected at least one row of {1 / rate_hz:g} s, got "
                f"{length_s} and {length_s if stride_s is None else stride_s} s"
            )
        # Longer than any recording is the same as longer than this one.
        step = (min(length, n_rows + 1), min(stride, float(_MAX)))
    elif stride_s is not None:
        raise InputError("stride_s: expected length_s with it, got none")
    rows_and_missing = _integers("gaps", [] if gaps is None else gaps, np.int64)
    if rows_and_missing.size == 0:
        rows_and_missing = rows_and_missing.reshape(0, 2)
    if rows_and_missing.ndim != 2 or rows_and_missing.shape[1] != 2:
        raise ShapeError(f"gaps: expected (G, 2), got {rows_and_missing.shape}")
    row_labels = None
    if labels is not None:
        row_labels = _integers("labels", labels, np.int32)
        if row_labels.shape != (n_rows,):
            raise ShapeError(f"labels: expected ({n_rows},), got {row_labels.shape}")
    columns, counts = _native.window_index(
        n_rows,
        step=step,
        gaps=rows_and_missing,
        labels=row_labels,
        rule=label_rule,
        min_share=_number("min_share", min_share, "0 to 1"),
    )
    table = pl.DataFrame(
        dict(zip(("start", "length", "segment", "label", "share"), columns, strict=True))
    ).with_columns(
        pl.col("label").replace(-1, None),
        pl.col("share").fill_nan(None),
    )
    return WindowIndex(table, WindowReport(table.height, *counts))


def windows(
    x: ArrayLike,
    *,
    length: int,
    stride: int | None = None,
    starts: ArrayLike | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]:
    """Write windows out, one after another.

    Parameters
    ----------
    x : (T, ...) array
        Rows first: a signal ``(T, C)``, a skeleton ``(T, J, D)``, labels ``(T,)``, of any type but
        object.
    length : int
        Rows of a window.
    stride : int, optional
        Rows from one window to the next; ``length`` if not given. Rows at the end that fill no
        window are left out, and so is all of a shorter ``x``.
    starts : (N,) array of int, optional
        First rows, instead of ``stride``: the column ``start`` of :func:`window_index`.
    out : (N, length, ...) array of the type of ``x``, optional
        Where to write. May not overlap ``x``.

    Returns
    -------
    (N, length, ...) array of the type of ``x``

    Raises
    ------
    InputError
        A length or stride under 1, a window outside ``x``, both ``stride`` and ``starts``.
    ShapeError
        ``x`` without rows or columns to it, ``starts`` or ``out`` of another shape.
    DtypeError
        Objects.

    Examples
    --------
    >>> import numpy as np
    >>> windows(np.arange(7), length=3, stride=2)
    array([[0, 1, 2],
           [2, 3, 4],
           [4, 5, 6]])
    """
    length = _whole("length", length, least=1)
    if isinstance(x, np.ma.MaskedArray):
        raise DtypeError("x: expected missing values as NaN, got a masked array")
    array = np.asarray(x)
    if array.dtype.hasobject:
        raise DtypeError(f"x: expected numbers, got {array.dtype}")
    if array.ndim == 0 or 0 in array.shape[1:]:
        raise ShapeError(f"x: expected (T, ...) with at least one value a row, got {array.shape}")
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    if starts is None:
        step = length if stride is None else _whole("stride", stride, least=1)
        first = np.arange(0, len(array) - length + 1, step, dtype=np.int64)
    elif stride is not None:
        raise InputError("stride: expected either stride or starts, got both")
    else:
        first = _integers("starts", starts, np.int64)
        if first.ndim != 1:
            raise ShapeError(f"starts: expected (N,), got {first.shape}")
    out = output(out, (len(first), length, *array.shape[1:]), array.dtype, reads=array)
    if out.size:
        _native.windows_into(
            array.reshape(-1).view(np.uint8),
            out.reshape(-1).view(np.uint8),
            row_bytes=array.dtype.itemsize * math.prod(array.shape[1:]),
            starts=first,
            length=length,
        )
    return out


def _whole(name: str, value: int, *, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"{name}: expected a whole number, {least} or more, got {value!r}")
    if value > _MAX:
        raise InputError(f"{name}: expected at most 2^53, got {value}")
    return int(value)


def _number(name: str, value: float, expected: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name}: expected {expected}, got {value!r}") from None


def _positive(name: str, value: float) -> float:
    number = _number(name, value, "a number above 0")
    if not 0 < number < float("inf"):
        raise InputError(f"{name}: expected a number above 0, got {value!r}")
    return number


def _integers(name: str, values: ArrayLike, dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
    try:
        array = np.asarray(values)
    except ValueError as ragged:
        raise ShapeError(f"{name}: expected rows of equal length: {ragged}") from None
    if array.size == 0 and array.dtype.kind == "f":
        array = array.astype(dtype)
    if array.dtype.kind not in "iu":
        hint = "; -1 stands for none" if name == "labels" else ""
        raise DtypeError(f"{name}: expected integers, got {array.dtype}{hint}")
    limits = np.iinfo(dtype)
    if array.size and (array.min() < limits.min or array.max() > limits.max):
        raise InputError(f"{name}: expected integers of {limits.bits} bits, got larger ones")
    return np.ascontiguousarray(array, dtype=dtype)
