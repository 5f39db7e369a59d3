"""ISO 8601 times as whole columns, for files with millions of them."""

import re

import numpy as np
import polars as pl
from numpy.typing import NDArray

__all__ = ["read_iso"]

_LAYOUT = re.compile(
    rb"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?"
    rb"(Z|[+-]\d\d(?::?\d\d)?)?"
)


def read_iso(text: pl.Series) -> tuple[NDArray[np.int64], bool] | None:
    """Read ISO 8601 times of few layouts, or return None.

    Digits are at the same places in all times of one length, so that arithmetic on columns of
    bytes does: some thirty times as fast as looking at one time after the other. Returns
    nanoseconds since 1970 and whether the times say their zone.
    """
    if not len(text) or text.null_count():
        return None
    lengths = text.str.len_bytes().to_numpy()
    ns = np.empty(len(text), dtype=np.int64)
    zones = set()
    for length in np.unique(lengths)[:8]:
        here = lengths == length
        joined = text.filter(pl.Series(here)).str.join("").item().encode()
        layout = _LAYOUT.fullmatch(joined[:length])
        if layout is None or len(joined) != length * here.sum():
            return None
        read = _read_columns(np.frombuffer(joined, np.uint8).reshape(-1, length), layout)
        if read is None:
            return None
        ns[here] = read
        zones.add(layout[8] is not None)
    if len(zones) > 1 or len(np.unique(lengths)) > 8:
        return None
    return ns, zones.pop()


def _read_columns(text: NDArray[np.uint8], layout: re.Match[bytes]) -> NDArray[np.int64] | None:
    """Read times of one layout, (n, length) bytes; None if one is laid out in another way."""
    digits = text - np.uint8(ord("0"))
    shown = np.frombuffer(layout[0], np.uint8)
    is_digit = (shown >= ord("0")) & (shown <= ord("9"))
    if (digits[:, is_digit] > 9).any():
        return None
    signs = text[:, ~is_digit]
    at = layout.start(8)
    moved = np.ones(len(text), dtype=np.int64)
    if at >= 0 and shown[at] != ord("Z"):
        if not np.isin(text[:, at], (ord("+"), ord("-"))).all():
            return None
        moved[text[:, at] == ord("-")] = -1
        signs = np.delete(signs, int((~is_digit[:at]).sum()), axis=1)
        shown = np.delete(shown, at)
        is_digit = np.delete(is_digit, at)
    if (signs != shown[~is_digit]).any():
        return None

    def number(group: int) -> NDArray[np.int64]:
        value = np.zeros(len(text), dtype=np.int64)
        for column in range(*layout.span(group)):
            value = value * 10 + digits[:, column]
        return value

    year, month, day, hour, minute, second = (number(group) for group in range(1, 7))
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1)
    bad = (month < 1) | (month > 12) | (day < 1) | (days.astype("datetime64[M]") != months)
    if (bad | (hour > 23) | (minute > 59) | (second > 59) | (year < 1700) | (year > 2200)).any():
        return None
    ns = ((days.astype(np.int64) * 24 + hour) * 60 + minute) * 60 + second
    ns *= 1_000_000_000
    if layout[7] is not None:
        ns += number(7) * 10 ** (9 - len(layout[7]))
    if at >= 0 and layout[8] != b"Z":
        zone = digits[:, [c for c in range(at + 1, len(layout[0])) if layout[0][c] != ord(":")]]
        hours = zone[:, 0] * np.int64(10) + zone[:, 1]
        minutes = zone[:, 2] * np.int64(10) + zone[:, 3] if zone.shape[1] > 2 else np.int64(0)
        ns = ns - moved * (hours * 60 + minutes) * np.int64(60_000_000_000)
    return ns
