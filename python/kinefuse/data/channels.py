"""What is checked of every stream: its modality, channels, units and layout."""

import re
from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from kinefuse import skeleton
from kinefuse.errors import FormatError

__all__ = ["check_channels", "check_labels", "check_rate"]

_MODALITY = re.compile(r"[a-z][a-z0-9_]*")


def check_channels(
    where: str,
    *,
    modality: str,
    sample_shape: Sequence[int],
    channels: Sequence[str],
    units: str | Sequence[str],
    layout: str | None,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the channels and one unit for each.

    Raises
    ------
    FormatError
        Naming ``where``: they do not fit a sample of ``sample_shape``, ``(C,)`` or ``(J, D)``.
    ConfigError
        There is no such layout.
    """
    channels = tuple(channels)
    units = (units,) * len(channels) if isinstance(units, str) else tuple(units)
    if not _MODALITY.fullmatch(modality):
        raise FormatError(f"{where}: expected a modality in lower case, got {modality!r}")
    if sample_shape[-1] != len(channels):
        raise FormatError(
            f"{where}: expected one channel name for each of {sample_shape[-1]} columns, "
            f"got {list(channels)}"
        )
    if len(set(channels)) != len(channels):
        raise FormatError(f"{where}: a channel name comes twice in {list(channels)}")
    if len(units) != len(channels):
        raise FormatError(f"{where}: expected {len(channels)} units, got {list(units)}")
    if layout is not None:
        joints = len(skeleton.layout(layout).joints)
        if len(sample_shape) != 2 or sample_shape[0] != joints:
            got = ", ".join(["T", *(str(n) for n in sample_shape)])
            raise FormatError(
                f"{where}: expected (T, {joints}, D) for layout {layout!r}, got ({got})"
            )
    return channels, units


def check_rate(where: str, rate_hz: float | None, *, timed: bool) -> None:
    """Raise :class:`FormatError` unless there is a clock, and the rate is positive."""
    if rate_hz is None and not timed:
        raise FormatError(f"{where}: expected a rate or time stamps, got neither")
    if rate_hz is not None and not 0 < rate_hz < float("inf"):
        raise FormatError(f"{where}: expected a positive rate in Hz, got {rate_hz}")


def check_labels(
    where: str, labels: NDArray[Any], names: Sequence[str], *, coded: bool = False
) -> None:
    """Refuse labels that are neither names nor numbers of ``names``; ``coded``: names neither."""
    if not coded and labels.dtype == object and not names:
        return
    if labels.dtype.kind not in "iu" or int(labels.max()) >= len(names) or int(labels.min()) < -1:
        found = f" {labels.min()} to {labels.max()}" if labels.dtype.kind in "iu" else ""
        raise FormatError(
            f"{where}: expected labels that count the {len(names)} label_names, or -1, "
            f"got {labels.dtype}{found}"
        )
