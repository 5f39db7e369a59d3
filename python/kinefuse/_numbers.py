"""Numbers on their way into the core: checked, named in every complaint."""

import math
import operator
from typing import SupportsIndex

from kinefuse.errors import InputError

__all__ = ["as_count", "as_number"]


def as_number(name: str, value: float, *, above: float | None = None) -> float:
    """Return a finite number above ``above``, or of at least 0 where that is not given."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{name}: expected a number, got {value!r}") from None
    if not (math.isfinite(number) and (number >= 0 if above is None else number > above)):
        least = "of at least 0" if above is None else f"above {above:g}"
        raise InputError(f"{name}: expected a finite number {least}, got {number}")
    return number


def as_count(name: str, value: SupportsIndex) -> int:
    """Return a whole number of at least 1."""
    try:
        number = operator.index(value)
    except TypeError:
        raise InputError(f"{name}: expected a whole number, got {value!r}") from None
    if not 1 <= number <= 2**53:
        raise InputError(f"{name}: expected at least 1, got {number}")
    return number
