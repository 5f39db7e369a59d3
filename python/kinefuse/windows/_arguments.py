"""Arguments that the functions of this package share: checked, named in every complaint."""

from typing import Any, Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from kinefuse.errors import ConfigError, DtypeError, InputError, ShapeError

#: How a window gets its label from its rows.
LabelRule = Literal["majority", "any", "last", "center"]

MAX = 2**53
"""Beyond this a row's number is no exact float64."""

Labelled = tuple[NDArray[np.int32] | None, str, float]


def labelled(labels: ArrayLike | None, n_rows: int, label_rule: str, min_share: float) -> Labelled:
    """Return the labels and their rule as the core takes them."""
    rules = get_args(LabelRule)
    if not isinstance(label_rule, str) or label_rule not in rules:
        known = ", ".join(repr(rule) for rule in rules[:-1])
        raise ConfigError(f"label_rule: expected {known} or {rules[-1]!r}, got {label_rule!r}")
    rows = None
    if labels is not None:
        rows = integers("labels", labels, np.int32)
        if rows.shape != (n_rows,):
            raise ShapeError(f"labels: expected ({n_rows},), got {rows.shape}")
    return rows, label_rule, number("min_share", min_share, "0 to 1")


def gap_rows(gaps: ArrayLike | None) -> NDArray[np.int64]:
    """Return gaps as ``(G, 2)``."""
    found = integers("gaps", [] if gaps is None else gaps, np.int64)
    if found.size == 0:
        found = found.reshape(0, 2)
    if found.ndim != 2 or found.shape[1] != 2:
        raise ShapeError(f"gaps: expected (G, 2), got {found.shape}")
    return found


def step(
    rate_hz: float | None,
    length_s: float | None,
    stride_s: float | None,
    length: int | None,
    stride: float | None,
) -> tuple[int, float] | None:
    """Return the length and the stride in rows; None where no length is given."""
    rate = None if rate_hz is None else positive("rate_hz", rate_hz)
    if length is not None and length_s is not None:
        raise InputError("length: expected either length or length_s, got both")
    if stride is not None and stride_s is not None:
        raise InputError("stride: expected either stride or stride_s, got both")
    if rate is None and (length_s is not None or stride_s is not None):
        raise InputError("rate_hz: expected a rate with length_s or stride_s, got none")
    rate = rate or 1.0
    if length is None and length_s is None:
        given = {"stride": stride, "stride_s": stride_s}
        for name, value in given.items():
            if value is not None:
                raise InputError(f"{name}: expected length or length_s with it, got none")
        return None
    if length_s is not None:
        rows = positive("length_s", length_s) * rate
        n = min(round(rows), MAX)
        stride_rows = rows
    else:
        assert length is not None
        n = whole("length", length, least=1)
        stride_rows = float(n)
    if stride_s is not None:
        stride_rows = positive("stride_s", stride_s) * rate
    elif stride is not None:
        stride_rows = positive("stride", stride)
    if n < 1 or stride_rows < 1:
        raise InputError(
            f"length_s, stride_s: expected at least one row of {1 / rate:g} s, got "
            f"{n} and {stride_rows:g} rows"
        )
    return n, min(stride_rows, float(MAX))


def whole(name: str, value: int, *, least: int) -> int:
    """Return a whole number of rows."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"{name}: expected a whole number, {least} or more, got {value!r}")
    if value > MAX:
        raise InputError(f"{name}: expected at most 2^53, got {value}")
    return int(value)


def number(name: str, value: float, expected: str) -> float:
    """Return a float."""
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name}: expected {expected}, got {value!r}") from None


def positive(name: str, value: float) -> float:
    """Return a finite float above 0."""
    found = number(name, value, "a number above 0")
    if not 0 < found < float("inf"):
        raise InputError(f"{name}: expected a number above 0, got {value!r}")
    return found


def integers(name: str, values: ArrayLike, dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """Return a C-contiguous array of integers of a type that holds them all."""
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


def label_columns(label: NDArray[np.int32], share: NDArray[np.float64]) -> dict[str, pl.Series]:
    """Return the columns ``label`` and ``share`` with nulls where there is none.

    Series are made without an expression: those run on Polars' threads, which a forked child
    does not have.
    """
    none = np.flatnonzero(label < 0)
    return {
        "label": pl.Series("label", label).scatter(none, None),
        "share": pl.Series("share", share, nan_to_null=True),
    }
